# SPDX-License-Identifier: Apache-2.0
"""Schedules from the outside: put one in force, look at it, hold it, end it."""

from datetime import datetime
from itertools import islice
from shlex import quote

from pydantic import Field, field_validator
from sqlmodel import Session

from opsconductor.clock import utc_now
from opsconductor.db.engine import Database
from opsconductor.db.repositories.calendars import CalendarRepository
from opsconductor.db.repositories.jobs import JobRepository
from opsconductor.db.repositories.plans import PlanRepository
from opsconductor.db.repositories.schedules import ScheduleRepository
from opsconductor.domain.base import Frozen
from opsconductor.domain.due import excluded
from opsconductor.domain.jobs import Job, JobStatus, Priority
from opsconductor.domain.names import LONGEST_NAME, check_name, normal
from opsconductor.domain.plans import Outcome, PlanRecord
from opsconductor.domain.schedules import (
    DEFAULT_WINDOW,
    LONGEST_WINDOW,
    CatchUp,
    Overlap,
    RunStatus,
    Schedule,
    ScheduleRun,
    ScheduleState,
)
from opsconductor.domain.timing import Timing, timing_of
from opsconductor.errors import Conflict, InvalidInput
from opsconductor.ids import new_id, short
from opsconductor.services.approving import ApprovingService
from opsconductor.services.audit import AuditService
from opsconductor.services.launching import LaunchingService, Origin
from opsconductor.services.planning import PlanningService, refuse_obstacles
from opsconductor.services.schedule_times import ScheduleTimes
from opsconductor.services.scheduling import NO_PLAN, SchedulingService


