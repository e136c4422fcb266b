# SPDX-License-Identifier: Apache-2.0
"""Jobs as they are watched: progress folded from stored events, results, log."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator

from opsconductor.db.engine import Database
from opsconductor.db.repositories.events import EventRepository
from opsconductor.db.repositories.jobs import JobRepository
from opsconductor.domain.events import EventKind, JobEvent
from opsconductor.domain.jobs import ENDED
from opsconductor.domain.log import LogEntry, LogLevel, log_entry
from opsconductor.domain.progress import JobShape, Progress, ProgressFold
from opsconductor.domain.results import Result
from opsconductor.domain.step_answers import StepAnswer, step_answers
from opsconductor.domain.topics import job_topic
from opsconductor.pubsub.broker import Broker

#: Folds kept, those used last.
_KEPT = 64
#: Events read in one go.
_PAGE = 2000
#: Seconds after which a watcher looks without having been woken.
_LOOK = 0.5
#: Kinds of events that `domain.log` has a line for.
_TOLD = (
    EventKind.TARGET_OK,
    EventKind.TARGET_FAILED,
    EventKind.TARGET_SKIPPED,
    EventKind.TARGET_UNREACHABLE,
    EventKind.TARGET_RETRY,
    EventKind.TRANSFER,
    EventKind.WARNING,
    EventKind.NOT_RUN,
    EventKind.JOB_STATUS,
)


class _Followed:
    """One job's fold, moved on by whoever asks."""

    def __init__(self, shape: JobShape) -> None:
        self.lock = threading.Lock()
        self.fold = ProgressFold(shape)


class FollowingService:
    """Reads only. Every answer comes from stored events, so all who follow see the same."""

    def __init__(self, database: Database, broker: Broker) -> None:
        self.database = database
        self.broker = broker
        self._lock = threading.Lock()
        self._followed: OrderedDict[str, _Followed] = OrderedDict()

    def shape(self, job_id: str) -> JobShape:
        """The job's empty matrix."""
        return self._of(job_id).fold.shape

    def progress(self, job_id: str) -> Progress:
        """Where the job stands."""
        followed = self._of(job_id)
        with followed.lock:
            self._catch_up(followed)
            return followed.fold.snapshot()

    def results(self, job_id: str) -> list[Result]:
        """Every cell in step and target order, those not started included."""
        followed = self._of(job_id)
        with followed.lock:
            self._catch_up(followed)
            return _in_order(followed.fold)

    def answers(self, job_id: str) -> tuple[StepAnswer, ...]:
        """What the targets have answered so far, a table for each step that answers something."""
        followed = self._of(job_id)
        with followed.lock:
            self._catch_up(followed)
            fold = followed.fold
            return step_answers(fold.shape, _in_order(fold), fold.at) if fold.at else ()

    def events(
        self,
        job_id: str,
        after: int = 0,
        limit: int | None = None,
        *,
        kinds: Iterable[EventKind] | None = None,
        target: str | None = None,
        step: int | None = None,
    ) -> list[JobEvent]:
        """Stored events after sequence number `after`, in order."""
        job_id = self.shape(job_id).job_id
        with self.database.reading() as session:
            return EventRepository(session).of_job(job_id, after, limit, kinds=kinds, target=target, step=step)

    def log(
        self, job_id: str, after: int = 0, level: LogLevel | None = None, target: str | None = None
    ) -> Iterator[LogEntry]:
        """Log lines after the one with id `after`, in order; of one level, or about one target."""
        shape = self.shape(job_id)
        while events := self.events(job_id, after, _PAGE, kinds=_TOLD, target=target):
            after = events[-1].seq
            for event in events:
                entry = log_entry(event, shape)
                if entry is not None and level in (None, entry.level):
                    yield entry

    def tail(self, job_id: str, count: int) -> list[LogEntry]:
        """The last `count` log lines, oldest first."""
        shape = self.shape(job_id)
        with self.database.reading() as session:
            # Not every event has a line; more than one in three of these kinds does.
            events = EventRepository(session).last_of_job(shape.job_id, count * 4, kinds=_TOLD)
        entries = [entry for event in events if (entry := log_entry(event, shape))]
        return entries[-count:]

    def watch(self, job_id: str, after: int = -1) -> Iterator[Progress]:
        """Progress now (if past `after`), then each time there is news, until the job has ended. Blocks."""
        job_id = self.shape(job_id).job_id
        with self.broker.subscribe(job_topic(job_id)) as subscription:
            while True:
                progress = self.progress(job_id)
                if progress.seq > after:
                    after = progress.seq
                    yield progress
                if progress.status in ENDED:
                    return
                subscription.wait(_LOOK)

    def _of(self, job_id: str) -> _Followed:
        with self._lock:
            if followed := self._followed.get(job_id):
                self._followed.move_to_end(job_id)
                return followed
        with self.database.reading() as session:
            launched = JobRepository(session).launched(job_id)
        with self._lock:
            followed = self._followed.setdefault(launched.job.id, _Followed(launched.spec.shape))
            self._followed.move_to_end(launched.job.id)
            while len(self._followed) > _KEPT:
                self._followed.popitem(last=False)
        return followed

    def _catch_up(self, followed: _Followed) -> None:
        fold = followed.fold
        while True:
            with self.database.reading() as session:
                events = EventRepository(session).of_job(fold.shape.job_id, fold.seq, _PAGE)
            fold.apply_all(events)
            if len(events) < _PAGE:
                return


def _in_order(fold: ProgressFold) -> list[Result]:
    order = {target: n for n, target in enumerate(fold.shape.targets)}
    return [fold.results[key] for key in sorted(fold.results, key=lambda key: (key[0], order[key[1]]))]
