# SPDX-License-Identifier: Apache-2.0
"""Starts what is due. Driven by the schedules table alone: any number may tick, one starts each time of a schedule."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Protocol

from sqlmodel import Session

from opsconductor.clock import utc_now
from opsconductor.db.engine import Database
from opsconductor.db.repositories.calendars import CalendarRepository
from opsconductor.db.repositories.freezes import FreezeRepository
from opsconductor.db.repositories.jobs import JobRepository
from opsconductor.db.repositories.schedules import ScheduleRepository
from opsconductor.domain.approvals import Approval
from opsconductor.domain.due import ON_TIME, missed, span
from opsconductor.domain.jobs import Job, Priority
from opsconductor.domain.plans import Plan, PlanRecord
from opsconductor.domain.schedules import CatchUp, Overlap, RunStatus, Schedule, ScheduleRun, actor_of
from opsconductor.errors import NotApproved, OpsConductorError
from opsconductor.ids import short
from opsconductor.logging import get_logger
from opsconductor.services.audit import AuditService
from opsconductor.services.launching import Origin
from opsconductor.services.schedule_times import ScheduleTimes

#: Begins the reason of a time that is held by a freeze.
_WAITS = "waits: "
#: Begins what is said where no approval helps.
NO_PLAN = "No plan can be made with what is there now"
_log = get_logger(__name__)


class Plans(Protocol):
    """Who knows the plans and what there is now."""

    def get(self, plan_id: str) -> PlanRecord:
        """The stored plan."""

    def differences(self, record: PlanRecord) -> list[str]:
        """What is not any more as it was when the plan was made."""

    def renewed(self, plan_id: str, actor: str) -> PlanRecord:
        """The same plan, made anew."""

    def has_verdict(self, record: PlanRecord) -> bool:
        """Whether its playbook has been checked; else that is under way from now on."""


class Approvals(Protocol):
    """Who knows what is approved."""

    def needs_none(self, plan: Plan) -> bool:
        """Whether the plan runs without an approval."""

    def standing(self, plan_id: str) -> tuple[str | None, Approval | None]:
        """What was decided against running it, if anything; else the approval, where one is needed."""


class Launches(Protocol):
    """Who starts jobs."""

    def launch(
        self,
        plan_id: str,
        actor: str,
        idempotency_key: str | None = None,
        origin: Origin | None = None,
        *,
        priority: Priority = ...,
    ) -> Job:
        """Queue one execution of an approved plan."""


class Needed(Protocol):
    """What is loaded when the first thing is due."""

    @property
    def planning(self) -> Plans: ...

    @property
    def approving(self) -> Approvals: ...

    @property
    def launching(self) -> Launches: ...


class _SettledByAnother(Exception):
    """Another dispatcher was faster; nothing is wrong."""


class _Overlapping(Exception):
    """A job of the schedule has not ended."""

    def __init__(self, job: Job) -> None:
        super().__init__(job.id)
        self.job = job


@dataclass(frozen=True, slots=True)
class _Asked:
    """What became of making a plan anew."""

    why: tuple[str, ...]
    record: PlanRecord | None  #: None: another made one, or none can be made
    blocked: bool = False  #: none can be made

    @property
    def told(self) -> str:
        """Why nothing is started."""
        reasons = "; ".join(self.why)
        if self.blocked:
            return f"{NO_PLAN[0].lower()}{NO_PLAN[1:]}: {reasons}"
        asking = f"plan {short(self.record.plan.id)}" if self.record else "the schedule"
        return f"{asking} waits for approval: {reasons}"


class SchedulingService:
    """One tick: decide about times that have come, start what is due, compare with what is there now and then."""

    def __init__(
        self,
        database: Database,
        audit: AuditService,
        needed: Callable[[], Needed],
        check_interval: timedelta,
    ) -> None:
        """`needed` is called when something is due: it takes a while to load."""
        self.database = database
        self.audit = audit
        self.needed = needed
        self.check_interval = check_interval
        self.times = ScheduleTimes(database, audit)
        #: Schedule → plan and differences that no plan could be made of: not tried again with every time that comes.
        self._vain: dict[str, tuple[str, ...]] = {}

    def tick(self) -> None:
        """Do what is to be done now."""
        now = utc_now()
        with self.database.reading() as session:
            due = ScheduleRepository(session).due(now)
        for schedule in due:
            self._quietly(schedule.id, partial(self.times.settle, schedule, now))
        with self.database.reading() as session:
            runs = ScheduleRepository(session).open_runs()
            unchecked = ScheduleRepository(session).unchecked(now - self.check_interval)
        for run in runs:
            self._quietly(run.schedule_id, partial(self._begin, run))
        if unchecked is not None:  # one each time: a comparison takes a while, and jobs wait for the end of the tick
            self._quietly(unchecked.id, partial(self._look, unchecked))

    def of_job(self, job: Job) -> Schedule | None:
        """The schedule that started a job, also one that was deleted since."""
        if job.schedule_id is None:
            return None
        with self.database.reading() as session:
            return ScheduleRepository(session).by_id(job.schedule_id)

    def compare(self, schedule: Schedule) -> tuple[str, ...]:
        """Compare the schedule's plan with what is there; where that is not the same any more, a new plan asks.

        Answers why the schedule asks; empty: all is as it was.
        """
        plans = self.needed().planning
        record = plans.get(schedule.plan_id)
        differences = plans.differences(record)
        if not differences:
            self._note(schedule, ())  # what was missing is there again
            return ()
        return self._ask_again(schedule, differences).why

    # -- inside -------------------------------------------------------------------------------------------

    def _quietly(self, schedule_id: str, work: Callable[[], object]) -> None:
        """Whatever happens to one schedule does not concern the others; the next tick tries again."""
        try:
            work()
        except Exception:
            _log.exception("the schedule could not be worked on", schedule=schedule_id)

    def _look(self, schedule: Schedule) -> None:
        with self.database.session() as session:
            if not ScheduleRepository(session).check(schedule, utc_now()):
                return
        try:
            self.compare(schedule)
        except OpsConductorError as error:
            self._note(schedule, (error.message,))

    def _begin(self, run: ScheduleRun) -> None:
        """Start one run, or settle why not."""
        with self.database.reading() as session:
            schedule = ScheduleRepository(session).by_id(run.schedule_id)
            busy = JobRepository(session).of_schedule(schedule.id)
            freeze = FreezeRepository(session).standing()
            days = CalendarRepository(session).days()
        if schedule.removed:
            self._skip(schedule, run, "the schedule was deleted")
        elif schedule.paused_by is not None:
            self._skip(schedule, run, f"paused by {schedule.paused_by}")
        elif run.status is RunStatus.DUE and (late := missed(schedule, days, run.due_at, utc_now())):
            # Whoever found it due is gone, or has tried in vain since: nobody wants it at any later hour.
            held = (run.reason or "").removeprefix(_WAITS) if _waited(run) else "missed: it could not be started then"
            self._skip(schedule, run, f"{held}{late}")
        elif busy:
            self._overlap(schedule, run, busy[0])
        elif freeze is not None and not self.needed().planning.get(schedule.plan_id).plan.changes_nothing:
            self._frozen(schedule, run, freeze.told)
        else:
            self._launch(schedule, run)

    def _frozen(self, schedule: Schedule, run: ScheduleRun, told: str) -> None:
        """A job would wait for the end of the freeze, and might start at an hour that nobody wants: the time waits
        itself, and no longer than one that was missed is made up for."""
        with self.database.reading() as session:
            later = any(
                other.schedule_id == run.schedule_id and other.due_at > run.due_at
                for other in ScheduleRepository(session).open_runs()
            )
        longest = max(timedelta(seconds=schedule.window), ON_TIME)
        if schedule.catch_up is CatchUp.SKIP:
            self._skip(schedule, run, told)
        elif later:
            self._skip(schedule, run, f"{told}; a later time has come since")
        elif utc_now() - run.due_at > longest:
            self._skip(schedule, run, f"{told}; made up for within {span(longest)} only")
        elif run.reason != (waits := f"{_WAITS}{told}"):
            with self.database.session() as session:
                ScheduleRepository(session).settle(run, run.status, utc_now(), reason=waits)

    def _overlap(self, schedule: Schedule, run: ScheduleRun, job: Job) -> None:
        if run.status is RunStatus.QUEUED:
            return
        waiting = f"job {short(job.id)} of the run before has not ended"
        if schedule.overlap is Overlap.SKIP:
            self._skip(schedule, run, waiting)
            return
        with self.database.session() as session:
            schedules = ScheduleRepository(session)
            schedules.hold(schedule.id)
            others = [r for r in schedules.open_runs() if r.schedule_id == schedule.id and r.id != run.id]
            if not any(r.status is RunStatus.QUEUED for r in others):
                schedules.settle(run, RunStatus.QUEUED, utc_now(), reason=waiting)
                return
        self._skip(schedule, run, f"{waiting}, and another run waits for it already")

    def _launch(self, schedule: Schedule, run: ScheduleRun) -> None:
        needed, plan_id = self.needed(), schedule.plan_id
        try:
            record = needed.planning.get(plan_id)
            if differences := needed.planning.differences(record):
                asked = self._asked(schedule, differences)
                renewed = asked.record
                if renewed is None or not needed.approving.needs_none(renewed.plan):
                    self._skip(schedule, run, asked.told)
                    return
                plan_id, record = renewed.plan.id, renewed
            if needed.approving.standing(plan_id)[0] is None and not needed.planning.has_verdict(record):
                return  # the checks of a renewed plan take seconds: it is started when they are done
            origin = self._origin(schedule, run)
            needed.launching.launch(plan_id, actor_of(schedule), run.id, origin, priority=schedule.priority)
        except _SettledByAnother:
            return
        except _Overlapping as overlapping:
            self._overlap(schedule, run, overlapping.job)
        except NotApproved as error:
            self._skip(schedule, run, f"not approved: {error.message}")
        except OpsConductorError as error:
            self._skip(schedule, run, error.message)

    def _origin(self, schedule: Schedule, run: ScheduleRun) -> Origin:
        def settle(session: Session, job: Job) -> None:
            schedules = ScheduleRepository(session)
            held = schedules.hold(schedule.id)
            busy = [j for j in JobRepository(session).of_schedule(schedule.id) if j.id != job.id]
            if busy:
                raise _Overlapping(busy[0])
            done = {"plan_id": job.plan_id, "job_id": job.id, "reason": _begun(run)}
            if held is None or held.removed or not schedules.settle(run, RunStatus.STARTED, utc_now(), **done):
                raise _SettledByAnother
            schedules.change(schedule.id, asks=[], blocks=[])

        return Origin(schedule_id=schedule.id, within=settle)

    def _skip(self, schedule: Schedule, run: ScheduleRun, reason: str) -> None:
        with self.database.session() as session:
            plan = {"plan_id": schedule.plan_id, "reason": reason}
            if ScheduleRepository(session).settle(run, RunStatus.SKIPPED, utc_now(), **plan):
                self.times.skipped(session, schedule, run, reason)

    def _asked(self, schedule: Schedule, differences: list[str]) -> _Asked:
        """As `_ask_again`; where that was in vain before, for the same reasons, the check now and then sees to it."""
        seen = (schedule.plan_id, *differences)
        if schedule.blocks and self._vain.get(schedule.id) == seen:
            return _Asked(schedule.blocks, None, blocked=True)
        asked = self._ask_again(schedule, differences)
        if asked.blocked:
            self._vain[schedule.id] = seen
        return asked

    def _ask_again(self, schedule: Schedule, differences: list[str]) -> _Asked:
        """Make the plan anew for the schedule."""
        asks = tuple(dict.fromkeys((*schedule.asks, *differences)))
        actor = actor_of(schedule)
        try:
            renewed = self.needed().planning.renewed(schedule.plan_id, actor)
        except OpsConductorError as error:
            return _Asked(self._note(schedule, (*differences, error.message)), None, blocked=True)
        if renewed.commit is None:
            open_ = [q.text for q in renewed.plan.questions] + [*renewed.plan.obstacles]
            return _Asked(self._note(schedule, (*differences, *open_)), None, blocked=True)
        with self.database.session() as session:
            schedules = ScheduleRepository(session)
            held = schedules.hold(schedule.id)
            if held is None or held.plan_id != schedule.plan_id:
                return _Asked((held or schedule).asks, None)
            follows = self.needed().approving.needs_none(renewed.plan)
            schedules.change(schedule.id, plan_id=renewed.plan.id, asks=[] if follows else [*asks], blocks=[])
            details = {"plan": renewed.plan.id, "before": schedule.plan_id, "differences": [*asks]}
            action = "schedule.followed" if follows else "schedule.asked_again"
            self.audit.append(session, actor, action, f"schedule:{schedule.id}", details)
        return _Asked(asks, renewed)

    def _note(self, schedule: Schedule, blocks: tuple[str, ...]) -> tuple[str, ...]:
        """Keep why no plan can be made for the schedule; nothing: one can be."""
        blocks = tuple(dict.fromkeys(blocks))
        if blocks != schedule.blocks:
            with self.database.session() as session:
                ScheduleRepository(session).change(schedule.id, blocks=[*blocks])
                if blocks:
                    subject = f"schedule:{schedule.id}"
                    details = {"plan": schedule.plan_id, "differences": [*blocks]}
                    self.audit.append(session, actor_of(schedule), "schedule.blocked", subject, details)
        return blocks


def _waited(run: ScheduleRun) -> bool:
    """Whether a freeze has held it."""
    return (run.reason or "").startswith(_WAITS)


def _begun(run: ScheduleRun) -> str | None:
    if run.status is RunStatus.QUEUED:
        return "waited for the job of the run before"
    if _waited(run):
        return f"waited for the end of a freeze, {span(utc_now() - run.due_at)} late"
    return run.reason
