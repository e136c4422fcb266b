# SPDX-License-Identifier: Apache-2.0
"""Brings jobs from launch to end: batches, locks, slices, supervisors, the final status."""

import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from sqlmodel import Session

from opsconductor.clock import utc_now
from opsconductor.db.engine import Database
from opsconductor.db.repositories.events import EventRepository
from opsconductor.db.repositories.jobs import JobRepository
from opsconductor.db.repositories.slices import SliceRepository
from opsconductor.db.repositories.target_locks import TargetLockRepository
from opsconductor.domain.batches import batches
from opsconductor.domain.events import JobEvent
from opsconductor.domain.job_specs import JobSpec, LaunchedJob
from opsconductor.domain.jobs import ENDED, Job, JobStatus, Slice, SliceStatus
from opsconductor.domain.plans import PlanRecord
from opsconductor.domain.progress import ProgressFold
from opsconductor.domain.results import FINAL, STOPPING, ResultStatus
from opsconductor.domain.topics import DISPATCH, job_topic
from opsconductor.errors import OpsConductorError
from opsconductor.execution.batches import stop_reason
from opsconductor.execution.control import LEASE
from opsconductor.execution.endings import not_run
from opsconductor.execution.lanes import FIRST_FENCE, slices
from opsconductor.execution.spawning import Supervisors
from opsconductor.logging import get_logger
from opsconductor.pubsub.broker import Broker
from opsconductor.services.burying import BuryingService
from opsconductor.services.job_status import status_event

_LIVE = frozenset({SliceStatus.CLAIMED, SliceStatus.RUNNING})
#: A job in one of these may get its next batch.
_GOING = frozenset({JobStatus.QUEUED, JobStatus.WAITING, JobStatus.RUNNING})
_OPEN = frozenset(JobStatus) - ENDED
_Check = Callable[[Session, Job], None]
_log = get_logger(__name__)


class Approvals(Protocol):
    """Who knows whether a job may still start."""

    def require_valid(self, plan_id: str) -> PlanRecord:
        """The plan, approved as everything is now; raises NotApproved otherwise. Takes its time."""

    def require_standing(self, session: Session, job: Job) -> None:
        """Raise NotApproved when what was decided says no: at once, within a unit of work."""


class _Unchecked(Exception):
    """The job could start now, and nobody has looked whether its approval still covers what is there."""


class Dispatcher:
    """Driven by the database alone: several may tick at the same time, in one process or in many."""

    def __init__(
        self,
        database: Database,
        broker: Broker,
        supervisors: Supervisors,
        burying: BuryingService,
        approvals: Callable[[], Approvals],
    ) -> None:
        """`approvals` is called when the first job is to start: what it needs takes a while to load."""
        self.database = database
        self.approvals = approvals
        self.broker = broker
        self.supervisors = supervisors
        self.burying = burying

    def tick(self) -> None:
        """Bring every job as far as it can go now."""
        with self.database.reading() as session:
            jobs = JobRepository(session).active()
        for job_id in jobs:
            try:
                self._advance(job_id)
            except Exception:
                _log.exception("the job could not be advanced", job=job_id)

    def _advance(self, job_id: str) -> None:
        with self.database.reading() as session:
            pieces = SliceRepository(session).of_job(job_id)
        now = utc_now()
        live = [piece for piece in pieces if piece.status in _LIVE]
        if lost := [piece for piece in live if self._lost(piece, now)]:
            for piece in lost:
                self.burying.bury(piece)
            self.broker.publish(DISPATCH)
            return
        if live:
            return
        with self.database.reading() as session:
            launched = JobRepository(session).launched(job_id)
            fold = ProgressFold(launched.spec.shape).apply_all(EventRepository(session).of_job(job_id))
        started = self._start(launched, len(pieces), fold, now)
        if started is None:
            return
        self.broker.publish(job_topic(job_id))
        for piece in started:
            self.supervisors.start(piece)

    def _start(self, launched: LaunchedJob, seen: int, fold: ProgressFold, now: datetime) -> list[Slice] | None:
        """The job's next step in a unit of work, a second one when it is to start.

        Queued, waiting for a lock or paused, a job may start long after its launch: everything is computed again
        then. That takes too long for a unit of work, so the first one is taken back meanwhile.
        """
        with contextlib.suppress(_Unchecked), self.database.session() as session:
            return self._step(session, launched, seen, fold, now, None)
        approvals = self.approvals()
        refusal: OpsConductorError | None = None
        try:
            approvals.require_valid(launched.job.plan_id)
        except OpsConductorError as error:
            refusal = error

        def check(session: Session, job: Job) -> None:
            if refusal is not None:
                raise refusal
            approvals.require_standing(session, job)

        with self.database.session() as session:
            return self._step(session, launched, seen, fold, now, check)

    def _lost(self, piece: Slice, now: datetime) -> bool:
        """Its supervisor ended without a word, or was silent for two leases."""
        silent = piece.lease_until is not None and now > piece.lease_until + timedelta(seconds=LEASE)
        if piece.fence > FIRST_FENCE:
            return silent  # another dispatcher is burying it, and was lost itself only if it is silent, too
        return silent or self.supervisors.gone(piece)

    def _step(
        self,
        session: Session,
        launched: LaunchedJob,
        seen: int,
        fold: ProgressFold,
        now: datetime,
        check: _Check | None,
    ) -> list[Slice] | None:
        """The one next thing to do for a job without live slices; None when nothing was changed.

        `check` raises what speaks against the start of the job; without one a job that could start is _Unchecked.
        """
        job = JobRepository(session).claim(launched.job.id)
        pieces = SliceRepository(session).of_job(launched.job.id)
        if job is None or job.status in ENDED or len(pieces) != seen or any(p.status in _LIVE for p in pieces):
            return None  # another dispatcher is at it, or was
        fold.apply_all(EventRepository(session).of_job(job.id, after=fold.seq))
        turn = _Turn(session, job, launched.spec, pieces, fold, now, check)
        if job.status is JobStatus.CANCELLING:
            return turn.end(JobStatus.CANCELLED, job.reason)
        if any(p.status is SliceStatus.INTERRUPTED for p in pieces):
            return turn.end(JobStatus.INTERRUPTED, "a supervisor was lost")
        if job.status in _GOING:
            return turn.next_batch()
        return turn.end(None, None) if turn.done() else None  # paused within its last step


