# SPDX-License-Identifier: Apache-2.0
"""Schedules: an approved plan that is run at times; and what becomes of each time."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from opsconductor.domain.base import Frozen
from opsconductor.domain.jobs import Priority
from opsconductor.domain.timing import Timing

#: Seconds late at most where nothing says otherwise.
DEFAULT_WINDOW = 900
LONGEST_WINDOW = 30 * 86_400


class CatchUp(StrEnum):
    """What becomes of times that passed while nothing ran that could have started the job."""

    ONCE = "once"  #: the last of them is made up for, within the window
    SKIP = "skip"


class Overlap(StrEnum):
    """What becomes of a time at which the job before has not ended."""

    SKIP = "skip"
    QUEUE = "queue"  #: it starts when that job has ended; one at most waits


class Schedule(Frozen):
    """A plan that is run at times."""

    id: str
    name: str
    plan_id: str  #: the plan that is run, or waits for its approval
    timing: Timing
    calendars: tuple[str, ...] = ()  #: names; it does not run on their days
    catch_up: CatchUp = CatchUp.ONCE
    window: int = Field(default=DEFAULT_WINDOW, ge=0, le=LONGEST_WINDOW)  #: seconds late at most
    overlap: Overlap = Overlap.SKIP
    priority: Priority = Priority.NORMAL  #: of its jobs
    paused_by: str | None = None
    next_at: datetime | None  #: None: it is over
    #: Why it asks for approval again: what is not as it was approved.
    asks: tuple[str, ...] = ()
    #: Why no plan can be made with what is there now: then no approval helps.
    blocks: tuple[str, ...] = ()
    checked_at: datetime  #: when it was last compared with what is there
    removed: bool = False
    actor: str
    created_at: datetime


class RunStatus(StrEnum):
    """What became of one time."""

    DUE = "due"  #: to be started now
    QUEUED = "queued"  #: waits for the job before
    STARTED = "started"
    SKIPPED = "skipped"  #: the reason says why


#: Something is still to be done.
OPEN_RUNS = frozenset({RunStatus.DUE, RunStatus.QUEUED})


class ScheduleRun(Frozen):
    """One time of a schedule, or several in a row that were skipped for the same reason."""

    id: str
    schedule_id: str
    due_at: datetime
    last_at: datetime  #: of several in a row the last; else the same
    count: int = 1
    status: RunStatus
    reason: str | None = None
    plan_id: str | None = None
    job_id: str | None = None
    actor: str  #: "schedule:NAME", or who asked for it out of turn
    decided_at: datetime


class ScheduleState(StrEnum):
    """How a schedule stands."""

    ACTIVE = "active"
    WAITING = "waiting"  #: for an approval
    PAUSED = "paused"
    OVER = "over"  #: no time is to come


def actor_of(schedule: Schedule) -> str:
    """Who does what a schedule does."""
    return f"schedule:{schedule.name}"[:200]
