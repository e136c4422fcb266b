# SPDX-License-Identifier: Apache-2.0
"""Which targets a slice's tasks are under way on, and how long its tasks have taken there. Fed with its events."""

import threading
import time
from collections.abc import Callable, Container

from opsconductor.domain.events import TASK_ENDS, EventKind, JobEvent


class UnderWay:
    """Heard from one thread, asked from others."""

    def __init__(self, cells: Container[tuple[int, str]], clock: Callable[[], float] = time.monotonic) -> None:
        """`cells`: (step, target) that there are; Ansible begins every task everywhere, and then skips it."""
        self._cells = cells
        self._clock = clock
        self._lock = threading.Lock()
        self._since: dict[str, tuple[int, float]] = {}
        self._spent: dict[str, float] = {}

    def heard(self, event: JobEvent) -> None:
        """An event of the slice, in order."""
        if event.target is None or event.step is None or (event.step, event.target) not in self._cells:
            return
        with self._lock:
            if event.kind is EventKind.TARGET_STARTED:
                self._since.setdefault(event.target, (event.step, self._clock()))
            elif event.kind in TASK_ENDS and event.target in self._since:
                _, since = self._since.pop(event.target)
                self._spent[event.target] = self._spent.get(event.target, 0.0) + self._clock() - since

    def steps(self) -> dict[str, int]:
        """target → the step that is under way there."""
        with self._lock:
            return {target: step for target, (step, _) in self._since.items()}

    def over(self, seconds: float) -> dict[str, int]:
        """target → the step under way, where tasks have taken longer than that, all together."""
        now = self._clock()
        with self._lock:
            return {
                target: step
                for target, (step, since) in self._since.items()
                if self._spent.get(target, 0.0) + now - since > seconds
            }
