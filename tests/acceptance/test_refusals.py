# SPDX-License-Identifier: Apache-2.0
"""Requests that cannot become a job: the message says what to do, the exit code is the documented one, nothing runs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from opsconductor.simulate.windows import SimulatorProcess
from tests.fixtures.installation import Done, Installation, windows_asset

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).parents[1].joinpath("cases/refusals/plans.yml").read_text())


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    """The 23 simulated Windows hosts of the group 'Plant'."""
    options = ("--count", "23", "--address", "127.28.2.1", "--name", "plant-{:02}")
    with SimulatorProcess(tmp_path_factory.mktemp("lab"), *options) as lab:
        yield lab


@pytest.fixture(scope="module")
def site(module_installation: Installation, lab: SimulatorProcess) -> Iterator[Installation]:
    """An estate with everything the cases stumble over. After all of them there is no job and no host was spoken to."""
    site = module_installation
    for name in ("first", "second"):
        site.credential(name, lab.password, user="Administrator")
    hosts = lab.ready["hosts"]
    site.estate(
        [windows_asset(host, groups=["Plant"], credential="first") for host in hosts]
        + [windows_asset({**hosts[0], "name": "tied"}, groups=["Pair", "Left", "Right"])]
        + [{"name": "new-1", "platform": "linux", "address": "127.28.2.200", "groups": ["Stranger"]}],
        [{"name": "Left", "credential": "first"}, {"name": "Right", "credential": "second"}, {"name": "Nobody"}],
    )
    yield site
    assert site.jobs() == []
    assert [host["name"] for host in hosts if lab.client.requests(host["name"])] == []


@pytest.fixture(scope="module")
def answers(site: Installation) -> dict[str, Done]:
    """Request → how `opsc plan` ended."""
    return site.plan_all([case["text"] for case in CASES])


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["case"])
def test_it_says_what_is_wrong_and_what_to_do(answers: dict[str, Done], case: dict[str, Any]) -> None:
    done = answers[case["text"]]
    assert done.returncode == case["code"], done.stdout + done.stderr
    said = " ".join((done.stdout + done.stderr).split())
    assert [words for words in case["says"] if words not in said] == [], said
    assert "Commit" not in said


def test_an_open_plan_can_be_neither_approved_nor_run(site: Installation) -> None:
    plan = site.plan("Stop the spooler service", code=10)
    assert "opsc answer" in site.opsc("approve", plan["id"], "--digest", "0" * 64, code=5).stderr
    assert "is not complete" in site.opsc("run", plan["id"], code=6).stderr
