# SPDX-License-Identifier: Apache-2.0
"""A question to machines of both platforms, asked and answered as a user sees it."""

import os
from pathlib import Path

import yaml

from opsconductor.simulate.windows import SimulatorProcess
from tests.fixtures.installation import Installation
from tests.fixtures.linux_hosts import LinuxHostFactory

SENTENCE = "Which servers in 'Front Web' have less than 10% disk free?"
FULL = {"disk_bytes": 1_000_000, "files": {r"C:\Data\big.bin": {"size": 950_000}}}


def test_which_servers_have_little_space_left(
    tmp_path: Path, module_linux_hosts: LinuxHostFactory, installation: Installation
) -> None:
    [host] = module_linux_hosts("web-lin-1")
    state = tmp_path / "state.yml"
    state.write_text(yaml.safe_dump({"schema_version": 1, "hosts": {"2": FULL}}))
    options = ("--count", "2", "--address", "127.37.1.1", "--name", "web-win-{}", "--state", str(state))
    with SimulatorProcess(tmp_path / "lab", *options) as lab:
        installation.opsc("groups", "add", "Front Web")
        installation.credential("linux", host.key_path.read_text(), kind="ssh_key", user="root")
        installation.credential("windows", lab.password, user="Administrator")
        place = ("--address", host.address, "--group", "Front Web", "--credential", "linux")
        installation.opsc("assets", "add", host.name, *place)
        installation.opsc("assets", "trust", host.name, "--yes")
        installation.windows(lab, "Front Web", credential="windows")

        plan = installation.plan(SENTENCE)
        assert plan["outcome"] == "query"
        assert plan["obstacles"] == []
        assert not plan["needs_approval"]
        shown = installation.run(plan)

    real = os.statvfs(host.root)
    little = ["web-lin-1"] if real.f_bavail < (real.f_blocks - real.f_bfree + real.f_bavail) * 0.1 else []
    [told] = shown["answers"]
    assert sorted({row[0] for row in told["answer"]["rows"]}) == [*little, "web-win-2"]
    row = dict(zip(told["answer"]["columns"], told["answer"]["rows"][-1], strict=True))
    assert [row["State"], row["Filesystem"], row["Size"]] == ["matching", "C:", 1_000_000]
    assert row["Free %"] == round(row["Free"] * 100 / row["Size"], 1) < 10
    assert told["answer"]["summary"].startswith("3 targets: ")
    assert set(shown["progress"]["steps"][0]["states"]) == {"matching", "not matching"}

    text = installation.opsc("jobs", "show", shown["job"]["id"]).stdout
    head, line = (next(row for row in text.splitlines() if row.startswith(name)) for name in ("Target", "web-win-2"))
    assert head.split()[:4] == ["Target", "State", "Filesystem", "Size"]
    assert line.split()[:3] == ["web-win-2", "matching", "C:"]
    assert "976.6 KB" in line
    assert not any(row.startswith("web-win-1") for row in text.splitlines())
