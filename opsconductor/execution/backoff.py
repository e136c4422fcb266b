# SPDX-License-Identifier: Apache-2.0
"""When a process that keeps ending may be started again."""

import time
from collections.abc import Callable

#: Seconds before the next attempt, doubled with each that fails.
_WAIT, _LONGEST_WAIT = 2.0, 300.0
#: Seconds of life after which an end is no failure to start.
_STEADY = 60.0


class Backoff:
    """Puts the next attempt off, longer with each early end in a row."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._wait = _WAIT
        self._not_before = 0.0
        self._started: float | None = None

    @property
    def due(self) -> bool:
        """Whether the next one may be made."""
        return self._now() >= self._not_before

    def started(self) -> None:
        """One is made."""
        self._started = self._now()

    def ended(self) -> None:
        """What was started is gone, or could not be started."""
        lived = 0.0 if self._started is None else self._now() - self._started
        if lived >= _STEADY:
            self._wait = _WAIT
        self._not_before = self._now() + self._wait
        self._wait = min(self._wait * 2, _LONGEST_WAIT)
        self._started = None
