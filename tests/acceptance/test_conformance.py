# SPDX-License-Identifier: Apache-2.0
"""`opsc doctor`: this installation, and the templates on a machine of one's own."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from opsconductor.simulate.windows import SimulatorProcess
from tests.fixtures.installation import Installation
from tests.fixtures.linux_hosts import LinuxHostFactory
from tests.lab.linux_host import LinuxHost


def linux(installation: Installation, host: LinuxHost) -> None:
    installation.credential("key", host.key_path.read_text(), kind="ssh_key", user="root")
    installation.estate(
        [{"name": host.name, "platform": "linux", "address": host.address, "credential": "key", "user": "root"}]
    )
    installation.opsc("assets", "trust", host.name, "--yes")


def faults(report: Any) -> list[Any]:
    return [(step["intent"], step["faults"]) for step in report["steps"] if step["faults"]]


def seen(report: Any) -> dict[str, set[str]]:
    return {step["intent"]: set(step["seen"]) for step in report["steps"]}


def test_an_installation_is_examined(installation: Installation) -> None:
    findings = installation.json("doctor")
    assert all(finding["good"] for finding in findings), findings
    installation.settings["PATH"] = "/nowhere"
    missing = {f["name"]: f for f in installation.json("doctor", code=21)}
    assert missing["git"]["good"] is False
    assert "Install it" in missing["git"]["remedy"]


def test_a_machine_is_not_touched_without_a_yes(installation: Installation) -> None:
    installation.estate([{"name": "web-1", "platform": "linux", "address": "192.0.2.1"}])
    assert "--yes" in installation.opsc("doctor", "--conformance", "web-1", code=2).stderr
    assert "web-9" in installation.opsc("doctor", "--conformance", "web-9", "--yes", code=4).stderr


@pytest.mark.soak
def test_the_cases_hold_on_a_debian_host(
    tmp_path: Path, module_linux_hosts: LinuxHostFactory, installation: Installation
) -> None:
    [host] = module_linux_hosts("web-1")
    linux(installation, host)
    before = host.run("sh", "-c", "cat /etc/passwd /etc/group; ls /var/tmp /etc/profile.d; dpkg-query -W")
    installation.opsc("doctor", "--conformance", host.name, "--yes", "--report", str(tmp_path / "report.json"))
    report = json.loads((tmp_path / "report.json").read_text())
    assert faults(report) == []
    assert seen(report)["file.mkdir"] == {"foreseen", "undone", "changed", "unchanged"}
    assert seen(report)["disk.check"] == {"read"}
    assert "Debian" in report["host"]["system"]
    assert host.address not in json.dumps(report)
    after = host.run("sh", "-c", "cat /etc/passwd /etc/group; ls /var/tmp /etc/profile.d; dpkg-query -W")
    assert after == before


def test_the_cases_hold_on_a_simulated_windows_host_and_a_fault_is_told(
    tmp_path: Path, installation: Installation
) -> None:
    state = tmp_path / "state.yml"
    state.write_text(yaml.safe_dump({"schema_version": 1, "defaults": {}}), encoding="utf-8")
    options = ("--count", "1", "--state", str(state), "--address", "127.34.8.1", "--port", "5985")
    with SimulatorProcess(tmp_path / "simulator", *options) as lab:
        installation.credential("login", lab.password, user=lab.ready["user"])
        [name] = installation.windows(lab, "lab", credential="login")
        before = lab.client.state(name)
        done = installation.opsc(
            "doctor", "--conformance", name, "--yes", "--report", str(tmp_path / "report.json"), code=None
        )
        report = json.loads((tmp_path / "report.json").read_text())
        assert faults(report) == [], done.stdout
        assert seen(report)["registry.set"] == {"foreseen", "undone", "changed", "unchanged"}
        after = lab.client.state(name)
        for part in ("users", "groups", "registry"):
            assert after[part] == before[part]
        assert not [path for path in after["files"] if "opsc-conformance" in path]