class _Turn:
    """One job's turn within one transaction that holds its row."""

    def __init__(
        self,
        session: Session,
        job: Job,
        spec: JobSpec,
        pieces: list[Slice],
        fold: ProgressFold,
        now: datetime,
        check: _Check | None,
    ) -> None:
        self.session = session
        self.job = job
        self.spec = spec
        self.pieces = pieces
        self.fold = fold
        self.now = now
        self.check = check

    def done(self) -> bool:
        """Whether every batch has had its turn."""
        return self._next() >= len(batches(self.spec.shape.targets, self.spec.options))

    def _next(self) -> int:
        return max((p.batch for p in self.pieces), default=-1) + 1

    def next_batch(self) -> list[Slice] | None:
        """Claim the next batch, wait for it, or end the job."""
        locks = TargetLockRepository(self.session)
        locks.release(
            self.job.id
        )  # of the batch before: never more than one batch is held, so nobody waits in a circle
        done = self._next()
        parts = batches(self.spec.shape.targets, self.spec.options)
        if done >= len(parts):
            return self.end(None, None)
        failed = {t for (_, t), r in self.fold.results.items() if r.status in STOPPING}
        if reason := stop_reason(self.spec.options, self.spec.shape.targets, done, failed):
            return self.end(None, reason)
        if until := self._pause_until(done):
            return self._wait(f"pause: the next batch starts at {until:%H:%M:%S} UTC")
        names = set(parts[done])
        targets = [t for t in self.spec.targets if t.name in names]
        held = locks.acquire(self.job.id, targets, exclusive=not self.spec.read_only, at=self.now)
        if held is not None:
            return self._wait(f"lock: held by job {held[0]} on {held[1]}")
        if not done and (refusal := self._refusal()):
            return self.end(JobStatus.FAILED, f"not started: {refusal}")
        self._status(JobStatus.RUNNING, None)
        started = slices(self.job, done, names, targets, self.now + timedelta(seconds=LEASE))
        SliceRepository(self.session).add(started)
        return started

    def _refusal(self) -> str | None:
        """What speaks against starting the job."""
        if self.check is None:
            raise _Unchecked
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
        return until if until > self.now else None

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
            self._store(not_run(self.job.id, None, "end", self.now, ResultStatus.NOT_RUN, why, open_targets))
        outcome = self.fold.outcome()
        if status is None:
            # Nobody cancelled it: targets that were never run are a failure.
            status = JobStatus.FAILED if outcome is JobStatus.CANCELLED else outcome
        elif status is JobStatus.CANCELLED and outcome is JobStatus.SUCCEEDED:
            status, reason = outcome, None  # it was done before the cancellation reached it
        if status is not JobStatus.SUCCEEDED and reason is None:
            reason = self._why()
        self._status(status, reason)
        TargetLockRepository(self.session).release(self.job.id)
        job = JobRepository(self.session).get(self.job.id)
        if EventRepository(self.session).gap_free(job.id, job.last_seq):
            JobRepository(self.session).set_complete(job.id)
        else:
            _log.error("events of the job are missing", job=job.id, last_seq=job.last_seq)
        return []

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
        self.fold.apply_all(EventRepository(self.session).append([event]))
