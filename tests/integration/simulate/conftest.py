# SPDX-License-Identifier: Apache-2.0
"""Simulated Windows hosts in a process of their own, and real Ansible against them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from opsconductor.simulate.windows import SimulatorProcess

STATE = {
    "schema_version": 1,
    "defaults": {
        "services": {
            "StationController": {
                "display_name": "Station Controller",
                "path": '"C:\\CIS\\stationcontroller.exe" --run',
                "ports": [9100],
            }
        }
    },
    "hosts": {"2": {"services": {"StationController": {"state": "stopped"}}}},
}


class Lab:
    """A running lab and a way to run plays on it."""

    def __init__(self, process: SimulatorProcess, folder: Path) -> None:
        self.process, self.client, self.folder = process, process.client, folder

    def play(self, tasks: list[dict[str, Any]], *, password: str | None = None, **variables: Any) -> dict[str, Any]:
        """Runs tasks on all hosts with ansible-playbook. Results: host → list of (status, result)."""
        ready = self.process.ready
        scheme = ready["hosts"][0]["scheme"]
        settings = {
            "ansible_connection": "winrm",
            "ansible_winrm_scheme": scheme,
            "ansible_winrm_transport": "ntlm",
            "ansible_user": ready["user"],
            "ansible_winrm_ca_trust_path": ready["certificate"] or "",
            **variables,
        }
        hosts = {h["name"]: {"ansible_host": h["address"], "ansible_port": h["port"]} for h in ready["hosts"]}
        inventory = self.folder / "inventory.yml"
        inventory.write_text(yaml.safe_dump({"all": {"vars": settings, "hosts": hosts}}), encoding="utf-8")
        playbook = self.folder / "play.yml"
        play = [{"hosts": "all", "gather_facts": False, "ignore_unreachable": True, "tasks": tasks}]
        playbook.write_text(json.dumps(play), encoding="utf-8")
        secret = self.folder / "connection-password"
        secret.write_text(password or self.process.password, encoding="utf-8")
        program = Path(sys.executable).with_name("ansible-playbook")
        done = subprocess.run(
            [str(program), "-i", str(inventory), "--connection-password-file", str(secret), str(playbook)],
            env={**os.environ, "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json", "ANSIBLE_HOME": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert "{" in done.stdout, done.stdout + done.stderr
        told = json.loads(done.stdout[done.stdout.index("{") :])
        results: dict[str, Any] = {name: [] for name in hosts}
        for task in told["plays"][0]["tasks"]:
            for name, result in task["hosts"].items():
                results[name].append(result)
        return results


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Three hosts over HTTP with NTLM."""
    yield from _lab(tmp_path_factory.mktemp("lab"), "127.23.201.1", "5985")


@pytest.fixture(scope="module")
def tls_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One host over HTTPS; `--count` later wins."""
    yield from _lab(tmp_path_factory.mktemp("tls"), "127.23.202.1", "5986", "--tls")


@pytest.fixture
def own_lab(tmp_path: Path) -> Iterator[Lab]:
    """Three hosts of one test, which may leave them in any state."""
    yield from _lab(tmp_path / "lab", "127.23.205.1", "5985")


def _lab(folder: Path, address: str, port: str, *more: str) -> Iterator[Lab]:
    folder.mkdir(exist_ok=True)
    state = folder / "state.yml"
    state.write_text(yaml.safe_dump(STATE), encoding="utf-8")
    options = ("--count", "3", "--state", str(state), "--address", address, "--port", port, *more)
    with SimulatorProcess(folder / "run", *options) as process:
        yield Lab(process, folder)


@pytest.fixture(autouse=True)
def _no_faults_left(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    for name in ("lab", "tls_lab"):
        if name in request.fixturenames:
            request.getfixturevalue(name).client.clear_faults()
