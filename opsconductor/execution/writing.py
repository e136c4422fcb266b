# SPDX-License-Identifier: Apache-2.0
"""Stores the events of a slice in batches, each with the cells and values it changes, and then announces them."""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, NotSupportedError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session

from opsconductor.db.engine import Database
from opsconductor.db.repositories.artifacts import ArtifactRepository
from opsconductor.db.repositories.events import EventRepository, FenceLost
from opsconductor.db.repositories.results import ResultRepository
from opsconductor.domain.events import JobEvent
from opsconductor.domain.jobs import Slice
from opsconductor.domain.progress import ProgressFold
from opsconductor.domain.shapes import JobShape
from opsconductor.domain.topics import job_topic
from opsconductor.execution.parts import Announcer
from opsconductor.execution.shapes import restrict
from opsconductor.logging import get_logger

#: Seconds from one transaction to the next in the long run, so that many events share one, and from the end of one to
#: the beginning of the next at least.
_BATCH, _BREATH = 0.1, 0.02
#: Transactions after a silence that do not wait that long: what happens first is what somebody is waiting for.
_BURST = 4
#: Seconds that what is waiting has to be stored in any case.
_LEAST = 5.0
#: Events in one transaction at most.
_LARGEST = 500
_log = get_logger(__name__)


class EventStore:
    """One slice's way into the database."""

    def __init__(self, database: Database, broker: Announcer, piece: Slice, fence: int, shape: JobShape) -> None:
        self.database = database
        self.broker = broker
        self.piece = piece
        self.fence = fence
        self._shape = restrict(shape, piece.targets)
        self._fold: ProgressFold | None = None
        #: Keys of the slice's stored events, as far as the fold goes: nobody else writes them while our fence holds.
        self._keys: set[str] = set()
        #: The fold with what was added last, which the caller has yet to commit.
        self._added: ProgressFold | None = None

    def fold(self) -> ProgressFold:
        """The slice's cells after everything stored so far."""
        if self._fold is None:
            with self.database.reading() as session:
                self._fold = self._read(session)
        return self._fold

    def store(self, drafts: Sequence[JobEvent]) -> None:
        """Store events with the cells they change in one transaction, then announce them; FenceLost when too late."""
        with self.database.session() as session:
            events = self.add(session, drafts)
        self._fold = self._added  # only now: where the commit failed, it is read again
        if events:
            self.broker.publish(job_topic(self.piece.job_id))

    def add(self, session: Session, drafts: Sequence[JobEvent]) -> list[JobEvent]:
        """The same within the caller's transaction, without the announcement."""
        fold, self._fold = self._fold or self._read(session), None
        events = EventRepository(session).append(drafts, fence=self.fence, known=self._keys)
        self._keys.update(event.key for event in events)
        fold.apply_all(events)
        ResultRepository(session).save(self.piece.job_id, fold.take_changes())
        ArtifactRepository(session).add_outputs(events)
        session.flush()
        self._added = fold
        return events

    def _read(self, session: Session) -> ProgressFold:
        events = EventRepository(session).of_job(self.piece.job_id)
        self._keys = {event.key for event in events if event.slice_id == self.piece.id}
        fold = ProgressFold(self._shape).apply_all(events)
        fold.take_changes()
        return fold


class EventWriter:
    """A queue before the store, so that Ansible never waits for the database. Use as a context manager."""

    def __init__(self, store: EventStore) -> None:
        self.store = store
        #: The slice was taken over: nothing more is stored.
        self.lost = False
        self._queue: queue.SimpleQueue[JobEvent | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="event writer", daemon=True)
        self._abandon = threading.Event()
        #: When the last transaction ended, and until when those so far use up what is to be had in the long run.
        self._ended = self._used = float("-inf")
        #: Everything up to the end is in the database.
        self._stored = False
        #: Events that the database does not take, whatever they hold: their job is not complete.
        self.refused = 0

    def __enter__(self) -> "EventWriter":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def put(self, event: JobEvent) -> None:
        """Store the event soon, after those before it."""
        self._queue.put(event)

    def close(self, patient: Callable[[], bool] = lambda: False) -> bool:
        """Store what is waiting; whether all of it could be stored.

        While the database is away it is tried again for as long as `patient` says so.
        """
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join(_LEAST)
            while self._thread.is_alive() and patient():
                self._thread.join(_BATCH)
            self._abandon.set()
            self._thread.join()
        return self._stored and not self.lost

    def _work(self) -> None:
        last = False
        while not last:
            batch, last = self._collect()
            self._used = max(self._used, time.monotonic()) + _BATCH
            if batch and not self.lost and not self._store(batch):
                return
            self._ended = time.monotonic()
        self._stored = True

    def _collect(self) -> tuple[list[JobEvent], bool]:
        batch: list[JobEvent] = []
        event = self._queue.get()
        until = max(self._used - (_BURST - 1) * _BATCH, self._ended + _BREATH)
        while event is not None:
            batch.append(event)
            if len(batch) >= _LARGEST:
                return batch, False
            left = until - time.monotonic()
            try:
                event = self._queue.get(timeout=left) if left > 0 else self._queue.get_nowait()
            except queue.Empty:
                return batch, False
        return batch, True

    def _store(self, batch: list[JobEvent]) -> bool:
        """Store, again and again while the database is away; False when it was given up."""
        wait = 0.1
        while True:
            try:
                self.store.store(batch)
                return True
            except FenceLost:
                self.lost = True
                return True
            except Exception as error:
                if not is_passing(error):
                    return self._store_apart(batch, error)
                _log.warning("events wait for the database", events=len(batch), error=str(error))
            if self._abandon.wait(wait):
                return False
            wait = min(wait * 2, 2.0)

    def _store_apart(self, batch: list[JobEvent], error: Exception) -> bool:
        """Something in the batch is refused: each event by itself, and of that one what can be stored."""
        if len(batch) > 1:
            return all(self._store([event]) for event in batch)
        [event] = batch
        _log.error("an event is refused by the database", key=event.key, kind=event.kind, error=type(error).__name__)
        self.refused += 1
        if event.task is None and not event.data:
            return True
        told = f"what this task told could not be stored ({type(error).__name__})"
        bare: dict[str, Any] = {"data": {}, "task": None, "seconds": None, "message": told}
        return self._store([event.model_copy(update=bare)])


def is_passing(error: Exception) -> bool:
    """Whether the database may take later what it does not take now: it is locked, full, or away."""
    if isinstance(error, DataError | IntegrityError | ProgrammingError | NotSupportedError):
        return False
    return isinstance(error, DBAPIError | PoolTimeout | OSError)
