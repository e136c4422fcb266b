# SPDX-License-Identifier: Apache-2.0
"""What a supervisor is allowed to do right now: go on, hold, or end. Fed by the database and the lease."""

import os
import threading
import time
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.exc import DBAPIError

from opsconductor.clock import utc_now
from opsconductor.db.engine import Database
from opsconductor.db.repositories.jobs import JobRepository
from opsconductor.db.repositories.slices import SliceRepository
from opsconductor.domain.jobs import ENDED, JobStatus, Slice
from opsconductor.logging import get_logger

#: Seconds a slice may go on without a word from its supervisor.
LEASE = 30.0
#: Seconds between two looks at the job's status.
_LOOK = 0.2
_log = get_logger(__name__)


@dataclass(frozen=True)
class Answer:
    """The gate's answer."""

    go: bool
    reason: str = ""


class Control:
    """Watches the job and keeps the lease in a thread of its own. Use as a context manager."""

    def __init__(self, database: Database, piece: Slice, fence: int, lease: float = LEASE) -> None:
        self.database = database
        self.piece = piece
        self.fence = fence
        self.lease = lease
        self.paused = False
        #: Why everything has to end; None: go on.
        self.cancelled: str | None = None  #: an operator said so
        self.lost: str | None = None  #: the slice is not ours any more
        self.stopped: str | None = None  #: this process is told to end
        self._changed = threading.Condition()
        self._done = threading.Event()
        self._renewed = time.monotonic()
        self._thread = threading.Thread(target=self._watch, name="control", daemon=True)

    def __enter__(self) -> "Control":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._done.set()
        self._thread.join()

    def ending(self) -> str | None:
        """Why the run must end now, or None."""
        return self.cancelled or self.lost or self.stopped

    def stop(self, reason: str) -> None:
        """This process was told to end. Takes no lock: it is called by signal handlers."""
        self.stopped = self.stopped or reason

    def gate(self, step: int) -> Answer:
        """May the step begin? Blocks while the job is paused or the database cannot be asked."""
        while not self._done.is_set():
            known = self._look()
            if reason := self.ending():
                return Answer(False, reason)
            if known and not self.paused:
                return Answer(True)
            with self._changed:
                self._changed.wait(_LOOK)
        return Answer(False, f"the slice ended before step {step}")

    def _watch(self) -> None:
        while not self._done.wait(_LOOK):
            if time.monotonic() - self._renewed > self.lease / 3:
                self._renew()
            self._look()
            if time.monotonic() - self._renewed > self.lease:
                self.lost = self.lost or "the lease could not be renewed"
            with self._changed:
                self._changed.notify_all()

    def _look(self) -> bool:
        """Read the job's status; whether that was possible."""
        try:
            with self.database.reading() as session:
                status, reason = JobRepository(session).status(self.piece.job_id)
                fence = SliceRepository(session).fence(self.piece.id)
        except DBAPIError as error:
            _log.warning("the database does not answer", error=str(error.orig))
            return False
        if fence != self.fence:
            self.lost = self.lost or "the slice was taken over"
        if status is JobStatus.CANCELLING or status in ENDED:
            self.cancelled = self.cancelled or reason or "cancelled"
        self.paused = status is JobStatus.PAUSED
        return True

    def _renew(self) -> None:
        asked = time.monotonic()
        until = utc_now() + timedelta(seconds=self.lease)
        try:
            with self.database.session() as session:
                kept = SliceRepository(session).renew(self.piece.id, self.fence, until)
        except DBAPIError as error:
            _log.warning("the lease was not renewed", error=str(error.orig), pid=os.getpid())
            return
        if kept:
            self._renewed = asked
        else:
            self.lost = self.lost or "the slice was taken over"
