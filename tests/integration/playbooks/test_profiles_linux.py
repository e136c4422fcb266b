# SPDX-License-Identifier: Apache-2.0
"""Templates in the fast profile on a real Debian host: as good as in the plain one, and told the same."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from opsconductor.execution.profiles import FAST
from tests.fixtures.linux_hosts import LinuxHostFactory
from tests.fixtures.plain_run import CATALOGUE
from tests.fixtures.profile_runs import differences
from tests.fixtures.step_cases import Family, StepCase, families, sampled
from tests.fixtures.step_host import StepHost
from tests.fixtures.step_trials import tried, undone

#: Steps of templates that declare that they need the plain profile are not compared.
PLAIN_ONLY = {template.id for template in CATALOGUE if template.plain_only}
FAMILIES = families("linux")
SAMPLE = 3

Pair = Callable[..., tuple[StepHost, StepHost]]


@pytest.fixture
def pair(linux_hosts: LinuxHostFactory) -> Pair:
    """Two hosts that are alike, for either profile."""

    def made(*, become: bool) -> tuple[StepHost, StepHost]:
        plain, fast = linux_hosts("web-1", "web-2")
        return StepHost(plain, become=become), StepHost(fast, become=become, profile=FAST)

    return made


def _fit(cases: Iterable[StepCase]) -> list[StepCase]:
    return [case for case in cases if case.step.intent not in PLAIN_ONLY]


@pytest.mark.soak  # the way there is tried in execution/test_fast_profile.py
def test_a_sample_of_steps_is_the_same_in_both_profiles(pair: Pair, tmp_path: Path) -> None:
    cases = _fit(sampled(FAMILIES, SAMPLE))
    names = {case.family for case in cases}
    hosts = pair(become=True)
    for host in hosts:
        undone(host, tmp_path / host.profile, [family for family in FAMILIES if family.name in names], cases)
    found = differences(*hosts)
    assert not found, "\n".join(found)


@pytest.mark.soak
@pytest.mark.parametrize("become", [False, True], ids=["root", "sudo"])
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_steps_are_the_same_in_both_profiles(pair: Pair, tmp_path: Path, family: Family, become: bool) -> None:
    hosts = pair(become=become)
    family = replace(family, steps=tuple(_fit(family.steps)), lasting=tuple(_fit(family.lasting)))
    for host in hosts:
        tried(host, tmp_path / host.profile, family)
    found = differences(*hosts)
    assert not found, "\n".join(found)
