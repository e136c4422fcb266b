# SPDX-License-Identifier: Apache-2.0
"""How long a sentence takes to become a committed plan, in a process that has loaded everything."""

import statistics
import time

from opsconductor.wiring import Container
from tests.benchmarks.world import committed_plan

#: Seconds that a sentence may take to its commit.
GOAL = 0.5
WARM_UP, REPETITIONS = 3, 30


def measure(container: Container) -> tuple[float, float]:
    """p50 and p95 in seconds of request, two answers, binding, rendering, structural check and commit."""
    taken = []
    for _ in range(WARM_UP + REPETITIONS):
        began = time.perf_counter()
        committed_plan(container)
        taken.append(time.perf_counter() - began)
    cuts = statistics.quantiles(taken[WARM_UP:], n=20, method="inclusive")
    return statistics.median(taken[WARM_UP:]), cuts[18]
