# SPDX-License-Identifier: Apache-2.0
"""What is said of a job's end while it runs, and how far off that was once it is over."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from opsconductor.domain.base import Frozen


class Forecast(Frozen):
    """Seconds left, with their interval."""

    at: datetime  #: when it was computed; what is left counts from here
    seconds: float
    low: float  #: four of five jobs end between `low` and `high`
    high: float
    percent: float  #: of the work, by the time it was expected to take; never goes back within an attempt
    basis: str  #: what it rests on, for people


class StuckCell(Frozen):
    """A step that runs on a target much longer than usual."""

    step: int
    target: str
    since: datetime  #: when the step began there
    seconds: float  #: that it has worked so far
    usual: float  #: seconds
    #: What "usual" is taken from: earlier runs there, or the targets that are done with the step.
    compared: Literal["history", "others"]


class ToldForecast(Frozen):
    """A forecast as it was stored."""

    job_id: str
    seq: int  #: of the last event it knew of
    at: datetime
    seconds: float
    low: float
    high: float
    percent: float
    basis: str


class ForecastCheck(Frozen):
    """How good the forecasts of a job that is over were."""

    told: int  #: how many there are
    took: float  #: seconds from its start to its end
    first: ToldForecast | None  #: said at its start
    #: Largest error of those from a quarter of its time on: by how much of its time it ended sooner or later than said.
    worst: float | None
    #: Share of those whose interval held the end.
    held: float | None


def check(told: Sequence[ToldForecast], started: datetime, ended: datetime) -> ForecastCheck:
    """Compare what was told with what came; what was told of an earlier attempt, before `started`, does not count."""
    told = [one for one in told if one.at >= started]
    took = max((ended - started).total_seconds(), 0.001)
    errors, within = [], []
    for one in told:
        gone = (one.at - started).total_seconds()
        if 0.25 * took <= gone <= took:
            errors.append(abs(gone + one.seconds - took) / took)
            within.append(one.low <= took - gone <= one.high)
    return ForecastCheck(
        told=len(told),
        took=took,
        first=told[0] if told else None,
        worst=max(errors) if errors else None,
        held=sum(within) / len(within) if within else None,
    )
