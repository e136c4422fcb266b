# SPDX-License-Identifier: Apache-2.0
"""A process that has imported and opened what a supervisor needs, and forks one per order: starting one costs neither
again."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from typing import Any

from opsconductor.execution.backoff import Backoff
from opsconductor.execution.bounded_log import bounded
from opsconductor.execution.environment import allowed
from opsconductor.execution.warm_profile import installed
from opsconductor.logging import get_logger
from opsconductor.settings import Settings

_log = get_logger(__name__)
#: Seconds in which an order is acknowledged, or somebody else gets it: a slice is begun once, whoever comes first.
_PATIENCE = 2.0
#: Seconds between two looks whether what is installed has changed.
_LOOK = 15.0


class Standby:
    """The host's end. Settings, which have secrets, and orders go over a socket that only the two hold."""

    def __init__(self, settings: Settings, compose: str) -> None:
        self.settings = settings
        self.compose = compose
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._ready = False
        self._path = settings.home / "supervisors.log"
        self._backoff = Backoff()
        #: What was installed when it was started, and when that was last compared.
        self._installed: list[str] = []
        self._looked = 0.0

    def __enter__(self) -> "Standby":
        with self._lock:
            self._start()
        return self

    def __exit__(self, *_error: object) -> None:
        with self._lock:
            self._end()

    @property
    def ready(self) -> bool:
        """Whether it has prepared everything. One that has ended is replaced."""
        with self._lock:
            return self._usable()

    def hand(self, order: dict[str, Any]) -> bool:
        """Have a supervisor forked for the order; False when that cannot be done now."""
        with self._lock:
            if not self._usable() or self._socket is None:
                return False
            try:
                self._socket.settimeout(_PATIENCE)
                self._socket.send(json.dumps(order).encode())
                if self._socket.recv(16) == b"begun":
                    return True
            except OSError:
                pass
            self._replace("it does not answer")
            return False

    def _usable(self) -> bool:
        """Whether it is ready, and of what is installed now."""
        try:
            if self._socket is None:
                self._start()
            elif self._outdated():
                self._replace("another version is installed")
            elif self._ready and self._process is not None and self._process.poll() is not None:
                self._replace("it has ended")
            elif not self._ready:
                self._socket.settimeout(0)
                with contextlib.suppress(BlockingIOError):
                    self._ready = self._socket.recv(16) == b"ready"
                    if not self._ready:
                        self._replace("it ended before it was ready")
        except Exception as error:  # whatever it is, a supervisor can be started without
            self._replace(f"{type(error).__name__}: {error}")
        return self._ready

    def _outdated(self) -> bool:
        if time.monotonic() - self._looked < _LOOK:
            return False
        self._looked = time.monotonic()
        return installed() != self._installed

    def _replace(self, why: str) -> None:
        _log.warning("the supervisors' stand-by process is replaced", reason=why, log=str(self._path))
        self._end()
        self._backoff.ended()
        self._start()

    def _start(self) -> None:
        """Start one, unless too many have ended lately."""
        if not self._backoff.due:
            return
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._installed, self._looked = installed(), time.monotonic()
            self.settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            with theirs, bounded(self._path) as log:
                self._process = subprocess.Popen(
                    # -P: nothing is ever imported from the folder somebody happens to stand in.
                    [sys.executable, "-P", "-m", "opsconductor.supervise", "--stand-by", self.compose],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=log,
                    cwd="/",
                    env=allowed(os.environ),
                    start_new_session=True,
                )
            ours.send(json.dumps(self.settings.revealed()).encode())
        except Exception as error:  # such as a package that is being replaced just now
            ours.close()
            self._backoff.ended()
            _log.warning("no supervisor can stand by", error=f"{type(error).__name__}: {error}")
            return
        self._backoff.started()
        self._socket = ours

    def _end(self) -> None:
        """What it has forked goes on."""
        self._ready = False
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._process is not None:
            try:
                self._process.wait(timeout=_PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
