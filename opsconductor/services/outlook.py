# SPDX-License-Identifier: Apache-2.0
"""What is expected of one running job, computed no more often than it is worth."""

import time
from datetime import datetime, timedelta

from opsconductor.clock import utc_now
from opsconductor.domain.forecasting import Forecaster
from opsconductor.domain.forecasts import Forecast, StuckCell
from opsconductor.domain.progress import Progress, ProgressFold
from opsconductor.domain.stopwatch import Stopwatch
from opsconductor.domain.stuck import stuck_cells

#: Seconds for which a forecast counts; for large jobs longer, so that it takes a twentieth of the time at most.
_FRESH = 0.2
_SHARE = 20
#: What an end has to move by to be news: seconds, and a share of what is left.
_MOVED, _PART = 2.0, 0.1

Look = tuple[Forecast | None, tuple[StuckCell, ...]]


class Outlook:
    """A job's forecaster with its last answer."""

    def __init__(self, forecaster: Forecaster) -> None:
        self.forecaster = forecaster
        self._last: Look = (None, ())
        self._status: object = None
        self._due = 0.0

    def look(self, fold: ProgressFold, watch: Stopwatch) -> Look:
        """The forecast and the stuck cells, as they are now or were a moment ago."""
        began = time.monotonic()
        if began < self._due and watch.status is self._status:
            return self._last
        now = utc_now()
        forecast = self.forecaster.forecast(fold.results, watch, now)
        self._last = forecast, stuck_cells(self.forecaster, fold.results, watch, now)
        self._status = watch.status
        ended = time.monotonic()
        self._due = ended + max(_FRESH, _SHARE * (ended - began))
        return self._last


def looks_different(before: Progress, now: Progress) -> bool:
    """Whether something else is expected of the job than was told, though nothing has happened."""
    if {(s.step, s.target) for s in before.stuck} != {(s.step, s.target) for s in now.stuck}:
        return True
    if before.forecast is None or now.forecast is None:
        return before.forecast is not now.forecast
    moved = abs((_end(now.forecast) - _end(before.forecast)).total_seconds())
    return moved > max(_MOVED, _PART * now.forecast.seconds)


def _end(forecast: Forecast) -> datetime:
    return forecast.at + timedelta(seconds=forecast.seconds)
