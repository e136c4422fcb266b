# SPDX-License-Identifier: Apache-2.0
"""Starts supervisors and tells whether one is gone."""

import contextlib
import json
import os
import sys
from typing import Any, Protocol

from pydantic import SecretStr

from opsconductor.domain.jobs import Slice
from opsconductor.execution.environment import allowed
from opsconductor.execution.slice_folder import SliceFolder
from opsconductor.settings import Settings

#: Builds the supervisor of a process: a function from Settings to a context manager of a Supervisor.
COMPOSE = "opsconductor.wiring:open_supervisor"


class Supervisors(Protocol):
    """The processes that run slices."""

    def start(self, piece: Slice) -> None:
        """Start the supervisor of a claimed slice."""

    def gone(self, piece: Slice) -> bool:
        """Whether the slice's supervisor is known to have ended; False where that cannot be told."""


class LocalSupervisors:
    """Detached processes on this machine. They outlive whoever started them."""

    def __init__(self, settings: Settings, compose: str = COMPOSE) -> None:
        self.settings = settings
        self.compose = compose
        self._started: set[int] = set()

    def start(self, piece: Slice) -> None:
        """Start `python -m opsconductor.supervise` in a session of its own.

        Settings go through its standard input: what could be read in its arguments or environment is no secret.
        """
        self._reap()
        folder = SliceFolder(self.settings, piece.job_id, piece.id)
        folder.disk.mkdir(mode=0o700, parents=True, exist_ok=True)
        order = {
            "settings": _plain(self.settings),
            "compose": self.compose,
            "slice": piece.id,
            "job": piece.job_id,
            "fence": piece.fence,
        }
        reading, writing = os.pipe()
        log = os.open(folder.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        nothing = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
        try:
            pid = os.posix_spawn(
                sys.executable,
                # -P: nothing is ever imported from the folder somebody happens to stand in.
                [sys.executable, "-P", "-m", "opsconductor.supervise", piece.id],
                allowed(os.environ),
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, reading, 0),
                    (os.POSIX_SPAWN_DUP2, nothing, 1),
                    (os.POSIX_SPAWN_DUP2, log, 2),
                ],
                setsid=True,
            )
        finally:
            for descriptor in (reading, log, nothing):
                os.close(descriptor)
        self._started.add(pid)
        with open(writing, "w", encoding="utf-8") as stream, contextlib.suppress(BrokenPipeError):  # noqa: PTH123 - a descriptor
            json.dump(order, stream)

    def gone(self, piece: Slice) -> bool:
        """Whether nobody on this machine holds the slice's lock any more, though somebody did."""
        self._reap()
        return SliceFolder(self.settings, piece.job_id, piece.id).abandoned()

    def _reap(self) -> None:
        for pid in list(self._started):
            try:
                ended, _ = os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                ended = pid
            if ended:
                self._started.discard(pid)


def _plain(settings: Settings) -> dict[str, Any]:
    """The settings with their secrets, JSON-ready."""
    plain = settings.model_dump(mode="json")
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            plain[name] = value.get_secret_value()
    return plain
