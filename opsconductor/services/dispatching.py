# SPDX-License-Identifier: Apache-2.0
"""Brings jobs from launch to end: batches, locks, slices, supervisors, the final status."""

import contextlib
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from sqlmodel import Session

from opsconductor.clock import utc_now
from opsconductor.db.engine import Database
from opsconductor.db.repositories.events import EventRepository
from opsconductor.db.repositories.jobs import JobRepository
from opsconductor.db.repositories.slices import SliceRepository
from opsconductor.domain.job_specs import LaunchedJob
from opsconductor.domain.jobs import ENDED, Job, JobStatus, Slice, SliceStatus
from opsconductor.domain.plans import PlanRecord
from opsconductor.domain.progress import ProgressFold
from opsconductor.domain.topics import DISPATCH, job_topic
from opsconductor.errors import OpsConductorError
from opsconductor.execution.capacity import Capacity, Room
from opsconductor.execution.control import LEASE
from opsconductor.execution.lanes import FIRST_FENCE
from opsconductor.execution.limits import limits_of
from opsconductor.execution.profiles import why_plain
from opsconductor.execution.spawning import Supervisors
from opsconductor.logging import get_logger
from opsconductor.pubsub.broker import Broker
from opsconductor.services.burying import BuryingService
from opsconductor.services.line import IN_LINE, Line
from opsconductor.services.resting import Resting
from opsconductor.services.turns import Check, Turn, Unchecked
from opsconductor.settings import Settings

#: Seconds that a silent supervisor has to be heard again: it renews its lease three times in one.
GRACE = LEASE / 2
_LIVE = frozenset({SliceStatus.CLAIMED, SliceStatus.RUNNING})
#: A job in one of these may get its next batch.
_GOING = frozenset({JobStatus.QUEUED, JobStatus.WAITING, JobStatus.RUNNING})
_log = get_logger(__name__)


class Approvals(Protocol):
    """Who knows whether a job may still start."""

    def require_valid(self, plan_id: str) -> PlanRecord:
        """The plan, approved as everything is now; raises NotApproved otherwise. Takes its time."""

    def require_standing(self, session: Session, job: Job) -> None:
        """Raise NotApproved when what was decided says no: at once, within a unit of work."""


class Forecasts(Protocol):
    """Who says how long running jobs will take, and learns from those that are over."""

    def tick(self) -> None:
        """Look at all of them."""


class Starter(Protocol):
    """Who starts jobs by itself: schedules, chains."""

    def tick(self) -> None:
        """Start what is due now."""


