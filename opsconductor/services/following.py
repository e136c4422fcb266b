# SPDX-License-Identifier: Apache-2.0
"""Jobs as they are watched: progress folded from stored events, results, log."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator

from opsconductor.db.engine import Database
from opsconductor.db.repositories.events import EventRepository
from opsconductor.db.repositories.jobs import JobRepository
from opsconductor.domain.durations import Duration
from opsconductor.domain.events import EventKind, JobEvent
from opsconductor.domain.forecasts import Forecast, StuckCell
from opsconductor.domain.job_specs import JobSpec
from opsconductor.domain.jobs import ENDED
from opsconductor.domain.learning import learned
from opsconductor.domain.log import LogEntry, LogLevel, log_entry
from opsconductor.domain.progress import Progress, ProgressFold
from opsconductor.domain.results import Result
from opsconductor.domain.shapes import JobShape
from opsconductor.domain.step_answers import StepAnswer, step_answers
from opsconductor.domain.stopwatch import Stopwatch
from opsconductor.domain.topics import job_topic
from opsconductor.pubsub.broker import Broker
from opsconductor.services.estimating import EstimatingService
from opsconductor.services.outlook import Outlook, looks_different

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
    EventKind.PROCESSES,
    EventKind.JOB_STATUS,
)


class _Followed:
    """One job's folds, moved on by whoever asks."""

    def __init__(self, spec: JobSpec) -> None:
        self.lock = threading.Lock()
        self.options = spec.options
        self.fold = ProgressFold(spec.shape)
        self.watch = Stopwatch()
        self.outlook: Outlook | None = None


class FollowingService:
    """Reads only. Every answer comes from stored events, so all who follow see the same."""

    def __init__(self, database: Database, broker: Broker, estimating: EstimatingService | None = None) -> None:
        """Without `estimating` nothing is said of what is left of a job."""
        self.database = database
        self.broker = broker
        self.estimating = estimating
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
            told, stuck = self._outlook(followed)
            return followed.fold.snapshot().model_copy(
                update={"forecast": told, "eta_seconds": told.seconds if told else None, "stuck": stuck}
            )

    def forecast(self, job_id: str) -> tuple[int, Forecast | None]:
        """What is left of the job, and the sequence number of the last event that it rests on."""
        followed = self._of(job_id)
        with followed.lock:
            self._catch_up(followed)
            return followed.fold.seq, self._outlook(followed)[0]

    def durations(self, job_id: str) -> list[Duration]:
        """How long the parts of the job took."""
        followed = self._of(job_id)
        with followed.lock:
            self._catch_up(followed)
            forks = self.estimating.forks if self.estimating else 1
            return list(learned(followed.fold.shape, followed.fold.results, followed.watch, forks))

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
        """Progress now (if past `after`), then each time there is news, until the job has ended. Blocks.

        News is an event, a cell that is stuck or is so no more, and an end that is expected at another time.
        """
        job_id = self.shape(job_id).job_id
        told: Progress | None = None
        with self.broker.subscribe(job_topic(job_id)) as subscription:
            while True:
                progress = self.progress(job_id)
                if progress.seq > after or (told is not None and looks_different(told, progress)):
                    after, told = progress.seq, progress
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
            followed = self._followed.setdefault(launched.job.id, _Followed(launched.spec))
            self._followed.move_to_end(launched.job.id)
            while len(self._followed) > _KEPT:
                self._followed.popitem(last=False)
        return followed

    def _outlook(self, followed: _Followed) -> tuple[Forecast | None, tuple[StuckCell, ...]]:
        if self.estimating is None:
            return None, ()
        if followed.watch.started is None or followed.watch.status in ENDED:
            return None, ()
        if followed.outlook is None:
            fold = followed.fold
            followed.outlook = Outlook(self.estimating.forecaster(fold.shape, followed.options, fold.opened))
        return followed.outlook.look(followed.fold, followed.watch)

    def _catch_up(self, followed: _Followed) -> None:
        fold = followed.fold
        while True:
            with self.database.reading() as session:
                events = EventRepository(session).of_job(fold.shape.job_id, fold.seq, _PAGE)
            fold.apply_all(events)
            followed.watch.apply_all(events)
            if any(event.kind is EventKind.ATTEMPT for event in events):
                followed.outlook = None  # its batches are others now
            if len(events) < _PAGE:
                return


def _in_order(fold: ProgressFold) -> list[Result]:
    order = {target: n for n, target in enumerate(fold.shape.targets)}
    return [fold.results[key] for key in sorted(fold.results, key=lambda key: (key[0], order[key[1]]))]
