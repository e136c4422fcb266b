# SPDX-License-Identifier: Apache-2.0
"""Cells that run much longer than they usually do, or than others at the same step. Pure."""

import math
from collections.abc import Iterator
from datetime import datetime
from statistics import median
from typing import Literal

from opsconductor.domain.forecasting import Forecaster, Results
from opsconductor.domain.forecasts import StuckCell
from opsconductor.domain.history import Level
from opsconductor.domain.learning import telling
from opsconductor.domain.results import FINAL
from opsconductor.domain.stopwatch import Stopwatch

#: Seconds that nothing is called stuck before.
SOON = 10.0
#: Of a hundred runs, so many standard deviations leave one.
_LATE = 2.33
#: So many times as long as earlier runs, and as others, at least; so many others must be done.
_TIMES, _TIMES_OTHERS, _OTHERS = 2.0, 3.0, 3


def stuck_cells(forecaster: Forecaster, results: Results, watch: Stopwatch, now: datetime) -> tuple[StuckCell, ...]:
    """The cells whose task under way has gone on for too long, in step and target order."""
    return tuple(sorted(_found(forecaster, results, watch, now), key=lambda cell: (cell.step, cell.target)))


def _found(forecaster: Forecaster, results: Results, watch: Stopwatch, now: datetime) -> Iterator[StuckCell]:
    others: dict[int, list[float]] = {}
    statuses = telling(forecaster.shape)
    for (step, target), seconds in watch.worked.items():
        result = results.get((step, target))
        if result is not None and result.status in statuses:
            others.setdefault(step, []).append(seconds)
    for target, (step, _) in watch.running.items():
        result = results.get((step, target))
        seconds = watch.own(step, target, now) or 0.0
        if result is None or result.status in FINAL or result.started_at is None or seconds < SOON:
            continue
        usual = _usual(forecaster, step, target, others.get(step, []), seconds)
        if usual is not None:
            yield StuckCell(
                step=step,
                target=target,
                since=result.started_at,
                seconds=round(seconds, 1),
                usual=round(usual[0], 1),
                compared=usual[1],
            )


def _usual(
    forecaster: Forecaster, step: int, target: str, others: list[float], seconds: float
) -> tuple[float, Literal["history", "others"]] | None:
    """What is usual and where that is from; None where so many seconds are not unusual."""
    known = forecaster.known[step, target]
    there = known.spread.plus(forecaster.shape.steps[step - 1].watched)
    today = median(others) if len(others) >= _OTHERS else None
    if known.level is not Level.NONE:
        # Where everybody takes longer today, this one may, too.
        usual = max(there.median, today or 0.0)
        if seconds > usual * max(_TIMES, math.exp(_LATE * math.hypot(there.own, there.shared))):
            return usual, "history"
        return None
    if today is not None and seconds > max(_TIMES_OTHERS * today, today + SOON):
        return today, "others"
    return None
