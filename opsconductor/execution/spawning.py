# SPDX-License-Identifier: Apache-2.0
"""Starts supervisors and tells whether one is gone."""

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from opsconductor.domain.jobs import Slice
from opsconductor.errors import OpsConductorError
from opsconductor.execution.environment import allowed
from opsconductor.execution.slice_folder import SliceFolder
from opsconductor.execution.standby import Standby
from opsconductor.private_folder import runtime_folder
from opsconductor.settings import Settings

#: Builds the supervisor of a process: a function from Settings to a context manager of a Supervisor.
COMPOSE = "opsconductor.wiring:open_supervisor"
#: Bytes that must be free in a folder before something is started in it.
_ROOM = 1 << 20


class Supervisors(Protocol):
    """The processes that run slices."""

    def start(self, piece: Slice) -> None:
        """Start the supervisor of a claimed slice."""

    def gone(self, piece: Slice) -> bool:
        """Whether the slice's supervisor is known to have ended; False where that cannot be told."""

    def obstacle(self, job_id: str) -> str | None:
        """Why a supervisor of the job could not be started now; None: nothing is known to be in the way."""


class LocalSupervisors:
    """Detached processes on this machine. They outlive whoever started them."""

    def __init__(self, settings: Settings, compose: str = COMPOSE) -> None:
        self.settings = settings
        self.compose = compose
        self._started: set[int] = set()
        self._standby: Standby | None = None

    @contextlib.contextmanager
    def stand_by(self) -> Iterator[Standby]:
        """Have the next supervisors started without delay, for the length of the block."""
        with Standby(self.settings, self.compose) as self._standby:
            try:
                yield self._standby
            finally:
                self._standby = None

    def start(self, piece: Slice) -> None:
        """Start `python -m opsconductor.supervise` in a session of its own, or have one forked that stands by.

        Settings go through its standard input: what could be read in its arguments or environment is no secret.
        """
        self._reap()
        folder = SliceFolder(self.settings, piece.job_id, piece.id)
        folder.disk.mkdir(mode=0o700, parents=True, exist_ok=True)
        order = {"slice": piece.id, "job": piece.job_id, "fence": piece.fence}
        standby = self._standby
        if standby is not None and standby.settings == self.settings and standby.hand(order):
            return
        reading, writing = os.pipe()
        with contextlib.suppress(BrokenPipeError), open(writing, "w", encoding="utf-8") as stream:  # noqa: PTH123 - a descriptor
            self._started.add(_spawn(piece.id, folder.log, reading))
            json.dump(order | {"settings": self.settings.revealed(), "compose": self.compose}, stream)

    def obstacle(self, job_id: str) -> str | None:
        """Why the job's folder, or the runtime folder, takes no files now."""
        folder = own = self.settings.jobs / job_id
        try:
            for folder in (own, runtime_folder(self.settings, "s")):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                with tempfile.TemporaryFile(dir=folder) as file:
                    file.write(bytes(_ROOM))
        except OSError as error:
            return f"{folder} cannot be written: {error.strerror}"
        except OpsConductorError as error:
            return error.message
        return None

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


def _spawn(slice_id: str, log: Path, reading: int) -> int:
    """A supervisor with `reading`, which is closed here, as its standard input; its process. Raises OSError."""
    with contextlib.ExitStack() as ours:
        ours.callback(os.close, reading)
        errors = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        ours.callback(os.close, errors)
        nothing = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
        ours.callback(os.close, nothing)
        return os.posix_spawn(
            sys.executable,
            # -P: nothing is ever imported from the folder somebody happens to stand in.
            [sys.executable, "-P", "-m", "opsconductor.supervise", slice_id],
            allowed(os.environ),
            file_actions=[
                (os.POSIX_SPAWN_DUP2, reading, 0),
                (os.POSIX_SPAWN_DUP2, nothing, 1),
                (os.POSIX_SPAWN_DUP2, errors, 2),
            ],
            setsid=True,
        )
