# SPDX-License-Identifier: Apache-2.0
"""Jobs over real connections: OpenSSH servers and simulated Windows hosts on loopback addresses of this test."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from opsconductor.db.repositories.slices import SliceRepository
from opsconductor.domain.assets import ConnectionKind, HostKey
from opsconductor.domain.base import Platform
from opsconductor.domain.credentials import CredentialKind
from opsconductor.domain.inventory import BoundTarget
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.results import Result, ResultStatus, Role
from opsconductor.execution import processes
from opsconductor.services.credentials import CredentialSpec
from opsconductor.simulate.windows import SimulatorProcess
from tests.fixtures.job_world import STARTS, Task, World, local_target, wait_for
from tests.integration.inventories.conftest import USER, SshServer, new_key

PING = "ansible.builtin.command: 'true'\nchanged_when: false"


def ssh_target(world: World, server: SshServer, host_key: str) -> BoundTarget:
    """The server as the target `shore`; its key is stored as the credential `key`."""
    world.credentials.add(
        CredentialSpec(name="key", kind=CredentialKind.SSH_KEY, user=USER, value=SecretStr(server.private)),
        "local:tester",
    )
    kind, public = host_key.split()[:2]
    return local_target("shore").model_copy(
        update={
            "kind": ConnectionKind.SSH,
            "address": server.address,
            "port": server.port,
            "user": USER,
            "credential": "key",
            "host_keys": (HostKey(kind=kind, public=public, fingerprint="SHA256:x"),),
        }
    )


def host_key_of(server: SshServer) -> str:
    """In OpenSSH's form."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key

    key = load_ssh_private_key((server.folder / "host_key").read_bytes(), None)
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def _slice_id(world: World, job_id: str) -> str:
    with world.database.reading() as session:
        return SliceRepository(session).of_job(job_id)[0].id


def _naming(text: str) -> list[str]:
    """Command lines of processes that name `text`."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in line:
            found.append(line)
    return found


@pytest.mark.parametrize(*STARTS, indirect=True)
def test_an_ssh_job_leaves_no_agent_and_no_kept_connection(world: World, tmp_path: Path) -> None:
    server = SshServer(tmp_path / "sshd", "127.41.7.1")
    server.start()
    try:
        go = tmp_path / "go"
        plan = world.plan(
            [
                Task(1, Role.MAIN, PING),
                Task(2, Role.MAIN, f"ansible.builtin.wait_for: {{path: {go}, timeout: 60}}"),
            ],
            [ssh_target(world, server, host_key_of(server))],
        )
        job = world.launching.launch(plan, "local:tester")
        wait_for(
            lambda: world.following.results(job.id), lambda cells: cells[1].status is ResultStatus.RUNNING, timeout=60
        )
        slice_id = _slice_id(world, job.id)
        live = f"{world.settings.runtime}/s/{slice_id[-16:]}/"
        assert any("ssh-agent" in line for line in _naming(live))
        assert any(
            "[mux]" in line for line in wait_for(lambda: _naming(live), lambda ls: any("[mux]" in x for x in ls))
        )
        go.touch()
        assert world.ended(job.id).status is JobStatus.SUCCEEDED
        assert wait_for(lambda: _naming(live), lambda lines: not lines) == []
        assert processes.marked(slice_id) == []
    finally:
        server.stop()


def test_a_changed_host_key_is_unreachable_and_nothing_runs(world: World, tmp_path: Path) -> None:
    server = SshServer(tmp_path / "sshd", "127.41.7.2")
    server.start()
    try:
        marker = tmp_path / "ran"
        plan = world.plan(
            [Task(1, Role.MAIN, f"ansible.builtin.file: {{path: {marker}, state: touch, mode: '0600'}}")],
            [ssh_target(world, server, new_key()[1])],
        )
        job = world.launching.launch(plan, "local:tester")
        assert world.ended(job.id).status is JobStatus.FAILED
        (cell,) = world.following.results(job.id)
        assert cell.status is ResultStatus.UNREACHABLE
        assert "the SSH host key is not the recorded one" in (cell.message or "")
        assert not marker.exists()
    finally:
        server.stop()


def test_a_connection_lost_within_a_task_is_unreachable_and_a_refusal_is_a_failure(
    world: World, tmp_path: Path
) -> None:
    options = ("--count", "3", "--address", "127.23.203.1", "--port", "5985")
    with SimulatorProcess(tmp_path / "lab", *options) as lab:
        world.credentials.add(
            CredentialSpec(
                name="win", kind=CredentialKind.PASSWORD, user=lab.ready["user"], value=SecretStr(lab.password)
            ),
            "local:tester",
        )
        windows = [
            BoundTarget(
                asset_id=host["name"],
                name=host["name"],
                platform=Platform.WINDOWS,
                kind=ConnectionKind.WINRM,
                address=host["address"],
                port=host["port"],
                user=lab.ready["user"],
                credential="win",
                settings={"scheme": "http", "transport": "ntlm"},
            )
            for host in lab.ready["hosts"]
        ]
        lab.client.fault("win02", "module_drop", target="win_file")
        lab.client.fault("win03", "file_access", target="C:\\Temp\\*")
        windows_tasks = [
            Task(1, Role.MAIN, "ansible.windows.win_ping: {}"),
            Task(2, Role.MAIN, 'ansible.windows.win_file: {path: "C:\\\\Temp\\\\x", state: directory}'),
        ]
        job = world.launching.launch(world.plan(windows_tasks, windows), "local:tester")
        assert world.ended(job.id, 90).status is JobStatus.PARTIALLY_FAILED
    cells = {(r.step, r.target): r for r in world.following.results(job.id)}
    assert {cells[1, f"win0{n}"].status for n in (1, 2, 3)} == {ResultStatus.OK}
    assert cells[2, "win01"].status is ResultStatus.CHANGED
    assert cells[2, "win02"].status is ResultStatus.UNREACHABLE, _told(cells[2, "win02"])
    assert cells[2, "win03"].status is ResultStatus.FAILED, _told(cells[2, "win03"])
    assert "denied" in (cells[2, "win03"].message or "")


def _told(cell: Result) -> str:
    return f"{cell.status}: {cell.message}"
