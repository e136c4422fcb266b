# SPDX-License-Identifier: Apache-2.0
"""Real ansible-playbook through real pywinrm against simulated Windows hosts."""

import hashlib
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from opsconductor.errors import OpsConductorError
from opsconductor.simulate.windows import SimulatorProcess
from tests.integration.simulate.conftest import Lab

TARGET = r"C:\CIS\stationcontroller.exe"
PING: list[dict[str, Any]] = [{"ansible.windows.win_ping": {}}]


def test_stop_copy_start_verify_leaves_the_host_as_the_play_says(lab: Lab, tmp_path: Path) -> None:
    source = tmp_path / "stationcontroller.exe"
    source.write_bytes(os.urandom(300_000))
    name = "StationController"
    hosts = ("win01", "win02", "win03")
    before = {host: lab.client.state(host)["services"][name]["state"] for host in hosts}
    script = "$Ansible.Changed = $false; (Get-Process -Name stationcontroller).Path"
    results = lab.play(
        [
            {"ansible.builtin.setup": {}},
            {"ansible.windows.win_service": {"name": name, "state": "stopped"}},
            {"ansible.windows.win_copy": {"src": str(source), "dest": TARGET, "backup": True}},
            {"ansible.windows.win_service": {"name": name, "state": "started"}},
            {"ansible.windows.win_wait_for": {"port": 9100, "timeout": 5}},
            {"ansible.windows.win_powershell": {"script": script}},
        ]
    )
    for host, outcomes in results.items():
        assert not [one for one in outcomes if one.get("failed") or one.get("unreachable")], outcomes
        assert "simulated" in outcomes[0]["ansible_facts"]["ansible_product_name"]
        assert outcomes[1]["changed"] is (before[host] == "running")
        assert outcomes[5]["output"] == [TARGET]
        seen = lab.client.state(host)
        assert seen["services"][name]["state"] == "running"
        assert seen["files"][TARGET]["sha256"] == hashlib.sha256(source.read_bytes()).hexdigest()
        assert outcomes[2]["backup_file"] in seen["files"]
        address = f"127.23.201.{host[-1]}"
        with socket.create_connection((address, 9100), 2):
            pass
        asked = lab.client.requests(host, "ansible.windows.win_copy")
        assert [one["rc"] for one in asked][-2:] == [0, 0]


def test_a_program_in_use_cannot_be_replaced(lab: Lab, tmp_path: Path) -> None:
    source = tmp_path / "new.exe"
    source.write_bytes(b"new")
    start = {"ansible.windows.win_service": {"name": "StationController", "state": "started"}}
    results = lab.play([start, {"ansible.windows.win_copy": {"src": str(source), "dest": TARGET}}])
    assert "being used by another process" in results["win01"][1]["msg"]


def test_a_wrong_password_is_unreachable(lab: Lab) -> None:
    results = lab.play(PING, password="not-it")
    assert results["win01"][0]["unreachable"] is True
    assert "credentials were rejected" in results["win01"][0]["msg"]


def test_basic_without_tls_is_refused(lab: Lab) -> None:
    assert lab.play(PING, ansible_winrm_transport="basic")["win01"][0]["unreachable"] is True


@pytest.mark.parametrize("transport", ["ntlm", "basic"])
def test_https_with_the_printed_certificate(tls_lab: Lab, transport: str) -> None:
    results = tls_lab.play(PING, ansible_winrm_transport=transport)
    assert [one[0].get("ping") for one in results.values()] == ["pong"] * 3


def test_faults_strike_one_host_and_leave_the_others(lab: Lab, tmp_path: Path) -> None:
    source = tmp_path / "f.txt"
    source.write_text("x", encoding="utf-8")
    lab.client.fault("win01", "file_access", target="C:\\Temp\\*")
    lab.client.fault("win02", "module_drop", target="win_copy", after=1)
    lab.client.fault("win03", "drop", target="create", times=1)
    results = lab.play([{"ansible.windows.win_copy": {"src": str(source), "dest": "C:\\Temp\\f.txt"}}])
    assert "Access to the path 'C:\\Temp\\f.txt' is denied" in results["win01"][0]["msg"]
    assert results["win02"][0]["failed"] is True
    assert "Connection aborted" in results["win02"][0]["msg"]
    assert lab.client.requests("win02")[-2]["lost"] or lab.client.requests("win02")[-1]["lost"]
    assert results["win03"][0]["unreachable"] is True
    assert "C:\\Temp\\f.txt" not in lab.client.state("win02")["files"]


def test_refused_service_and_wsman_faults(lab: Lab) -> None:
    lab.client.fault("win01", "service_stop", target="StationController")
    lab.client.fault("win02", "wsman", target="create", code=5, message="Access is denied. ")
    lab.client.fault("win03", "refuse")
    stop = {"ansible.windows.win_service": {"name": "StationController", "state": "restarted"}}
    results = lab.play([{"ansible.windows.win_service": {"name": "StationController", "state": "started"}}, stop])
    assert "cannot be stopped" in results["win01"][1]["msg"]
    assert "Access is denied" in results["win02"][0]["msg"]
    assert "Connection refused" in results["win03"][0]["msg"]