class Dispatcher:
    """Driven by the database alone: several may tick at the same time, in one process or in many."""

    def __init__(
        self,
        database: Database,
        broker: Broker,
        supervisors: Supervisors,
        burying: BuryingService,
        approvals: Callable[[], Approvals],
        settings: Settings,
        forecasts: Forecasts | None = None,
        starters: Sequence[Starter] = (),
    ) -> None:
        """`approvals` is called when the first job is to start: what it needs takes a while to load. `starters` tick
        first, so that what they start is brought on its way at once."""
        self.database = database
        self.approvals = approvals
        self.broker = broker
        self.supervisors = supervisors
        self.burying = burying
        self.settings = settings
        self.capacity = Capacity(settings)
        self.line = Line(database, broker)
        #: Slice → the lease that is over, and since when (by this process's own clock) it is known to be.
        self._overdue: dict[str, tuple[datetime, float]] = {}
        self.resting = Resting()
        self.forecasts = forecasts
        self.starters = starters

    def tick(self) -> None:
        """Start what is due, and bring every job as far as it can go now, first those that have begun."""
        for starter in self.starters:
            self._tick(starter)
        now = utc_now()
        with self.database.reading() as session:
            jobs = JobRepository(session).line()
            live = SliceRepository(session).live()
        room = self.capacity.room(live, now)
        self.resting.forget_all_but({job.id for job in jobs})
        for job in jobs:
            if job.started or job.status not in IN_LINE:
                self._try(job.id, room)
        self.line.walk(jobs, lambda job_id: self._try(job_id, room), room.full)
        if self.forecasts is not None:
            self._tick(self.forecasts)

    @staticmethod
    def _tick(other: Starter | Forecasts) -> None:
        """What goes wrong beside the jobs holds up no job."""
        try:
            other.tick()
        except Exception:
            _log.exception("a tick failed", of=type(other).__name__)

    def _try(self, job_id: str, room: Room) -> bool:
        """Bring a job as far as it can go; whether that started anything."""
        try:
            return self._advance(job_id, room)
        except Exception:
            _log.exception("the job could not be advanced", job=job_id)
            return False

    def _advance(self, job_id: str, room: Room) -> bool:
        now = utc_now()
        with self.database.reading() as session:
            if self.resting.goes_on(session, job_id, room, now):
                return False
            pieces = SliceRepository(session).of_job(job_id)
        live = [piece for piece in pieces if piece.status in _LIVE]
        if lost := [piece for piece in live if self._lost(piece, now)]:
            for piece in lost:
                self.burying.bury(piece)
            self.broker.publish(DISPATCH)
            return False
        if live:
            return False
        with self.database.reading() as session:
            launched = JobRepository(session).launched(job_id)
            fold = ProgressFold(launched.spec.shape).apply_all(EventRepository(session).of_job(job_id))
        started = self._start(launched, len(pieces), fold, now, room)
        if started is None:
            return False
        self.broker.publish(job_topic(job_id))
        room.take(started)
        for piece in started:
            try:
                self.supervisors.start(piece)
            except OSError:
                _log.exception("the supervisor could not be started", slice=piece.id, job=job_id)
                self.burying.bury(piece)
        return bool(started)

    def _start(
        self, launched: LaunchedJob, seen: int, fold: ProgressFold, now: datetime, room: Room
    ) -> list[Slice] | None:
        """The job's next step in a unit of work, a second one when it is to start.

        Queued, waiting for a lock or paused, a job may start long after its launch: everything is computed again
        then. That takes too long for a unit of work, so the first one is taken back meanwhile; a job that has never
        waited was found able to start just now, and needs no first one.
        """
        if seen or launched.job.status is not JobStatus.QUEUED:
            with contextlib.suppress(Unchecked), self.database.session() as session:
                return self._step(session, launched, seen, fold, now, room, None)
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
            return self._step(session, launched, seen, fold, now, room, check)

    def _lost(self, piece: Slice, now: datetime) -> bool:
        """Its supervisor ended without a word, or was silent for two leases."""
        silent = self._silent(piece, now)
        if piece.fence > FIRST_FENCE:
            return silent  # another dispatcher is burying it, and was lost itself only if it is silent, too
        return silent or self.supervisors.gone(piece)

    def _silent(self, piece: Slice, now: datetime) -> bool:
        """Whether nothing was heard for two leases, and nothing since then although the database took what we wrote.

        A supervisor that could not reach the database either, or a clock that was set, is no reason to end anything.
        """
        if piece.lease_until is None or now <= piece.lease_until + timedelta(seconds=LEASE):
            self._overdue.pop(piece.id, None)
            return False
        until, since = self._overdue.get(piece.id, (None, 0.0))
        if until != piece.lease_until:
            self.database.require_writable()
            self._overdue[piece.id] = piece.lease_until, time.monotonic()
            return False
        return time.monotonic() - since >= GRACE

    def _step(
        self,
        session: Session,
        launched: LaunchedJob,
        seen: int,
        fold: ProgressFold,
        now: datetime,
        room: Room,
        check: Check | None,
    ) -> list[Slice] | None:
        """The one next thing to do for a job without live slices; None when nothing was changed.

        `check` raises what speaks against the start of the job; without one a job that could start is Unchecked.
        """
        job = JobRepository(session).claim(launched.job.id)
        pieces = SliceRepository(session).of_job(launched.job.id)
        if job is None or job.status in ENDED or len(pieces) != seen or any(p.status in _LIVE for p in pieces):
            return None  # another dispatcher is at it, or was
        fold.apply_all(EventRepository(session).of_job(job.id, after=fold.seq))
        pieces = [piece for piece in pieces if piece.attempt == job.attempt]
        limits = limits_of(launched.spec.options, self.settings)
        fast = self.settings.fast and why_plain(launched.spec, self.settings) is None
        turn = Turn(session, job, launched.spec, pieces, fold, now, check, room, limits, fast=fast)
        if job.status is JobStatus.CANCELLING:
            return turn.end(JobStatus.CANCELLED, job.reason)
        if any(p.status is SliceStatus.INTERRUPTED for p in pieces):
            return turn.interrupted()
        if turn.expired():
            return turn.end(None, turn.limits.job_told)
        around = self.resting.around(session)
        if job.status in _GOING:
            started = turn.next_batch(self.supervisors.obstacle)
        else:  # paused, perhaps within its last step
            started = turn.end(None, None) if turn.done() else None
        if started is None and not turn.obstructed:
            need = room.need(turn.crowded) if turn.crowded else None
            self.resting.note(job, around, need, min(filter(None, (turn.until, turn.ends_at())), default=None))
        return started
