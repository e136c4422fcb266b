# SPDX-License-Identifier: Apache-2.0
"""What a supervisor is allowed to do right now: go on, hold, or end. Fed by the database and the lease."""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

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

    def __init__(
        self,
        database: Database,
        piece: Slice,
        fence: int,
        lease: float = LEASE,
        *,
        left: float | None = None,
        expiry: str = "time limit",
    ) -> None:
        """`left`: seconds until the job has to end for the reason `expiry`; None: never."""
        self.database = database
        self.piece = piece
        self.fence = fence
        self.lease = lease
        self.paused = False
        #: Why everything has to end; None: go on.
        self.cancelled: str | None = None  #: an operator said so
        self.lost: str | None = None  #: the slice is not ours any more
        self.stopped: str | None = None  #: this process is told to end
        self.expired: str | None = None  #: the job's time is over
        #: Called at every look, from the thread that keeps the lease: it must not take long.
        self.watching: Callable[[], None] = lambda: None
        self._deadline = None if left is None else time.monotonic() + left
        self._expiry = expiry
        self._changed = threading.Condition()
        self._done = threading.Event()
        self._renewed = time.monotonic()
        self._trouble = ""
        self._thread = threading.Thread(target=self._watch, name="control", daemon=True)

    def __enter__(self) -> "Control":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._done.set()
        self._thread.join()

    def ending(self) -> str | None:
        """Why the run must end now, or None."""
        return self.cancelled or self.lost or self.stopped or self.expired

    def stop(self, reason: str) -> None:
        """This process was told to end. Takes no lock: it is called by signal handlers."""
        self.stopped = self.stopped or reason

    def gate(self, step: int) -> Answer:
        """May the step begin? Blocks while the job is paused or the database cannot be asked."""
        while not self._done.is_set():
            known = self._look()
            if reason := self.ending():
                return Answer(False, reason)
            if known and not self.paused and self._may_start():
                return Answer(True)
            with self._changed:
                self._changed.wait(_LOOK)
        return Answer(False, f"the slice ended before step {step}")

    def _watch(self) -> None:
        while not self._done.wait(_LOOK):
            self._turn(self._keep)
            self._turn(self.watching)
            with self._changed:
                self._changed.notify_all()

    def _turn(self, part: Callable[[], None]) -> None:
        """Whatever one part meets: without this thread nobody would hear of a cancellation, or keep the lease."""
        try:
            part()
        except Exception as error:
            if repr(error) != self._trouble:  # told once: the next look is soon
                _log.exception("a look at the slice failed", slice=self.piece.id)
            self._trouble = repr(error)

    def _keep(self) -> None:
        if time.monotonic() - self._renewed > self.lease / 3:
            self._renew()
        self._look()
        if not self._may_start() and not self.database.embedded:
            self.lost = self.lost or "the lease could not be renewed"
        if self._deadline is not None and time.monotonic() >= self._deadline:
            self.expired = self.expired or self._expiry

    def _may_start(self) -> bool:
        """Whether the lease is ours still. Without it nothing further is started.

        What runs is ended, too, where somebody elsewhere may take over: of a database that is a file of this machine we
        know that nobody does before he has ended our processes.
        """
        return time.monotonic() - self._renewed <= self.lease

    def _look(self) -> bool:
        """Read the job's status; whether that was possible."""
        try:
            with self.database.reading() as session:
                status, reason = JobRepository(session).status(self.piece.job_id)
                fence = SliceRepository(session).fence(self.piece.id)
        except (DBAPIError, PoolTimeout) as error:
            _log.warning("the database does not answer", error=_told(error))
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
        except (DBAPIError, PoolTimeout) as error:
            _log.warning("the lease was not renewed", error=_told(error), pid=os.getpid())
            return
        if kept:
            self._renewed = asked
        else:
            self.lost = self.lost or "the slice was taken over"


def _told(error: DBAPIError | PoolTimeout) -> str:
    """Without the statement."""
    return str(error.orig if isinstance(error, DBAPIError) else error)
