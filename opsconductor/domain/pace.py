# SPDX-License-Identifier: Apache-2.0
"""How fast a job is against what was known before: of itself, at a step, on a target. Pure.

Of a cell that is done it is known how much longer it took than expected. Part of that is the job's (a slow day), part
the step's (there is more to do than usual), part the target's: each is trusted the more, the more cells speak for it.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import median

from opsconductor.domain.history import Known, Level
from opsconductor.domain.spreads import SHORTEST, Spread

#: So much a job's own pace, a step's and a target's are distrusted, in cells: one that has runs of its own was slower
#: just now, of another nothing else is known.
_JOB, _STEP, _USUAL, _NEW = 1.0, 1.0, 1.0, 0.35
#: What a hint counts, in steps.
_HINT = 0.4
#: Seconds at which a cell's word counts half: what takes no time says nothing of the pace.
_HALF = 0.3

#: (step, target, what was known, seconds it took)
Done = tuple[int, str, Known, float]


class Pace:
    """Factors for what is to come."""

    def __init__(self, done: Iterable[Done], hints: Sequence[float] = ()) -> None:
        """`hints`: logarithms of how many times as long slices took to begin: of a controller that has much to do."""
        ratios: dict[int, list[tuple[str, float, float, Level]]] = defaultdict(list)
        for step, target, known, seconds in done:
            weight = known.spread.median / (known.spread.median + _HALF)
            ratio = math.log(max(seconds, SHORTEST) / known.spread.median)
            ratios[step].append((target, ratio, weight, known.level))
        self._cells = {step: len(rows) for step, rows in ratios.items()}
        middles = {step: median(row[1] for row in rows) for step, rows in ratios.items()}
        weights = {step: max(row[2] for row in rows) for step, rows in ratios.items()}
        told = sum(weights.values()) + _HINT * len(hints)
        self._told = told
        seen = sum(middles[step] * weights[step] for step in middles) + _HINT * sum(hints)
        self._job = seen / (told + _JOB)
        self._steps = {
            step: (middle - self._job) * self._cells[step] / (self._cells[step] + _STEP)
            for step, middle in middles.items()
        }
        self._targets = self._of_targets(ratios)
        # How slow a target always is stands in its own runs already: only what was off from them is new there.
        own = {step: [row for row in rows if row[3] is Level.TARGET] for step, rows in ratios.items()}
        self._usual = self._of_targets(own)

    @property
    def job(self) -> float:
        """How many times as long as expected the job takes, as far as that is not one step's or target's doing."""
        return math.exp(self._job)

    def spread(self, step: int, target: str, known: Known) -> Spread:
        """What is expected of a cell by now."""
        targets = self._usual if known.level is Level.TARGET else self._targets
        factor = math.exp(self._job + self._steps.get(step, 0.0) + targets.get(target, 0.0))
        told = self._cells.get(step, 0) + self._told
        return known.spread.times(factor, known.spread.shared / math.sqrt(1 + told))

    def _of_targets(self, ratios: dict[int, list[tuple[str, float, float, Level]]]) -> dict[str, float]:
        rest: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
        for step, rows in ratios.items():
            for target, ratio, weight, level in rows:
                distrust = _USUAL if level is Level.TARGET else _NEW
                rest[target].append((ratio - self._job - self._steps[step], weight, distrust))
        return {target: _mean(rows) for target, rows in rest.items()}


def _mean(rows: Sequence[tuple[float, float, float]]) -> float:
    return sum(r * w for r, w, _ in rows) / (sum(w for _, w, _ in rows) + max(d for _, _, d in rows))
