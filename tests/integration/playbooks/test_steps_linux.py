# SPDX-License-Identifier: Apache-2.0
"""Templates by plain ansible-playbook on one real Debian host, judged from inside: `tests/cases/steps/linux`."""

import functools
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fixtures.linux_hosts import LinuxHostFactory
from tests.fixtures.step_cases import Family, families, sampled
from tests.fixtures.step_host import StepHost
from tests.fixtures.step_trials import tried, undone

FAMILIES = families("linux")
#: Steps of the sample; all of them are for the long run.
SAMPLE = 4

Hosts = Callable[[str], StepHost]


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
    undone(hosts("sample"), tmp_path, [family for family in FAMILIES if family.name in names], cases)


@pytest.mark.soak
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_steps_are_foreseen_done_found_done_and_undone(hosts: Hosts, tmp_path: Path, family: Family) -> None:
    tried(hosts(family.host), tmp_path, family)
