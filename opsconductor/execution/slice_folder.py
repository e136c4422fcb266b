# SPDX-License-Identifier: Apache-2.0
"""Where a slice keeps its files: the checked-out commit on disk, everything that could hold a secret on a tmpfs."""

import contextlib
import fcntl
import os
import shutil
import time

from opsconductor.execution.hot import BEGAN
from opsconductor.private_folder import private_folder, runtime_folder
from opsconductor.settings import Settings


class SliceFolder:
    """Paths of one slice. Both folders are 0700."""

    def __init__(self, settings: Settings, job_id: str, slice_id: str) -> None:
        #: ansible-runner's private data folder.
        self.disk = settings.jobs / job_id / slice_id
        self.project = self.disk / "project"
        #: Files fetched from targets, one folder for the whole job.
        self.fetched = self.disk.parent / "fetched"
        #: Holds our ansible-playbook, first in the run's PATH. Not in memory: /run often takes no programs.
        self.programs = self.disk / "bin"
        #: The supervisor's own log.
        self.log = self.disk / "supervisor.log"
        # A socket's path holds 107 characters, and ssh adds 28 to a control path: every part is short. The last half
        # of an id is its random part.
        runtime, short = settings.runtime / "s", slice_id[-16:]
        self._settings = settings
        #: Sockets, SSH control paths, Ansible's temporary files and raw events.
        self.live = runtime / short
        self.socket = self.live / "s"
        self.inventory = self.live / "slice.yml"
        self.artifacts = self.live / "artifacts"
        self.events = self.artifacts / "run" / "job_events"
        self.temp = self.live / "tmp"
        self.control_paths = self.live / "c"
        self.access = self.live / "access"
        #: A file for each target on this machine that is cut off.
        self.cut_off = self.live / "cut"
        #: How Ansible was started.
        self.note = self.live / "start"
        #: Held by the slice's guardian and supervisor as long as one of them lives.
        self.lock = runtime / f"{short}.lock"

    def make(self) -> None:
        """Make both folders, empty where it matters. Raises NotPrivate."""
        runtime_folder(self._settings, "s")
        for folder in (self.disk, self.live, self.artifacts, self.temp, self.control_paths, self.access, self.cut_off):
            private_folder(folder)
        (self.live / BEGAN).write_text(str(time.monotonic()), encoding="ascii")
        shutil.rmtree(self.project, ignore_errors=True)

    def clear(self) -> None:
        """Remove what must not outlive the slice; the commit itself is in the playbook repository."""
        shutil.rmtree(self.live, ignore_errors=True)
        shutil.rmtree(self.project, ignore_errors=True)
        shutil.rmtree(self.programs, ignore_errors=True)

    def hold(self) -> int | None:
        """Take the lock for as long as the returned descriptor, or a copy of it in a child, is open.

        A slice is begun once: None when somebody has taken the lock before, even if nobody holds it any more.
        Raises NotPrivate.
        """
        runtime_folder(self._settings, "s")
        # Locked before it gets its name: whoever sees the file sees it held.
        fresh = self.lock.with_name(f"{self.lock.name}.{os.getpid()}")
        descriptor = os.open(fresh, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        try:
            os.link(fresh, self.lock)
        except FileExistsError:
            os.close(descriptor)
            return None
        finally:
            fresh.unlink()
        return descriptor

    def abandoned(self) -> bool:
        """Whether the slice was begun on this machine and nobody holds its lock any more."""
        with contextlib.suppress(FileNotFoundError):
            descriptor = os.open(self.lock, os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                return False
            finally:
                os.close(descriptor)
        return False
