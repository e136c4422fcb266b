# SPDX-License-Identifier: Apache-2.0
"""What is counted of a job's cells, and counted anew only where cells have changed: snapshots of many targets come
several times a second."""

from collections import Counter
from collections.abc import Mapping, Sequence

from opsconductor.domain.results import FINAL, GOOD, STOPPING, Result, ResultStatus

Key = tuple[int, str]  #: step, target


class Tallies:
    """Looks at cells that somebody else changes, and is told of each change."""

    def __init__(self, steps: Sequence[int], targets: Sequence[str], results: Mapping[Key, Result]) -> None:
        self._steps = steps
        self._targets = targets
        self._results = results
        #: Cells under way.
        self.running: set[Key] = set()
        self._moved: set[str] = set(targets)
        self._standing: dict[str, str] = {}
        self._standings: Counter[str] = Counter()
        self._rows: dict[int, tuple[ResultStatus, ...]] = {}

    def changed(self, key: Key, status: ResultStatus) -> None:
        """The cell is now like this."""
        (self.running.add if status is ResultStatus.RUNNING else self.running.discard)(key)
        self._moved.add(key[1])
        self._rows.pop(key[0], None)

    def row(self, step: int) -> tuple[ResultStatus, ...]:
        """The step's cells in the order of targets; `skipped` where it is not for a target."""
        found = self._rows.get(step)
        if found is None:
            cells = (self._results.get((step, target)) for target in self._targets)
            found = self._rows[step] = tuple(cell.status if cell else ResultStatus.SKIPPED for cell in cells)
        return found

    def standings(self) -> Counter[str]:
        """How many targets are completed, failed, cancelled, and pending."""
        for target in self._moved:
            if before := self._standing.get(target):
                self._standings[before] -= 1
            now = self._standing[target] = self._stand(target)
            self._standings[now] += 1
        self._moved.clear()
        return self._standings

    def pending(self, target: str) -> bool:
        """Whether the target is none of the others, as of the last `standings`."""
        return self._standing[target] == "pending"

    def _stand(self, target: str) -> str:
        cells = (self._results.get((step, target)) for step in self._steps)
        statuses = {cell.status for cell in cells if cell}
        if statuses & STOPPING:
            return "failed"
        if statuses <= GOOD:
            return "completed"
        return "cancelled" if statuses <= FINAL else "pending"
