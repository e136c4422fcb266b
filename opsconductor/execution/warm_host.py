# SPDX-License-Identifier: Apache-2.0
"""Starts the warm process of an installation and keeps one there, for as long as jobs are dispatched here."""

import contextlib
import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Collection
from pathlib import Path
from typing import IO, Any

from opsconductor.errors import OpsConductorError
from opsconductor.execution import hot
from opsconductor.execution.backoff import Backoff
from opsconductor.execution.bounded_log import bounded
from opsconductor.execution.environment import warm_environment
from opsconductor.execution.processes import PLACEHOLDER
from opsconductor.execution.profiles import PLAIN
from opsconductor.execution.warm_profile import Profile, fits, socket_of
from opsconductor.ids import new_id
from opsconductor.logging import get_logger
from opsconductor.private_folder import runtime_folder
from opsconductor.settings import Settings

_log = get_logger(__name__)
#: Seconds between two looks.
_PACE = 1.0
#: Seconds after which one that has never been ready is given up.
_PATIENCE = 120.0
#: Seconds between two looks whether what is installed has changed.
_LOOK = 15.0


class WarmHost:
    """A thread that has a warm process ready. Of several on one machine, one does; another takes over when it ends."""

    def __init__(self, settings: Settings, configuration: str, profile: str = PLAIN) -> None:
        """`configuration`: the ansible.cfg that is committed with plans; `profile`: the execution profile."""
        self.profile = profile
        self.settings = settings
        self.configuration = configuration
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="warm host", daemon=True)

    def __enter__(self) -> "WarmHost":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join(timeout=10)

    @property
    def folder(self) -> Path:
        """Where the warm process has its socket and says what it has done."""
        return self._profile().folder(self.settings.runtime)

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                self._tend()
            except (OSError, OpsConductorError) as error:
                _log.warning("there is no warm start", error=str(error))
            except Exception:  # such as a package that is being replaced just now
                _log.exception("there is no warm start")
            self._stop.wait(_LOOK)

    def _tend(self) -> None:
        """Keep warm processes for one profile, until it changes or this host ends."""
        while not self._stop.is_set():
            profile = self._profile()
            runtime_folder(self.settings, "w", profile.name)
            folder = profile.folder(self.settings.runtime)
            if not fits(folder / ("x" * 8) / "s"):
                _log.warning("there is no warm start: the path of its socket is too long", path=str(folder))
                return
            with _lock(folder) as held:
                if held:
                    self._keep(profile, folder)
            self._stop.wait(_PACE)

    def _profile(self) -> Profile:
        return Profile(warm_environment(Path(), Path(), PLACEHOLDER, self.profile), self.configuration)

    def _keep(self, profile: Profile, folder: Path) -> None:
        """One is ready, another one may be on its way to take its place."""
        _tidy(folder, ())
        ready: _Warm | None = None
        fresh: _Warm | None = None
        backoff, looked = Backoff(), time.monotonic()
        try:
            while not self._stop.is_set():
                if fresh is None and (ready is None or ready.old) and backoff.due:
                    fresh = _Warm(self.settings, folder, self.configuration, self.profile)
                if fresh is not None and fresh.look():
                    if ready is not None:
                        ready.let_go()
                    ready, fresh = fresh, None
                    backoff.started()
                elif fresh is not None and fresh.failed():
                    fresh.let_go()
                    fresh = None
                    backoff.ended()
                if ready is not None and (ready.look() and not ready.alive(folder)):
                    ready.let_go()
                    ready = None
                    backoff.ended()
                if time.monotonic() - looked > _LOOK:
                    looked = time.monotonic()
                    if self._profile().name != profile.name:
                        return
                    _tidy(folder, [process.own for process in (ready, fresh) if process is not None])
                self._stop.wait(0.1 if fresh is not None else _PACE)
        finally:
            for process in (ready, fresh):
                if process is not None:
                    process.let_go()


