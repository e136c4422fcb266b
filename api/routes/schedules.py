# SPDX-License-Identifier: Apache-2.0
"""Schedules: approved plans that run at times; and calendars of days on which they do not."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.deps import Actor, After, IdempotencyKey, Limit, Name, Services
from api.pages import Page, page
from opsconductor.domain.calendars import Calendar
from opsconductor.domain.jobs import Job
from opsconductor.domain.schedules import ScheduleRun
from opsconductor.domain.timing import timing_of
from opsconductor.services.schedules import Policy, ScheduleView

router = APIRouter(prefix="/api/schedules", tags=["schedules"])
calendars = APIRouter(prefix="/api/calendars", tags=["schedules"])


class ScheduleRequest(BaseModel):
    """A schedule to be made of a plan."""

    plan_id: Annotated[str, Field(min_length=1, max_length=64)]
    name: Annotated[str | None, Field(max_length=200, description="Without one: the title of the plan.")] = None
    timing: Annotated[
        dict[str, str] | None,
        Field(description="`cron` or `at`, and `zone`. Where the plan says another time, a plan like it is made."),
    ] = None
    policy: Policy = Policy()


class CalendarDays(BaseModel):
    """The days of a calendar."""

    days: Annotated[list[str], Field(min_length=1, max_length=5000)]
    description: Annotated[str | None, Field(max_length=2000)] = None


Times = Annotated[int, Query(ge=1, le=1000, description="How many of its next times.")]


@router.get("")
def list_schedules(services: Services) -> list[ScheduleView]:
    """All schedules in the natural order of names, each with its next time and what became of the last."""
    return list(services.schedules.list())


@router.post("", status_code=201)
def create_schedule(body: ScheduleRequest, services: Services, actor: Actor) -> ScheduleView:
    """Make a schedule of a plan. It runs from when its plan is approved.

    With nothing but a plan that says when it runs, the schedule of that plan is put in force: made, or found.
    The plan must be approved then. Where a changed plan takes its place in a schedule, of the policy only what is sent
    changes. 409 where another schedule runs the plan.
    """
    if body.model_fields_set <= {"plan_id"}:
        schedule = services.schedules.put_in_force(body.plan_id, actor)
    else:
        timing = timing_of(body.timing) if body.timing is not None else None
        schedule = services.schedules.create(body.plan_id, actor, name=body.name, timing=timing, policy=body.policy)
    return services.schedules.get(schedule.name)


@router.get("/{name:path}/runs")
def list_schedule_runs(name: Name, services: Services, after: After = None, limit: Limit = 50) -> Page[ScheduleRun]:
    """What became of its times and why, the latest first."""
    return page(list(services.schedules.runs(name, after, limit + 1)), limit, lambda r: r.id, lambda r: r)


@router.post("/{name:path}/pause")
def pause_schedule(name: Name, services: Services, actor: Actor) -> ScheduleView:
    """Start nothing until it is resumed. Times that come meanwhile are skipped."""
    return services.schedules.get(services.schedules.pause(name, actor).name)


@router.post("/{name:path}/resume")
def resume_schedule(name: Name, services: Services, actor: Actor) -> ScheduleView:
    """Run at its times again; what came meanwhile is not made up for."""
    return services.schedules.get(services.schedules.resume(name, actor).name)


@router.post("/{name:path}/check")
def check_schedule(name: Name, services: Services) -> ScheduleView:
    """Compare its plan with what is there now. Where that differs, a new plan asks for approval."""
    return services.schedules.check(name)


@router.post("/{name:path}/run-now", status_code=202)
def run_schedule_now(name: Name, services: Services, actor: Actor, key: IdempotencyKey) -> Job:
    """Run its plan once, now, by its approval. Its times stay as they are."""
    return services.schedules.run_now(name, actor, key)


@router.get("/{name:path}")
def get_schedule(name: Name, services: Services, times: Times = 5) -> ScheduleView:
    """One schedule."""
    return services.schedules.get(name, times)


@router.delete("/{name:path}")
def delete_schedule(name: Name, services: Services, actor: Actor) -> ScheduleView:
    """Take it away; jobs that it started go on. Answers what it was."""
    view = services.schedules.get(name)
    services.schedules.delete(name, actor)
    return view


@calendars.get("")
def list_calendars(services: Services) -> list[Calendar]:
    """All calendars in the natural order of names."""
    return list(services.calendars.list())


@calendars.put("/{name:path}")
def put_calendar(name: Name, body: CalendarDays, services: Services, actor: Actor) -> Calendar:
    """Make a calendar, or give one other days: 2030-12-24, 2030-12-24..2031-01-01, 12-25 (every year), saturday."""
    return services.calendars.put(name, body.days, actor, body.description)


@calendars.delete("/{name:path}")
def remove_calendar(name: Name, services: Services, actor: Actor) -> Calendar:
    """Take a calendar away that no schedule goes by. Answers what it was."""
    return services.calendars.remove(name, actor)
