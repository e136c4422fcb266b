# SPDX-License-Identifier: Apache-2.0
"""An exported plan under plain `ansible-playbook` does what the job did: same hosts, same status of every step."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from opsconductor.cli.demo import site as plant
from opsconductor.cli.demo.site import Site
from opsconductor.simulate.windows import SimulatorProcess
from tests.fixtures.installation import Installation
from tests.fixtures.plain_ansible import run_playbook, step_statuses, vars_file

SITE = Site(count=4, address="127.28.6.1")


@pytest.mark.rotating
def test_plain_ansible_gives_the_same_hosts_and_statuses(tmp_path: Path, installation: Installation) -> None:
    state = tmp_path / "state.yml"
    state.write_text(yaml.safe_dump(SITE.state()))
    options = ("--count", str(SITE.count), "--address", SITE.address, "--name", SITE.name, "--state", str(state))
    password = "same-on-both-4Kz"

    with SimulatorProcess(tmp_path / "first", *options, password=password) as lab:
        plan = _plan(installation, lab, tmp_path)
        before = _seen(lab)
        installation.approve(plan)
        shown = installation.run(plan)
        by_job = _seen(lab)
    assert by_job != before

    exported = tmp_path / "exported"
    installation.opsc("plans", "export", plan["id"], str(exported))
    assert not any(password.encode() in f.read_bytes() for f in exported.rglob("*") if f.is_file())
    # What plain Ansible runs with is the folder alone.
    shutil.rmtree(installation.home)
    with SimulatorProcess(tmp_path / "second", *options, password=password) as lab:
        assert _seen(lab) == before
        secrets = vars_file(tmp_path / "secrets.yml", ansible_password=password)
        told = run_playbook(exported, secrets)
        by_hand = _seen(lab)

    assert by_hand == by_job
    statuses = step_statuses(told)
    assert set(statuses.values()) == {"ok", "changed", "skipped"}
    assert statuses == {(r["step"], r["target"]): r["status"] for r in shown["results"]}


def _plan(site: Installation, lab: SimulatorProcess, folder: Path) -> Any:
    site.credential("windows", lab.password, user="Administrator")
    site.windows(lab, plant.GROUP, credential="windows")
    source = folder / plant.FILE
    source.write_bytes(plant.program(plant.NEW_VERSION))
    site.opsc("files", "add", str(source))
    sentence = plant.SENTENCE.format(count=SITE.count)
    draft = site.plan(sentence, code=10)
    asked = [question["id"] for question in draft["questions"]]
    plan = site.plan(sentence, *(f"{name}=1" for name in asked))
    assert len(plan["steps"]) == 6
    return plan


def _seen(lab: SimulatorProcess) -> dict[str, Any]:
    """Each host's services and files, without the ids of processes and jobs."""
    seen = {}
    for host in lab.ready["hosts"]:
        state = lab.client.state(host["name"])
        services = {name: view["state"] for name, view in state["services"].items()}
        kept = {path.lower(): view.get("sha256") for path, view in state["files"].items() if view.get("sha256")}
        files = {re.sub(r"\\undo\\[^\\]+\\", r"\\undo\\…\\", path): sha256 for path, sha256 in kept.items()}
        seen[host["name"]] = {"services": services, "files": files}
    return seen
