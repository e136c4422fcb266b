# SPDX-License-Identifier: Apache-2.0
"""How good forecasts are, on simulated jobs: made-up durations on a fake clock; the fold and the forecaster are real.

With real jobs on light hosts over SSH: tests/integration/execution/test_forecasts_real.py.
"""

from statistics import fmean

import pytest

from opsconductor.domain.durations import Duration
from tests.fixtures.simulated_plant import jobs, watched

#: Jobs before those that are judged.
BEFORE = 10


@pytest.mark.parametrize("seed", [2])
def test_four_of_five_simulated_jobs_end_when_they_were_said_to(seed: int) -> None:
    history: list[Duration] = []
    checks = [watched(job, history) for job in jobs(seed, BEFORE + 30)][BEFORE:]
    good = [c.worst is not None and c.worst <= 0.2 for c in checks]
    assert sum(good) >= 0.8 * len(good), [c.worst for c in checks]
    assert 0.65 <= fmean(c.held or 0.0 for c in checks) <= 0.95, "four of five are to be within the interval"


@pytest.mark.soak  # the test above is its sample
@pytest.mark.parametrize("seed", range(20, 30))
def test_four_of_five_simulated_jobs_end_when_they_were_said_to_in_every_plant(seed: int) -> None:
    test_four_of_five_simulated_jobs_end_when_they_were_said_to(seed)
