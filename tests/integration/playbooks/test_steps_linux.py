# SPDX-License-Identifier: Apache-2.0
"""Templates by plain ansible-playbook on one real Debian host, judged from inside: `tests/cases/steps/linux`."""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.fixtures.linux_hosts import LinuxHostFactory
from tests.fixtures.step_cases import Family, StepCase, families, sampled
from tests.fixtures.step_host import StepHost

FAMILIES = families("linux")
#: Steps of the sample; all of them are for the long run.
SAMPLE = 8


def having(part: str) -> pytest.MarkDecorator:
    """The families that have such cases, one test each."""
    return pytest.mark.parametrize("family", [f for f in FAMILIES if getattr(f, part)], ids=lambda f: f.name)


Hosts = Callable[[str], StepHost]


@pytest.fixture(scope="module")
def hosts(module_linux_hosts: LinuxHostFactory) -> Hosts:
    """The host of a name, made when it is first asked for."""

    @functools.cache
    def host(name: str) -> StepHost:
        [made] = module_linux_hosts(name)
        return StepHost(made)

    return host


def look(host: StepHost, found: Sequence[Family], cases: Sequence[StepCase]) -> list[str]:
    """The state but for what each run sets anew, after a look at what the cases want to see."""
    told = {command: host.shell(command) for case in cases for command in case.inside}
    assert told == {command: output for case in cases for command, output in case.inside.items()}
    return host.steady(found)


def done_and_found_done(
    host: StepHost, folder: Path, found: Sequence[Family], cases: Sequence[StepCase]
) -> dict[int, object]:
    """Preview the cases, run them, run them again; return the steps' facts."""
    for family in found:
        host.prepare(family)
    steps, numbers = [case.step for case in cases], range(1, len(cases) + 1)
    before = host.state(found)
    preview = host.play(folder / "preview", *steps, check=True)
    assert not preview.failures(), preview.failures()
    assert host.state(found) == before
    changing = {n: "changed" in preview.ran(host.name, "main", n) for n in numbers}
    assert [steps[n - 1] for n in numbers if changing[n] is not cases[n - 1].foreseen] == []

    done = host.play(folder / "run", *steps)
    assert not done.failures(), done.failures()
    assert [done.state(host.name, n) for n in numbers] == [case.first for case in cases]
    after = look(host, found, cases)

    again = host.play(folder / "again", *steps)
    assert not again.failures(), again.failures()
    assert [again.state(host.name, n) for n in numbers] == [case.again for case in cases]
    settled = [n for n in numbers if not cases[n - 1].repeats]
    assert [steps[n - 1] for n in settled if "changed" in again.ran(host.name, "main", n)] == []
    assert look(host, found, cases) == after
    return {n: done.fact(host.name, n) for n in numbers}


def undone(host: StepHost, folder: Path, found: Sequence[Family], cases: Sequence[StepCase]) -> None:
    for family in found:
        host.prepare(family)
    before = host.state(found)
    facts = done_and_found_done(host, folder, found, cases)
    back = host.play(folder / "undo", *(case.step for case in cases), facts=facts)
    assert not back.failures(), back.failures()
    assert host.state(found) == before


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
    host = hosts(family.host)
    host.prepare(family)
    host.shell("set -e\n" + family.broken)
    before = host.steady([family])
    done = host.play_apart(tmp_path / "run", [refusal.step for refusal in family.refused])
    told = {n: done.failures().get(f"name-{n}", "no failure") for n in range(len(family.refused))}
    assert [(r.says, told[n]) for n, r in enumerate(family.refused) if r.says not in told[n]] == []
    assert host.steady([family]) == before
