# SPDX-License-Identifier: Apache-2.0
"""`opsc doctor`: this installation, and the templates on a machine of one's own."""

import json
from collections.abc import Iterator
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
    installation.limit = 1800
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


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[SimulatorProcess]:
    state = tmp_path / "state.yml"
    state.write_text(yaml.safe_dump({"schema_version": 1, "defaults": {}}), encoding="utf-8")
    options = ("--count", "1", "--state", str(state), "--address", "127.34.8.1", "--port", "5985")
    with SimulatorProcess(tmp_path / "simulator", *options) as process:
        yield process


def tried(
    installation: Installation, lab: SimulatorProcess, folder: Path, *arguments: str, code: int | None = 0
) -> Any:
    installation.credential("login", lab.password, user=lab.ready["user"])
    [name] = installation.windows(lab, "lab", credential="login")
    report = folder / "report.json"
    installation.opsc("doctor", "--conformance", name, "--yes", "--report", str(report), *arguments, code=code)
    return json.loads(report.read_text())


@pytest.mark.rotating
def test_a_part_is_tried_on_a_simulated_windows_host(
    tmp_path: Path, installation: Installation, lab: SimulatorProcess
) -> None:
    before = lab.client.state("win01")
    report = tried(installation, lab, tmp_path, "--part", "accounts")
    assert faults(report) == []
    assert [step["intent"] for step in report["steps"]][:2] == ["group.create", "user.create"]
    assert seen(report)["group.create"] == {"foreseen", "undone", "changed", "unchanged"}
    after = lab.client.state("win01")
    assert after["users"] == before["users"]
    assert after["groups"] == before["groups"]


@pytest.mark.soak
def test_the_cases_hold_on_a_simulated_windows_host(
    tmp_path: Path, installation: Installation, lab: SimulatorProcess
) -> None:
    installation.limit = 1800
    before = lab.client.state("win01")
    report = tried(installation, lab, tmp_path)
    assert faults(report) == []
    assert seen(report)["registry.set"] == {"foreseen", "undone", "changed", "unchanged"}
    after = lab.client.state("win01")
    for part in ("users", "groups", "registry"):
        assert after[part] == before[part]
    assert not [path for path in after["files"] if "opsc-conformance" in path]