def test_check_mode_changes_nothing(lab: Lab) -> None:
    before = lab.client.state("win03")["files"].keys()
    task = {"ansible.windows.win_file": {"path": "C:\\checked", "state": "directory"}, "check_mode": True}
    assert lab.play([task])["win03"][0]["changed"] is True
    assert lab.client.state("win03")["files"].keys() == before


def test_secrets_do_not_reach_the_journal(lab: Lab) -> None:
    word = "very-secret-71"
    task = {"ansible.windows.win_user": {"name": "svc", "password": word, "groups": ["Users"]}}
    hidden = {"ansible.windows.win_shell": f"Write-Output {word}", "no_log": True}
    lab.play([task, hidden])
    assert word not in str(lab.client.requests("win01"))


def test_what_is_not_simulated_fails_by_name(lab: Lab) -> None:
    results = lab.play(
        [
            {"ansible.windows.win_dns_client": {"adapter_names": "*", "dns_servers": []}, "ignore_errors": True},
            {"ansible.windows.win_shell": "Get-Frobnication", "ignore_errors": True},
            {"ansible.builtin.raw": "Get-Frobnication"},
        ]
    )
    assert "win_dns_client is not simulated" in results["win01"][0]["msg"]
    assert "Get-Frobnication is not simulated" in results["win01"][1]["msg"]
    assert results["win01"][2]["failed"] is True


def test_become_runs_as_the_other_account_and_a_wrong_password_fails(lab: Lab) -> None:
    become = {"become": True, "become_method": "ansible.builtin.runas"}
    whoami = {"ansible.windows.win_command": "whoami", **become}
    good = {**whoami, "vars": {"ansible_become_user": "Administrator", "ansible_become_password": lab.process.password}}
    bad = {**whoami, "vars": {"ansible_become_user": "Administrator", "ansible_become_password": "wrong"}}
    results = lab.play([{**whoami, "vars": {"ansible_become_user": "SYSTEM"}}, good, bad])
    assert results["win01"][0]["stdout"].strip() == "nt authority\\system"
    assert results["win01"][1]["stdout"].strip() == "win01\\administrator"
    assert "user name or password is incorrect" in results["win01"][2]["msg"]
    assert [one["run_as"] for one in lab.client.requests("win01", "ansible.windows.win_command")][-3:-1] == [
        "SYSTEM",
        "Administrator",
    ]


def test_async_fetch_script_and_template(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "s.ps1").write_text("Write-Output 'from the script'\n", encoding="utf-8")
    (tmp_path / "t.j2").write_text("name={{ inventory_hostname }}\n", encoding="utf-8")
    results = lab.play(
        [
            {"ansible.windows.win_shell": "Start-Sleep -Milliseconds 300; hostname", "async": 20, "poll": 1},
            {"ansible.builtin.script": str(tmp_path / "s.ps1")},
            {"ansible.windows.win_template": {"src": str(tmp_path / "t.j2"), "dest": "C:\\Temp\\t.txt"}},
            {"ansible.builtin.fetch": {"src": "C:\\Temp\\t.txt", "dest": str(tmp_path / "got"), "flat": False}},
        ]
    )
    assert not results["win02"][0].get("failed"), results["win02"][0]
    assert results["win02"][0]["stdout"].strip() == "win02"
    assert "from the script" in results["win02"][1]["stdout"]
    assert (tmp_path / "got" / "win02" / "C:" / "Temp" / "t.txt").read_text(encoding="utf-8").strip() == "name=win02"


def test_a_busy_port_is_a_clear_error(tmp_path: Path) -> None:
    with socket.create_server(("127.23.203.2", 5985)), pytest.raises(OpsConductorError) as caught:
        SimulatorProcess(tmp_path, "--count", "3", "--address", "127.23.203.1").start()
    assert "127.23.203.2:5985" in str(caught.value)


def test_a_wrong_state_file_is_a_clear_error(tmp_path: Path) -> None:
    state = tmp_path / "state.yml"
    state.write_text("schema_version: 1\ndefaults: {services: {X: {path: x, state: jumping}}}\n", encoding="utf-8")
    with pytest.raises(OpsConductorError) as caught:
        SimulatorProcess(tmp_path / "run", "--state", str(state), "--address", "127.23.203.1").start()
    assert "services.X.state" in str(caught.value)


def test_its_control_socket_may_lie_in_a_deep_folder(tmp_path: Path) -> None:
    folder = tmp_path / ("d" * 60) / ("e" * 60)
    folder.mkdir(parents=True)
    with SimulatorProcess(folder, "--count", "1", "--address", "127.23.9.1") as lab:
        assert [host["name"] for host in lab.client.hosts()] == ["win01"]
