# SPDX-License-Identifier: Apache-2.0
"""Templates by plain ansible-playbook on a simulated Windows host: `tests/cases/steps/windows`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.step_cases import Family, families, sampled
from tests.fixtures.step_trials import tried, undone
from tests.fixtures.step_windows import StepWindows, step_windows

FAMILIES = families("windows")
#: Steps of the sample; all of them are for the long run.
SAMPLE = 4


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StepWindows]:
    with step_windows(tmp_path_factory.mktemp("windows"), FAMILIES, "127.34.3.1") as made:
        yield made


def test_a_sample_of_steps_is_foreseen_done_found_done_and_undone(tmp_path: Path) -> None:
    cases = sampled(FAMILIES, SAMPLE)
    names = {case.family for case in cases}
    with step_windows(tmp_path / "windows", FAMILIES, "127.34.9.1") as host:
        undone(host, tmp_path, [family for family in FAMILIES if family.name in names], cases)


@pytest.mark.soak
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_steps_are_foreseen_done_found_done_and_undone(host: StepWindows, tmp_path: Path, family: Family) -> None:
    tried(host, tmp_path, family)
