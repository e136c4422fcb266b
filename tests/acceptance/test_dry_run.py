# SPDX-License-Identifier: Apache-2.0
"""A dry run: no approval, nothing changed on any host, and each cell says what would be."""

from pathlib import Path
from typing import Any

import yaml

from opsconductor.cli.demo import site as plant
from opsconductor.cli.demo.site import Site
from opsconductor.simulate.windows import SimulatorProcess
from tests.fixtures.installation import Installation
from tests.fixtures.plain_ansible import run_playbook, step_statuses, vars_file

SITE = Site(count=3, address="127.28.11.1")
SENTENCE = f"Dry run: {plant.SENTENCE.format(count=SITE.count)}, run 'hostname'"


def test_a_dry_run_needs_no_approval_changes_nothing_and_says_what_would_change(
    tmp_path: Path, installation: Installation
) -> None:
    state = tmp_path / "state.yml"
    state.write_text(yaml.safe_dump(SITE.state()))
    options = ("--count", str(SITE.count), "--address", SITE.address, "--name", SITE.name, "--state", str(state))
    with SimulatorProcess(tmp_path / "lab", *options) as lab:
        plan = planned(installation, lab, tmp_path)
        before = {host: lab.client.state(host) for host in SITE.names}
        said = installation.opsc("run", plan["id"]).stdout
        [job] = installation.jobs()
        shown = installation.json("jobs", "show", job["id"])
        exported = tmp_path / "exported"
        installation.opsc("plans", "export", plan["id"], str(exported))
        secrets = vars_file(tmp_path / "secrets.yml", ansible_password=lab.password)
        refused = run_playbook(exported, secrets)
        after = {host: lab.client.state(host) for host in SITE.names}

    for host in SITE.names:
        for part in ("services", "files", "processes", "registry"):
            assert after[host].get(part) == before[host].get(part), (host, part)
    assert "would change" in said
    assert job["title"].startswith("Dry run: ")
    assert shown["progress"]["dry_run"] is True
    running, stopped = (column(shown, name) for name in ("CIS-SRV-01", "CIS-SRV-03"))
    assert running["service.stop"] == ("changed", "would be stopped; state started → stopped")
    assert stopped["service.stop"] == ("skipped", "nothing would change: already stopped")
    for cells in (running, stopped):
        assert cells["file.backup"][0] == cells["file.copy"][0] == "changed"
        assert cells["file.copy"][1].startswith("would be copied")
        assert cells["command.run"] == ("skipped", "cannot be previewed: only a real run shows what it changes")
    # A service is started only where it does not run: nothing was stopped, so that is what it would find today.
    assert stopped["service.start"] == ("changed", "would be started; state stopped → started")
    assert set(step_statuses(refused).values()) == {"failed"}


def planned(site: Installation, lab: SimulatorProcess, folder: Path) -> Any:
    """The plan with its questions answered; it is complete and needs no approval."""
    site.credential("windows", lab.password, user="Administrator")
    site.windows(lab, plant.GROUP, credential="windows")
    source = folder / plant.FILE
    source.write_bytes(plant.program(plant.NEW_VERSION))
    site.opsc("files", "add", str(source))
    draft = site.plan(SENTENCE, code=10)
    plan = site.plan(SENTENCE, *(f"{question['id']}=1" for question in draft["questions"]))
    assert plan["options"]["dry_run"] is True
    assert plan["needs_approval"] is False
    assert any("cannot be previewed" in line for line in plan["explanation"])
    return plan


def column(shown: Any, target: str) -> dict[str, tuple[str, str]]:
    """Intent → status and message on one target."""
    intents = {step["n"]: step["intent"] for step in shown["progress"]["steps"]}
    return {intents[r["step"]]: (r["status"], r["message"]) for r in shown["results"] if r["target"] == target}
