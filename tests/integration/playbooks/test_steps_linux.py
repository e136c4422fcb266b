# SPDX-License-Identifier: Apache-2.0
"""Templates by plain ansible-playbook on one real Debian host, judged from inside: `tests/cases/steps/linux`."""

import functools
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fixtures.linux_hosts import LinuxHostFactory
from tests.fixtures.step_cases import Family, families, sampled
from tests.fixtures.step_host import StepHost
from tests.fixtures.step_trials import done_and_found_done, refused, undone

FAMILIES = families("linux")
#: Steps of the sample; all of them are for the long run.
SAMPLE = 8

Hosts = Callable[[str], StepHost]


def having(part: str) -> pytest.MarkDecorator:
    """The families that have such cases, one test each."""
    return pytest.mark.parametrize("family", [f for f in FAMILIES if getattr(f, part)], ids=lambda f: f.name)


@pytest.fixture(scope="module")
def hosts(module_linux_hosts: LinuxHostFactory) -> Hosts:
    """The host of a name, made when it is first asked for."""

    @functools.cache
    def host(name: str) -> StepHost:
        [made] = module_linux_hosts(name)
        return StepHost(made)

    return host


def test_a_sample_of_steps_is_foreseen_done_found_done_and_undone(hosts: Hosts, tmp_path: Path) -> None:
    cases = sampled(FAMILIES, SAMPLE)
    names = {case.family for case in cases}
    undone(hosts("web-1"), tmp_path, [family for family in FAMILIES if family.name in names], cases)


@pytest.mark.soak
@having("steps")
def test_steps_are_foreseen_done_found_done_and_undone(hosts: Hosts, tmp_path: Path, family: Family) -> None:
    undone(hosts(family.host), tmp_path, [family], family.steps)


@pytest.mark.soak
@having("lasting")
def test_steps_without_a_way_back(hosts: Hosts, tmp_path: Path, family: Family) -> None:
    done_and_found_done(hosts(family.host), tmp_path, [family], family.lasting)


@pytest.mark.soak
@having("refused")
def test_what_cannot_be_done_says_why_and_changes_nothing(hosts: Hosts, tmp_path: Path, family: Family) -> None:
    refused(hosts(family.host), tmp_path, family)
