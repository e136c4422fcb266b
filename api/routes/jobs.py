# SPDX-License-Identifier: Apache-2.0
"""Jobs: what runs, what ran, and how each step went on each target."""

from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from api.deps import MAX_PAGE, Actor, After, Id, Limit, Name, Services
from api.pages import Page, page
from opsconductor.domain.attempts import Answers
from opsconductor.domain.chains import ChainStep
from opsconductor.domain.events import EventKind, JobEvent
from opsconductor.domain.forecasts import ForecastCheck, ToldForecast
from opsconductor.domain.jobs import Job
from opsconductor.domain.log import LogEntry, LogLevel
from opsconductor.domain.progress import Progress
from opsconductor.domain.results import Result, ResultStatus
from opsconductor.domain.step_answers import StepAnswer, first_rows
from opsconductor.errors import NotFound
from opsconductor.services.attempts import NO_ANSWERS

router = APIRouter(prefix="/api/jobs", tags=["jobs"])

#: Kinds of events that tell how a task went on a target.
_TASK_ENDS = (
    EventKind.TARGET_OK,
    EventKind.TARGET_FAILED,
    EventKind.TARGET_SKIPPED,
    EventKind.TARGET_UNREACHABLE,
    EventKind.TARGET_RETRY,
)


class Forecasts(BaseModel):
    """What was said of a job's end, in order, and how good it was."""

    told: list[ToldForecast]
    #: null while the job is not over
    check: ForecastCheck | None


class Cell(BaseModel):
    """One step on one target: its result, and a page of its tasks with their output."""

    result: Result
    events: list[JobEvent]
    #: Give it as `after` to read on; null: these were the last ones.
    next: str | None


class RetryRequest(Answers):
    """What is run once more."""

    targets: Annotated[
        tuple[str, ...] | None, Field(max_length=10_000, description="Only these; null: all that did not end well.")
    ] = None


RETRY_ALL = RetryRequest()


class Chain(BaseModel):
    """What came before a job and what comes after it."""

    schedule: str | None  #: the name of the schedule that started it
    after_job_id: str | None  #: the job that it follows
    steps: list[ChainStep]


Seq = Annotated[int, Query(ge=0, description="Sequence number of the last event already seen.")]


@router.get("")
def list_jobs(
    services: Services,
    after: After = None,
    limit: Limit = 50,
    plan_id: Annotated[str | None, Query(max_length=64, description="Only jobs of this plan.")] = None,
) -> Page[Job]:
    """Newest first."""
    return page(services.jobs.recent(after, limit + 1, plan_id), limit, lambda j: j.id, lambda j: j)


@router.get("/{job_id}")
def get_job(job_id: Id, services: Services) -> Job:
    """One job."""
    return services.jobs.get(job_id)


@router.get("/{job_id}/chain")
def get_chain(job_id: Id, services: Services) -> Chain:
    """What started the job, and which runbooks follow it."""
    job = services.jobs.get(job_id)
    schedule = services.scheduling.of_job(job)
    steps = list(services.chaining.after(job.id))
    return Chain(schedule=schedule.name if schedule else None, after_job_id=job.after_job_id, steps=steps)


@router.get("/{job_id}/progress")
def get_progress(job_id: Id, services: Services) -> Progress:
    """Where the job stands: the same snapshot the WebSocket begins with."""
    return services.following.progress(job_id)


@router.get("/{job_id}/results")
def list_results(
    job_id: Id,
    services: Services,
    step: Annotated[int | None, Query(ge=1)] = None,
    target: Annotated[str | None, Query(max_length=255)] = None,
    status: ResultStatus | None = None,
) -> list[Result]:
    """Cells of the matrix that match, in step and target order."""
    return [
        result
        for result in services.following.results(job_id)
        if step in (None, result.step) and target in (None, result.target) and status in (None, result.status)
    ]


@router.get("/{job_id}/results/{step}/{target:path}")
def get_cell(
    job_id: Id,
    step: Annotated[int, Path(ge=1)],
    target: Name,
    services: Services,
    after: Seq = 0,
    limit: Limit = MAX_PAGE,
) -> Cell:
    """One cell of the matrix with what its tasks answered, in order."""
    found = (r for r in services.following.results(job_id) if r.step == step and r.target == target)
    result = next(found, None)
    if result is None:
        raise NotFound(f"The job has no step {step} on '{target}'.", remedy="The job's progress lists both.")
    events = services.following.events(job_id, after, limit + 1, kinds=_TASK_ENDS, target=target, step=step)
    shown = page(events, limit, lambda e: e.seq, lambda e: e)
    return Cell(result=result, events=shown.items, next=shown.next)


@router.get("/{job_id}/answers")
def list_answers(
    job_id: Id,
    services: Services,
    step: Annotated[int | None, Query(ge=1)] = None,
    rows: Annotated[int, Query(ge=0, le=100_000, description="Rows of each table at most.")] = 1000,
) -> list[StepAnswer]:
    """What the targets have answered so far: a table for each step that answers something."""
    return [first_rows(told, rows) for told in services.following.answers(job_id) if step in (None, told.step)]


@router.get("/{job_id}/forecasts")
def list_forecasts(job_id: Id, services: Services) -> Forecasts:
    """What was said of the job's end while it ran, each with its time; once it is over, how far off that was."""
    return Forecasts(told=services.forecasting.told(job_id), check=services.forecasting.check(job_id))


@router.get("/{job_id}/events")
def list_events(job_id: Id, services: Services, after: Seq = 0, limit: Limit = MAX_PAGE) -> Page[JobEvent]:
    """Everything that happened, in order; `next` is the sequence number to go on after."""
    return page(services.following.events(job_id, after, limit + 1), limit, lambda e: e.seq, lambda e: e)


@router.get("/{job_id}/log")
def list_log(
    job_id: Id,
    services: Services,
    after: Seq = 0,
    limit: Limit = MAX_PAGE,
    target: Annotated[str | None, Query(max_length=255)] = None,
    level: LogLevel | None = None,
) -> Page[LogEntry]:
    """The job's log for people, in order."""
    lines = services.following.log(job_id, after=after, target=target, level=level)
    return page(list(islice(lines, limit + 1)), limit, lambda e: e.id, lambda e: e)


@router.post("/{job_id}/cancel", status_code=202)
def cancel_job(job_id: Id, services: Services, actor: Actor) -> Job:
    """Start no further task; what is under way on a target ends as cancelled."""
    return services.jobs.cancel(job_id, actor)


@router.post("/{job_id}/pause", status_code=202)
def pause_job(job_id: Id, services: Services, actor: Actor) -> Job:
    """Hold before the next step."""
    return services.jobs.pause(job_id, actor)


@router.post("/{job_id}/resume", status_code=202)
def resume_job(job_id: Id, services: Services, actor: Actor, body: Answers = NO_ANSWERS) -> Job:
    """Go on after a pause, or with an interrupted job at the first step that was not done on each target.

    409 `repeat-or-skip` names cells of which nobody knows whether they were done and that may do harm if they are
    done twice: ask again with `repeat` or `skip` ("3", or "3:web-01" for one target).
    """
    return services.attempts.resume(job_id, actor, body)


@router.post("/{job_id}/retry", status_code=202)
def retry_job(job_id: Id, services: Services, actor: Actor, body: RetryRequest = RETRY_ALL) -> Job:
    """Run an ended job once more where it did not end well: each target from the step that did not. 409 as above."""
    return services.attempts.retry(job_id, actor, only=body.targets, answers=body)
