# SPDX-License-Identifier: Apache-2.0
"""A template in a request or in a name is text: refused in words, or carried as it stands; never evaluated."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from opsconductor.simulate.windows import SimulatorProcess
from tests.fixtures.installation import Done, Installation, cells, windows_asset

CASES: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).parents[1].joinpath("cases/refusals/injections.yml").read_text()
)
COPY = "Copy file to C:\\app.conf on all servers in group 'Plant'"
#: A file's name holds no slash, so its marker would appear wherever it was evaluated.
FILE = "{{ lookup('pipe','touch pwned-by-file-name') }}.conf"


@pytest.fixture(scope="module")
def marker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What exists only if something was evaluated."""
    return tmp_path_factory.mktemp("marker") / "pwned"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    """Two simulated Windows hosts."""
    with SimulatorProcess(tmp_path_factory.mktemp("lab"), "--count", "2", "--address", "127.28.5.1") as lab:
        yield lab


@pytest.fixture(scope="module")
def site(
    module_installation: Installation, lab: SimulatorProcess, marker: Path, tmp_path_factory: pytest.TempPathFactory
) -> Installation:
    """An estate in which everything that can have a name is called like a template."""
    evil = "{{ lookup('pipe','touch " + str(marker) + "') }}"
    site = module_installation
    site.credential(f"{evil} credential", lab.password, user="Administrator")
    first, second = lab.ready["hosts"]
    site.estate(
        [
            windows_asset({**first, "name": f"{evil} 1"}, groups=[f"{evil} group"], role=evil, tags=[evil]),
            windows_asset({**second, "name": f"{evil} 2"}, groups=[f"{evil} group"], description=evil),
        ],
        [{"name": "Plant"}, {"name": f"{evil} group", "parents": ["Plant"], "credential": f"{evil} credential"}],
    )
    source = tmp_path_factory.mktemp("source") / "app.conf"
    source.write_text("a = 1\n")
    refused = site.opsc("files", "add", str(source), "--name", FILE, code=2)
    assert "Give it another name with --name." in refused.stderr
    site.opsc("files", "add", str(source), "--label", evil)
    return site


@pytest.fixture(scope="module")
def answers(site: Installation, marker: Path) -> dict[str, Done]:
    """Request → how `opsc plan` ended."""
    return site.plan_all([case["text"].replace("MARKER", str(marker)) for case in CASES], "--json")


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["case"])
def test_a_request_with_a_template_is_refused(answers: dict[str, Done], marker: Path, case: dict[str, Any]) -> None:
    done = answers[case["text"].replace("MARKER", str(marker))]
    assert done.returncode == 3, done.stdout + done.stderr
    plan = json.loads(done.stdout)
    assert (plan["outcome"], plan["refusal"]["reason"]) == ("refuse", "injection")
    assert "plain text" in plan["refusal"]["text"]
    assert plan["steps"] == []
    assert not marker.exists()


def test_an_answer_with_a_template_is_refused(site: Installation, marker: Path) -> None:
    for value in ("{{ lookup('pipe','touch " + str(marker) + "') }}", FILE):
        done = site.opsc("plan", COPY, "--answer", f"step2.src={value}", code=3)
        assert "holds template braces, which is code and not data" in done.stderr
        assert "What to do: Give it as plain text." in done.stderr
    assert not marker.exists()


def test_names_are_carried_through_a_job_as_they_stand(site: Installation, lab: SimulatorProcess, marker: Path) -> None:
    sentence = "Stop the spooler service and copy app.conf to C:\\app.conf on all servers in group 'Plant'"
    plan = site.plan(sentence)
    site.approve(plan)
    shown = site.run(plan)

    evil = "{{ lookup('pipe','touch " + str(marker) + "') }}"
    for number in range(1, len(plan["steps"]) + 1):
        assert sorted(cells(shown, number)) == [f"{evil} 1", f"{evil} 2"]
    assert set(cells(shown, len(plan["steps"])).values()) == {"changed"}
    for host in lab.ready["hosts"]:
        state = lab.client.state(host["name"])
        assert state["services"]["Spooler"]["state"] == "stopped"
        assert state["files"]["C:\\app.conf"]["size"] == len("a = 1\n")
    assert not marker.exists()
    assert [*site.home.parent.rglob("pwned-by-file-name*"), *Path.cwd().glob("pwned-by-file-name*")] == []