class _Warm:
    """One warm process as its host sees it."""

    def __init__(self, settings: Settings, folder: Path, configuration: str, profile: str) -> None:
        self.own = folder / new_id()[-8:]
        self.own.mkdir(mode=0o700)
        self.old = False
        self._ready = False
        self._heard = b""
        self._log = settings.home / "warm.log"
        self._since = time.monotonic()
        given = self.own / "ansible.cfg"
        given.write_text(configuration, encoding="utf-8")
        limits = (str(settings.warm_runs), str(settings.warm_memory), str(settings.hot_seconds))
        with bounded(self._log) as log:
            self.process = subprocess.Popen(
                # -P: nothing is ever imported from the folder somebody happens to stand in.
                [sys.executable, "-P", "-m", "opsconductor.warm", str(folder), str(self.own), *limits],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd="/",
                env=warm_environment(self.own, given, PLACEHOLDER, profile),
                start_new_session=True,
            )

    @property
    def _told(self) -> IO[bytes]:
        assert self.process.stdout is not None  # noqa: S101 - it was asked for
        return self.process.stdout

    def look(self) -> bool:
        """Hear what it says; whether it has become ready."""
        poll = select.poll()
        poll.register(self._told, select.POLLIN)
        while poll.poll(0) and (part := os.read(self._told.fileno(), 4096)):
            self._heard += part
        *lines, self._heard = self._heard.split(b"\n")
        for line in lines:
            message = _message(line)
            self._ready = self._ready or "ready" in message
            if why := message.get("recycle"):
                self.old = True
                _log.info("the warm process is replaced", reason=why, pid=self.process.pid)
        return self._ready

    def alive(self, folder: Path) -> bool:
        """Whether it runs and can be reached."""
        if self.process.poll() is None and socket_of(folder).exists():
            return True
        _log.warning("the warm process is gone", pid=self.process.pid, status=self.process.poll(), log=str(self._log))
        return False

    def failed(self) -> bool:
        """Whether it will not become ready any more."""
        if self.process.poll() is None and time.monotonic() - self._since < _PATIENCE:
            return False
        _log.warning("the warm process did not start", status=self.process.poll(), log=str(self._log))
        if self.process.poll() is None:
            self.process.kill()  # it serves nobody yet
        return True

    def let_go(self) -> None:
        """Take no more runs; those under way go on."""
        assert self.process.stdin is not None  # noqa: S101 - it was asked for
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=5)
        self._told.close()
        for _ in range(10):  # a multiplexer without runs ends a moment after its warm process
            if _remove(self.own):
                break
            time.sleep(0.1)


def _message(line: bytes) -> dict[str, Any]:
    """What it says in a line; a line that anything else has printed says nothing."""
    with contextlib.suppress(ValueError):
        message = json.loads(line)
        if isinstance(message, dict):
            return message
    _log.warning("the warm process says what is no message", line=line[:200].decode(errors="replace"))
    return {}


@contextlib.contextmanager
def _lock(folder: Path) -> Any:
    """Whether this host is the one for the profile; the kernel gives the lock back however the process ends."""
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held = _same(descriptor, folder / "lock")  # else a host of another profile has removed it meanwhile
        except BlockingIOError:
            held = False
        yield held
    finally:
        os.close(descriptor)


def _same(descriptor: int, path: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(descriptor), path.stat())
    return False


def _tidy(folder: Path, kept: Collection[Path]) -> None:
    """Remove what hosts and processes that were killed have left in this profile's folder, all but those kept; and the
    folders of other profiles that nobody keeps: of what was installed or set before."""
    for left in folder.iterdir():
        if left.is_dir() and left not in kept:
            _remove(left)
    for other in folder.parent.iterdir():
        if other != folder and other.is_dir():
            with contextlib.suppress(OSError), _lock(other) as held:
                if held and not [left for left in other.iterdir() if left.is_dir() and not _remove(left)]:
                    shutil.rmtree(other, ignore_errors=True)


def _remove(own: Path) -> bool:
    """Remove a warm process's folder, unless runs under way reach their targets through it; whether it went."""
    if hot.serves(own):
        return False
    shutil.rmtree(own, ignore_errors=True)
    return True