class Policy(Frozen):
    """What a schedule does apart from running its plan at its times."""

    calendars: tuple[str, ...] = Field(default=(), description="Calendars on whose days it does not run.")
    catch_up: CatchUp = Field(
        default=CatchUp.ONCE, description="A time that passed while nothing ran: made up for once, or skipped."
    )
    window: int = Field(
        default=DEFAULT_WINDOW, ge=0, le=LONGEST_WINDOW, description="Seconds after which it is not made up for."
    )
    overlap: Overlap = Field(
        default=Overlap.SKIP, description="A time at which the job before has not ended: skipped, or queued."
    )
    priority: Priority = Field(
        default=Priority.NORMAL, description="Which of the waiting jobs come first: of all jobs that it starts."
    )

    @field_validator("calendars")
    @classmethod
    def _spelling(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        # Calendars are looked up by it at each time, and when one is to be removed.
        return tuple(normal(name) for name in names)


class ScheduleView(Frozen):
    """A schedule and how it stands."""

    schedule: Schedule
    state: ScheduleState
    title: str  #: of its plan
    when: str  #: its times in words
    next_runs: tuple[datetime, ...]  #: without the days of its calendars; empty while it is paused
    waiting: str | None  #: why nothing would run now
    blocked: bool = False  #: no plan can be made with what is there now: no approval helps
    remedy: str | None = None  #: what to do so that it runs
    approved_until: datetime | None
    last: ScheduleRun | None  #: what became of the time before
    last_job: JobStatus | None  #: how its job stands or ended


class ScheduleService:
    """Makes, shows and controls schedules. What starts the jobs is `SchedulingService`."""

    def __init__(
        self,
        database: Database,
        planning: PlanningService,
        approving: ApprovingService,
        launching: LaunchingService,
        scheduling: SchedulingService,
        audit: AuditService,
    ) -> None:
        self.database = database
        self.planning = planning
        self.approving = approving
        self.launching = launching
        self.scheduling = scheduling
        self.audit = audit
        self.times = ScheduleTimes(database, audit)

    # -- making -------------------------------------------------------------------------------------------

    def put_in_force(self, plan_id: str, actor: str) -> Schedule:
        """The schedule of an approved plan that says when it runs; made now, unless it is there.

        A plan that took the place of a schedule's plan takes its place in the schedule as well. Raises NotApproved.
        """
        return self._made(self.approving.require_valid(plan_id), None, Policy(), actor)

    def create(
        self,
        plan_id: str,
        actor: str,
        *,
        name: str | None = None,
        timing: Timing | None = None,
        policy: Policy | None = None,
    ) -> Schedule:
        """A schedule for a plan, approved or still to be approved.

        Where `timing` is not what the plan says, a plan like it is made that says so. Without a name, a plan that took
        the place of a schedule's plan takes its place there as well; of its policy only what is given changes. Raises
        Conflict for a name that is taken, a plan that has a schedule, one that is not complete and a time that has
        passed.
        """
        record = self.planning.get(plan_id)
        refuse_obstacles(record.plan)
        if record.plan.outcome is Outcome.REFUSE or record.commit is None:
            raise Conflict(
                f"Plan {short(record.plan.id)} is not complete.", remedy="Answer its questions first: `opsc answer`."
            )
        said = record.plan.options.schedule
        if timing is None and said is None:
            raise InvalidInput(
                f"Plan {short(record.plan.id)} does not say when it runs.",
                remedy='Give it: --cron "0 3 * * 1", or --at 2030-05-06T22:00.',
            )
        if timing is not None and (said is None or timing_of(said) != timing):
            self._refuse_past(timing)
            record = self.planning.renewed(record.plan.id, actor, timing.options)
        return self._made(record, name, policy or Policy(), actor)

    def _made(self, record: PlanRecord, name: str | None, policy: Policy, actor: str) -> Schedule:
        timing = timing_of(record.plan.options.schedule or {})
        now = utc_now()
        with self.database.session() as session:
            schedules = ScheduleRepository(session)
            PlanRepository(session).hold(record.plan.id)  # whoever comes with it at the same time finds the schedule
            if present := schedules.of_plan(record.plan.id):
                if name is None and not policy.model_fields_set:
                    return present
                raise Conflict(
                    f"The schedule '{present.name}' runs plan {short(record.plan.id)} already.",
                    remedy=f'To make another one, delete it first: `opsc schedules delete "{present.name}"`.',
                )
            for calendar in policy.calendars:
                CalendarRepository(session).get(calendar)
            if name is None and (former := self._former(session, record)):
                return self._replaced(session, former, record, timing, policy, actor)
            taken = {s.name for s in schedules.all()}
            schedule = Schedule(
                id=new_id(),
                name=check_name(name or _free(record.plan.title, taken), "schedule"),
                plan_id=record.plan.id,
                timing=timing,
                **policy.model_dump(),
                next_at=self._refuse_past(timing),
                checked_at=now,
                actor=actor,
                created_at=now,
            )
            schedules.add(schedule)
            self._note(session, schedule, actor, "created", plan=schedule.plan_id, timing=str(timing))
        return schedule

    def _former(self, session: Session, record: PlanRecord) -> Schedule | None:
        """The schedule of a plan that this one took the place of."""
        parent = record.parent_id
        while parent is not None:
            if found := ScheduleRepository(session).of_plan(parent):
                return found
            parent = PlanRepository(session).get(parent).parent_id
        return None

    def _replaced(
        self, session: Session, former: Schedule, record: PlanRecord, timing: Timing, policy: Policy, actor: str
    ) -> Schedule:
        schedules = ScheduleRepository(session)
        schedules.hold(former.id)
        last = schedules.runs(former.id, limit=1)
        decided = max([utc_now(), *(r.last_at for r in last)])
        self._refuse_past(timing)
        schedules.change(
            former.id,
            plan_id=record.plan.id,
            timing=timing.model_dump(mode="json"),
            next_at=timing.next_after(decided),
            asks=[],
            blocks=[],
            **policy.model_dump(mode="json", exclude_unset=True),
        )
        self._note(session, former, actor, "changed", plan=record.plan.id, before=former.plan_id, timing=str(timing))
        return schedules.by_id(former.id)

    def _refuse_past(self, timing: Timing) -> datetime:
        due = timing.next_after(utc_now())
        if due is None:
            raise Conflict(f"{timing} has passed.", remedy="Give a time that is still to come.")
        return due

    # -- looking ------------------------------------------------------------------------------------------

    def list(self) -> tuple[ScheduleView, ...]:
        """All schedules in the natural order of names, with their next times."""
        with self.database.reading() as session:
            found = ScheduleRepository(session).all()
        return tuple(self._view(schedule, 1) for schedule in found)

    def get(self, name: str, times: int = 5) -> ScheduleView:
        """One schedule with this many of its next times. Raises NotFound with near names."""
        return self._view(self._get(name), times)

    def runs(self, name: str, after: str | None = None, limit: int = 50) -> tuple[ScheduleRun, ...]:
        """What became of its times, the latest first; `after`: the id of the last of the page before."""
        schedule = self._get(name)
        with self.database.reading() as session:
            return tuple(ScheduleRepository(session).runs(schedule.id, after, limit))

    def of_plan(self, plan_id: str) -> Schedule | None:
        """The schedule that runs a plan."""
        with self.database.reading() as session:
            return ScheduleRepository(session).of_plan(plan_id)

    def _view(self, schedule: Schedule, times: int) -> ScheduleView:
        record = self.planning.get(schedule.plan_id)
        waiting, approval = self.approving.standing(schedule.plan_id)
        with self.database.reading() as session:
            last = next(iter(ScheduleRepository(session).runs(schedule.id, limit=1)), None)
            job = JobRepository(session).status(last.job_id)[0] if last and last.job_id else None
            days = CalendarRepository(session).days()
        ahead: list[datetime] = []
        if schedule.paused_by is None and schedule.next_at is not None:
            coming = (schedule.next_at, *islice(schedule.timing.times_after(schedule.next_at), 5_000))
            ahead = [*islice((at for at in coming if excluded(schedule, days, at) is None), times)]
        remedy = None if waiting is None else f"Approve it: opsc approve {schedule.plan_id}"
        if schedule.blocks:  # whether it is approved or not: what would be approved cannot be run
            waiting = f"{NO_PLAN}: {'; '.join(schedule.blocks)}"
            remedy = (
                f"Put that right, then: opsc schedules check {quote(schedule.name)}. Or change the plan: "
                f"opsc plans edit {schedule.plan_id} FILE; approve and run the new one, and it takes its place."
            )
        state = ScheduleState.ACTIVE if waiting is None else ScheduleState.WAITING
        if schedule.next_at is None:
            state = ScheduleState.OVER
        elif schedule.paused_by is not None:
            state = ScheduleState.PAUSED
        return ScheduleView(
            schedule=schedule,
            state=state,
            title=record.plan.title or record.plan.text,
            when=schedule.timing.words,
            next_runs=tuple(ahead),
            waiting=waiting,
            blocked=bool(schedule.blocks),
            remedy=remedy,
            approved_until=approval.expires_at if approval else None,
            last=last,
            last_job=job,
        )

    def _get(self, name: str) -> Schedule:
        with self.database.reading() as session:
            return ScheduleRepository(session).get(name)

    # -- controlling --------------------------------------------------------------------------------------

    def pause(self, name: str, actor: str) -> Schedule:
        """Start nothing until it is resumed; times that come meanwhile are skipped, and say so."""
        schedule = self._get(name)
        self.times.settle(schedule, utc_now())
        return self._change(schedule.name, actor, "paused", paused_by=actor)

    def resume(self, name: str, actor: str) -> Schedule:
        """Run at its times again. What came meanwhile stays skipped."""
        schedule = self._get(name)
        if schedule.paused_by is None:
            raise Conflict(f"The schedule '{schedule.name}' is not paused.", remedy="Nothing is to be done.")
        while self.times.settle(schedule, utc_now()):
            schedule = self._get(name)
        return self._change(schedule.name, actor, "resumed", paused_by=None)

    def delete(self, name: str, actor: str) -> Schedule:
        """Take it away. Jobs that it started go on; what became of its times is kept. Answers what it was."""
        schedule = self._get(name)
        self._change(schedule.name, actor, "deleted", removed=True, present_name=None, next_at=None)
        return schedule

    def check(self, name: str) -> ScheduleView:
        """Compare its plan with what is there now; where that has changed, a new plan asks for approval."""
        self.scheduling.compare(self._get(name))
        return self.get(name)

    def run_now(self, name: str, actor: str, idempotency_key: str | None = None) -> Job:
        """Start its plan once, out of turn, by its standing approval. Raises NotApproved."""
        schedule = self._get(name)
        now = utc_now()

        def note(session: Session, job: Job) -> None:
            run = ScheduleRun(
                id=new_id(), schedule_id=schedule.id, due_at=now, last_at=now, status=RunStatus.STARTED,
                reason="asked for out of turn", plan_id=job.plan_id, job_id=job.id, actor=actor, decided_at=now,
            )  # fmt: skip
            ScheduleRepository(session).add_run(run)
            self._note(session, schedule, actor, "run_now", job=job.id)

        origin = Origin(schedule_id=schedule.id, within=note)
        return self.launching.launch(schedule.plan_id, actor, idempotency_key, origin, priority=schedule.priority)

    def _change(self, name: str, actor: str, what: str, **values: object) -> Schedule:
        with self.database.session() as session:
            schedules = ScheduleRepository(session)
            schedule = schedules.get(name)
            schedules.hold(schedule.id)
            schedules.change(schedule.id, **values)
            self._note(session, schedule, actor, what)
            return schedules.by_id(schedule.id)

    def _note(self, session: Session, schedule: Schedule, actor: str, what: str, **details: object) -> None:
        told = {"name": schedule.name, **details}
        self.audit.append(session, actor, f"schedule.{what}", f"schedule:{schedule.id}", told)


def _free(title: str, taken: set[str]) -> str:
    """A name for a schedule that nobody named."""
    base = " ".join("".join(c if c.isprintable() else " " for c in title).split())[: LONGEST_NAME - 10] or "Schedule"
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base} {number}"
    return name
