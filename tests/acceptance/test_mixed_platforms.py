# SPDX-License-Identifier: Apache-2.0
"""One job on real Linux hosts and simulated Windows hosts, both platforms at the same time."""

from pathlib import Path

import pytest
import yaml

from opsconductor.simulate.windows import SimulatorProcess
from tests.fixtures.installation import Installation, cells
from tests.fixtures.linux_hosts import LinuxHostFactory

SENTENCE = "Stop 'dataprocessor' service on all servers in 'Data Processing' group"


@pytest.mark.rotating
def test_both_platforms_stop_in_one_job_at_the_same_time(
    tmp_path: Path, module_linux_hosts: LinuxHostFactory, installation: Installation
) -> None:
    hosts = module_linux_hosts("dp-lin-1", "dp-lin-2")
    for host in hosts:
        host.add_service("dataprocessor")
    service = {"path": r"C:\Data\dataprocessor.exe", "stop_delay": 2.0}
    state = tmp_path / "state.yml"
    state.write_text(yaml.safe_dump({"schema_version": 1, "defaults": {"services": {"dataprocessor": service}}}))
    options = ("--count", "2", "--address", "127.28.1.1", "--name", "dp-win-{}", "--state", str(state))
    with SimulatorProcess(tmp_path / "lab", *options) as lab:
        installation.opsc("groups", "add", "Data Processing")
        installation.credential("linux", hosts[0].key_path.read_text(), kind="ssh_key", user="root")
        installation.credential("windows", lab.password, user="Administrator")
        for host in hosts:
            place = ("--address", host.address, "--group", "Data Processing", "--credential", "linux")
            installation.opsc("assets", "add", host.name, *place)
        installation.opsc("assets", "trust", *(h.name for h in hosts), "--yes")
        windows = installation.windows(lab, "Data Processing", credential="windows")

        plan = installation.plan(SENTENCE)
        assert sorted(plan["steps"][0]["platforms"]) == ["linux", "windows"]
        installation.approve(plan)
        shown = installation.run(plan)

        assert set(cells(shown, 1).values()) == {"changed"}
        for host in hosts:
            assert host.service_state("dataprocessor") == "inactive"
        for name in windows:
            assert lab.client.state(name)["services"]["dataprocessor"]["state"] == "stopped"
    spans = {}
    for names in ([h.name for h in hosts], windows):
        rows = [r for r in shown["results"] if r["target"] in names]
        spans[names[0]] = (min(r["started_at"] for r in rows), max(r["ended_at"] for r in rows))
    (a_start, a_end), (b_start, b_end) = spans.values()
    assert a_start < b_end
    assert b_start < a_end, f"one lane waited for the other: {spans}"
