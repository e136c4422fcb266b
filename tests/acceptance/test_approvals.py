# SPDX-License-Identifier: Apache-2.0
"""An approval covers exactly what was shown: without it, or after any change, nothing runs and the change is named."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opsconductor.simulate.windows import SimulatorProcess
from tests.fixtures.installation import Installation, cells

SENTENCE = r"Copy agent.conf to C:\agent.conf on all servers in group 'Plant'"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[SimulatorProcess]:
    """Two simulated Windows hosts."""
    with SimulatorProcess(tmp_path / "lab", "--count", "2", "--address", "127.28.4.1", "--name", "plant-{}") as lab:
        yield lab


@pytest.mark.rotating
def test_it_is_void_after_any_change_and_names_it(
    tmp_path: Path, lab: SimulatorProcess, installation: Installation
) -> None:
    installation.credential("windows", lab.password, user="Administrator")
    installation.windows(lab, "Plant", credential="windows")
    source = tmp_path / "agent.conf"
    source.write_text("version = 1\n")
    installation.opsc("files", "add", str(source))
    plan = installation.plan(SENTENCE)

    assert "is not approved" in _refused(installation, plan, lab)
    wrong = installation.opsc("approve", plan["id"], "--digest", "0" * 64, code=5).stderr
    assert "changed since it was shown" in wrong
    assert "is not approved" in _refused(installation, plan, lab)

    installation.approve(plan)
    installation.opsc("assets", "edit", "plant-2", "--address", "127.28.4.9")
    assert "target plant-2 has changed" in _refused(installation, plan, lab)
    installation.opsc("assets", "edit", "plant-2", "--address", lab.ready["hosts"][1]["address"])

    installation.opsc("credentials", "edit", "windows", "--user", "root")
    assert "target plant-1 has changed; target plant-2 has changed" in _refused(installation, plan, lab)
    installation.opsc("credentials", "edit", "windows", "--user", "Administrator")

    installation.opsc("groups", "edit", "Plant", "--remove-asset", "plant-1")
    assert "target plant-1 is gone" in _refused(installation, plan, lab)
    installation.opsc("groups", "edit", "Plant", "--add-asset", "plant-1")

    # Everything is again as it was approved, so the approval holds: for one job.
    first = installation.run(plan)
    assert set(cells(first, len(plan["steps"])).values()) == {"changed"}
    assert "which has been started" in _refused(installation, plan, lab, jobs=1)
    installation.approve(plan)
    installation.opsc("run", plan["id"])
    jobs = installation.jobs()
    assert [(job["plan_id"], job["status"]) for job in jobs] == [(plan["id"], "succeeded")] * 2
    again = installation.json("jobs", "show", jobs[0]["id"])
    assert set(cells(again, len(plan["steps"])).values()) == {"skipped"}

    source.write_text("version = 2\n")
    installation.opsc("files", "add", str(source))
    assert "agent.conf has changed" in _refused(installation, plan, lab, jobs=2)

    installation.opsc("reject", plan["id"], "--comment", "another version is out")
    assert "another version is out" in installation.opsc("run", plan["id"], code=6).stderr


def _refused(site: Installation, plan: Any, lab: SimulatorProcess, jobs: int = 0) -> str:
    """What `opsc run` says; it ends with 6, starts no job and speaks to no host."""
    before = [len(lab.client.requests(host["name"])) for host in lab.ready["hosts"]]
    said = site.opsc("run", plan["id"], code=6).stderr
    assert "What to do:" in said
    assert len(site.jobs()) == jobs
    assert [len(lab.client.requests(host["name"])) for host in lab.ready["hosts"]] == before
    return " ".join(said.split())
