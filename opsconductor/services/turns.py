# SPDX-License-Identifier: Apache-2.0
"""What a job does next, decided in one unit of work that holds its row: its next batch, waiting, or its end."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Protocol

from sqlmodel import Session

from opsconductor.db.repositories.events import EventRepository
from opsconductor.db.repositories.freezes import FreezeRepository
from opsconductor.db.repositories.jobs import JobRepository
from opsconductor.db.repositories.results import ResultRepository
from opsconductor.db.repositories.slices import SliceRepository
from opsconductor.db.repositories.target_locks import TargetLockRepository
from opsconductor.domain.attempts import held_up
from opsconductor.domain.batches import batches
from opsconductor.domain.events import JobEvent
from opsconductor.domain.job_specs import JobSpec
from opsconductor.domain.jobs import ENDED, Job, JobStatus, Slice
from opsconductor.domain.progress import ProgressFold
from opsconductor.domain.results import FINAL, GOOD, STOPPING, ResultStatus
from opsconductor.errors import OpsConductorError
from opsconductor.execution.batches import stop_reason
from opsconductor.execution.control import LEASE
from opsconductor.execution.endings import not_run
from opsconductor.execution.lanes import slices
from opsconductor.execution.limits import Limits
from opsconductor.logging import get_logger
from opsconductor.services.job_status import status_event

_OPEN = frozenset(JobStatus) - ENDED
#: How the reason of a cell begins that was not run because its slice was cut off.
_CUT_OFF = "interrupted: "
Check = Callable[[Session, Job], None]
_log = get_logger(__name__)


class Room(Protocol):
    """How much more may start now."""

    @property
    def reason(self) -> str:
        """Why what does not fit has to wait."""

    def holds(self, lanes: Collection[Slice]) -> bool:
        """Whether the slices of a batch may start."""


class Unchecked(Exception):
    """The job could start now, and nobody has looked whether its approval still covers what is there."""


class Turn:
    """One job's turn within one transaction that holds its row."""

    def __init__(
        self,
        session: Session,
        job: Job,
        spec: JobSpec,
        pieces: list[Slice],
        fold: ProgressFold,
        now: datetime,
        check: Check | None,
        room: Room,
        limits: Limits,
        *,
        fast: bool = False,
    ) -> None:
        self.fast = fast
        self.session = session
        self.job = job
        self.spec = spec
        self.pieces = pieces
        self.fold = fold
        self.now = now
        self.check = check
        self.room = room
        self.limits = limits
        #: Why it waits, beside freeze and locks: slices that there is no room for, until a time, or for a folder.
        self.crowded: list[Slice] = []
        self.until: datetime | None = None
        self.obstructed = False
        opened = fold.opened
        #: What this attempt works on, in the plan's order.
        self.names = tuple(name for name in spec.shape.targets if opened is None or name in opened)

    def done(self) -> bool:
        """Whether every batch has had its turn."""
        return self._next() >= len(batches(self.names, self.spec.options))

    def expired(self) -> bool:
        """Whether the job's time is over before its work is."""
        left = self.limits.left(self.job.started_at, self.now) if self.job.started_at else None
        return left is not None and left <= 0 and not (self.done() and self._decided())

    def ends_at(self) -> datetime | None:
        """When the time of the job that has begun will be over, if it is limited."""
        left = self.limits.left(self.job.started_at, self.now) if self.job.started_at else None
        return None if left is None else self.now + timedelta(seconds=left)

    def _decided(self) -> bool:
        return all(result.status in FINAL for result in self.fold.results.values())

    def _next(self) -> int:
        return max((p.batch for p in self.pieces), default=-1) + 1

    def next_batch(self, obstacle: Callable[[str], str | None]) -> list[Slice] | None:
        """Claim the next batch, wait for it, or end the job. `obstacle` says why a job's slices could not run now."""
        locks = TargetLockRepository(self.session)
        locks.release(
            self.job.id
        )  # of the batch before: never more than one batch is held, so nobody waits in a circle
        done = self._next()
        parts = batches(self.names, self.spec.options)
        if done >= len(parts):
            return self.end(None, None)
        failed = {t for (_, t), r in self.fold.results.items() if r.status in STOPPING and t in set(self.names)}
        if reason := stop_reason(self.spec.options, self.names, done, failed):
            return self.end(None, reason)
        if not self.spec.read_only:
            freezes = FreezeRepository(self.session)
            freezes.none_begins()
            if freeze := freezes.standing():
                return self._wait(f"freeze: {freeze.told}")
        if until := self._pause_until(done):
            return self._wait(f"pause: the next batch starts at {until:%H:%M:%S} UTC")
        names = set(parts[done])
        targets = [t for t in self.spec.targets if t.name in names]
        lease = self.now + timedelta(seconds=LEASE)
        lanes = slices(self.job, done, names, targets, lease, self._done_before(names), fast=self.fast)
        if not self.room.holds(lanes):
            self.crowded = lanes
            return self._wait(self.room.reason)
        held = locks.acquire(self.job.id, targets, exclusive=not self.spec.read_only, at=self.now)
        if held is not None:
            return self._wait(f"lock: held by job {held[0]} on {held[1]}")
        if why := obstacle(self.job.id):
            locks.release(self.job.id)
            self.obstructed = True
            return self._wait(f"disk: {why}")
        if not done and (refusal := self._refusal()):
            return self.end(JobStatus.FAILED, f"not started: {refusal}")
        self._status(JobStatus.RUNNING, None)
        SliceRepository(self.session).add(lanes)
        return lanes

    def _done_before(self, names: Collection[str]) -> dict[str, tuple[int, ...]]:
        """target → steps that an earlier attempt has done there."""
        if self.job.attempt == 1:
            return {}
        done: dict[str, list[int]] = {name: [] for name in names}
        for (step, target), result in sorted(self.fold.results.items()):
            if target in done and result.status in GOOD:
                done[target].append(step)
        return {name: tuple(steps) for name, steps in done.items()}

    def _refusal(self) -> str | None:
        """What speaks against starting the job."""
        if self.check is None:
            raise Unchecked
        try:
            self.check(self.session, self.job)
        except OpsConductorError as error:
            return error.message
        return None

    def _pause_until(self, done: int) -> datetime | None:
        """When the pause after the last batch ends, if that is still to come."""
        if not done or not self.spec.options.pause:
            return None
        ended = max(p.ended_at for p in self.pieces if p.ended_at is not None)
        until = ended + timedelta(seconds=self.spec.options.pause)
        self.until = until if until > self.now else None
        return self.until

    def _wait(self, reason: str) -> list[Slice] | None:
        if self.job.status is JobStatus.WAITING and self.job.reason == reason:
            return None
        self._status(JobStatus.WAITING, reason)
        return []

    def end(self, status: JobStatus | None, reason: str | None) -> list[Slice]:
        """The job is over: open cells are closed, locks given back. `status` None: judged by the targets."""
        open_targets = sorted({t for (_, t), r in self.fold.results.items() if r.status not in FINAL})
        if open_targets:
            why = reason or "the job ended before it came to them"
            key = f"end-{self.job.attempt}"
            self._store(not_run(self.job.id, None, key, self.now, ResultStatus.NOT_RUN, why, open_targets))
        outcome = self.fold.outcome()
        if status is None:
            # Nobody cancelled it: targets that were never run are a failure.
            status = JobStatus.FAILED if outcome is JobStatus.CANCELLED else outcome
        elif status is JobStatus.CANCELLED and outcome is JobStatus.SUCCEEDED:
            status, reason = outcome, None  # it was done before the cancellation reached it
        elif status is JobStatus.INTERRUPTED and not held_up(self.spec.shape, self.fold.results):
            status, reason = outcome, None  # it was done before: there is nothing to go on with
        if status is not JobStatus.SUCCEEDED and reason is None:
            reason = self._why()
        self._status(status, reason)
        TargetLockRepository(self.session).release(self.job.id)
        job = JobRepository(self.session).get(self.job.id)
        pieces = SliceRepository(self.session).of_job(job.id)  # those of earlier attempts, too
        if missing := EventRepository(self.session).missing(job.id, job.last_seq, [p.id for p in pieces]):
            _log.error("events of the job are missing", job=job.id, why=missing)
        else:
            JobRepository(self.session).set_complete(job.id)
        return []

    def interrupted(self) -> list[Slice]:
        """The job is over because a slice of its was cut off; a further attempt may go on with it."""
        cells = [cell for _, cell in sorted(self.fold.results.items()) if cell.reason]
        told = [r.reason for r in cells if r.reason and r.reason.startswith(_CUT_OFF)]
        told += [r.reason for r in cells if r.reason and r.status is ResultStatus.UNKNOWN]
        return self.end(JobStatus.INTERRUPTED, (told or ["a slice has ended early"])[0].removeprefix(_CUT_OFF))

    def _why(self) -> str | None:
        """The first reason a cell was not run for, other than its own target's failure."""
        reasons = (r.reason for _, r in sorted(self.fold.results.items()) if r.reason)
        return next((reason for reason in reasons if not reason.startswith("stopped at step")), None)

    def _status(self, status: JobStatus, reason: str | None) -> None:
        if status is self.job.status and reason == self.job.reason:
            return
        JobRepository(self.session).set_status(self.job.id, status, only_from=_OPEN, reason=reason, at=self.now)
        self._store(status_event(self.job.id, status, reason, self.now))

    def _store(self, event: JobEvent) -> None:
        """Store the event, and the cells that it changes."""
        self.fold.take_changes()  # of events that were stored before, with their cells
        self.fold.apply_all(EventRepository(self.session).append([event]))
        ResultRepository(self.session).save(self.job.id, self.fold.take_changes())
