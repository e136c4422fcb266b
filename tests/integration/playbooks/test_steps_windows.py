# SPDX-License-Identifier: Apache-2.0
"""Templates by plain ansible-playbook on a simulated Windows host: `tests/cases/steps/windows`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.step_cases import Family, families, sampled
from tests.fixtures.step_trials import done_and_found_done, refused, undone
from tests.fixtures.step_windows import StepWindows, step_windows

FAMILIES = families("windows")
#: Steps of the sample; all of them are for the long run.
SAMPLE = 4


def having(part: str) -> pytest.MarkDecorator:
    """The families that have such cases, one test each."""
    return pytest.mark.parametrize("family", [f for f in FAMILIES if getattr(f, part)], ids=lambda f: f.name)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StepWindows]:
    with step_windows(tmp_path_factory.mktemp("windows"), FAMILIES, "127.34.3.1") as made:
        yield made


def test_a_sample_of_steps_is_foreseen_done_found_done_and_undone(host: StepWindows, tmp_path: Path) -> None:
    cases = sampled(FAMILIES, SAMPLE)
    names = {case.family for case in cases}
    undone(host, tmp_path, [family for family in FAMILIES if family.name in names], cases)


@pytest.mark.soak
@having("steps")
def test_steps_are_foreseen_done_found_done_and_undone(host: StepWindows, tmp_path: Path, family: Family) -> None:
    undone(host, tmp_path, [family], family.steps)


@pytest.mark.soak
@having("lasting")
def test_steps_without_a_way_back(host: StepWindows, tmp_path: Path, family: Family) -> None:
    done_and_found_done(host, tmp_path, [family], family.lasting)


@pytest.mark.soak
@having("refused")
def test_what_cannot_be_done_says_why_and_changes_nothing(host: StepWindows, tmp_path: Path, family: Family) -> None:
    refused(host, tmp_path, family)
