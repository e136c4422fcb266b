# SPDX-License-Identifier: Apache-2.0
"""What becomes of the times of a schedule that have come: pure, so that it can be tried with any clock.

`next_at` of a schedule only ever goes forward. A clock that is set back finds it in the future, and nothing twice.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import groupby

from opsconductor.domain.base import Frozen
from opsconductor.domain.calendars import day_within
from opsconductor.domain.schedules import CatchUp, RunStatus, Schedule

#: Whoever ticks looks once a second; what is no later than this was not missed.
ON_TIME = timedelta(seconds=120)
#: Times that are decided about at once; what is left comes with the next tick.
MOST_AT_ONCE = 5_000


class Verdict(Frozen):
    """What becomes of one time, or of several in a row with the same reason."""

    due_at: datetime
    last_at: datetime
    count: int
    status: RunStatus
    reason: str | None


class Due(Frozen):
    """All verdicts about what has come, and the first time that has not; None: there is none to come."""

    verdicts: tuple[Verdict, ...]
    next_at: datetime | None


def decide(schedule: Schedule, calendars: Mapping[str, tuple[str, ...]], now: datetime) -> Due:
    """What becomes of the times up to `now`. `calendars`: name → days."""
    come, next_at = _come(schedule, now)
    told: list[tuple[datetime, RunStatus, str | None]] = []
    for at in come:
        last = at == come[-1] and (next_at is None or next_at > now)
        told.append((at, *_verdict(schedule, calendars, at, now, last=last)))
    verdicts = []
    for (status, reason), group in groupby(told, key=lambda t: t[1:]):
        times = [at for at, *_ in group]
        verdicts.append(
            Verdict(due_at=times[0], last_at=times[-1], count=len(times), status=status, reason=reason),
        )
    return Due(verdicts=tuple(verdicts), next_at=next_at)


def _come(schedule: Schedule, now: datetime) -> tuple[list[datetime], datetime | None]:
    """The times that have come and are not decided about, and the first one after them."""
    if schedule.next_at is None or schedule.next_at > now:
        return [], schedule.next_at
    come = [schedule.next_at]
    for at in schedule.timing.times_after(come[-1]):
        if at > now or len(come) == MOST_AT_ONCE:
            return come, at
        come.append(at)
    return come, None


def _verdict(
    schedule: Schedule, calendars: Mapping[str, tuple[str, ...]], at: datetime, now: datetime, *, last: bool
) -> tuple[RunStatus, str | None]:
    """About one time; `last`: none that has come is later."""
    if reason := excluded(schedule, calendars, at):
        return RunStatus.SKIPPED, reason
    if schedule.paused_by is not None:
        return RunStatus.SKIPPED, f"paused by {schedule.paused_by}"
    if last and now - at <= ON_TIME:
        return RunStatus.DUE, None
    told = "missed: no server or worker ran then"
    if not last:
        return RunStatus.SKIPPED, f"{told}, and a later time has come since"
    if reason := missed(schedule, calendars, at, now):
        return RunStatus.SKIPPED, f"{told}{reason}"
    return RunStatus.DUE, f"made up for, {span(now - at)} late"


def missed(schedule: Schedule, calendars: Mapping[str, tuple[str, ...]], at: datetime, now: datetime) -> str | None:
    """Why a late time is not made up for now, as the end of a sentence that says what held it; None: it is, or is on
    time."""
    late = now - at
    if late <= ON_TIME:
        return None
    if schedule.catch_up is CatchUp.SKIP:
        return ", and what is missed is not made up for"
    if late > timedelta(seconds=schedule.window):
        return f"; {span(late)} late, made up for within {span(schedule.window)} only"
    reason = excluded(schedule, calendars, now)
    return f", and by now it is {reason}" if reason else None


def excluded(schedule: Schedule, calendars: Mapping[str, tuple[str, ...]], at: datetime) -> str | None:
    """Why nothing runs at that time by the schedule's calendars, on the clocks of its zone."""
    day = schedule.timing.local(at).date()
    for name in schedule.calendars:
        if name not in calendars:
            return f"excluded by the calendar {name}, which is not there"
        if entry := day_within(calendars[name], day):
            return f"excluded by the calendar {name} ({entry})"
    return None


def span(length: timedelta | float) -> str:
    """A length of time for people: "40 s", "15 min", "2 h 5 min", "3 d 4 h"."""
    seconds = int(length.total_seconds() if isinstance(length, timedelta) else length)
    for unit, low, size, smaller in (("d", "h", 86_400, 3_600), ("h", "min", 3_600, 60)):
        if seconds >= 2 * size:
            rest = seconds % size // smaller
            return f"{seconds // size} {unit}" + (f" {rest} {low}" if rest else "")
    return f"{seconds // 60} min" if seconds >= 120 else f"{seconds} s"
