# SPDX-License-Identifier: Apache-2.0
"""Jobs that copy large files: fetched by simulated Windows hosts, copied where that cannot be, told as they come."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pydantic import SecretStr

from opsconductor.blobs.folder import FolderBlobs
from opsconductor.domain.assets import ConnectionKind, HostKey
from opsconductor.domain.base import Platform
from opsconductor.domain.credentials import CredentialKind
from opsconductor.domain.events import EventKind
from opsconductor.domain.inventory import BoundTarget
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.results import Result, ResultStatus
from opsconductor.services.credentials import CredentialSpec
from opsconductor.simulate.windows import SimulatorProcess
from tests.fixtures.cutting_relay import cutting_relay
from tests.fixtures.job_world import World
from tests.fixtures.linux_hosts import LinuxHostFactory
from tests.fixtures.plain_run import library_file, step
from tests.lab.linux_host import LinuxHost

ADDRESS, LISTEN, PORT = "127.61.20.1", "127.61.20.2", 8461
HOST = "127.61.21.1"
DEST = "C:\\Station\\big.bin"


@pytest.fixture
def windows(tmp_path: Path) -> Iterator[SimulatorProcess]:
    """One host with a folder for the file."""
    state = tmp_path / "state.yml"
    state.write_text(yaml.safe_dump({"schema_version": 1, "defaults": {"files": {"C:/Station": {"directory": True}}}}))
    options = ("--count", "1", "--address", HOST, "--port", "5985", "--state", str(state))
    with SimulatorProcess(tmp_path / "simulator", *options) as process:
        yield process


@pytest.fixture
def pull(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings by which this machine hands out files."""
    monkeypatch.setenv("OPSCONDUCTOR_PULL_ADDRESS", ADDRESS)
    monkeypatch.setenv("OPSCONDUCTOR_PULL_LISTEN", LISTEN)
    monkeypatch.setenv("OPSCONDUCTOR_PULL_PORTS", f"{PORT}-{PORT}")


def target(world: World, windows: SimulatorProcess) -> BoundTarget:
    [host] = windows.ready["hosts"]
    kind, user, value = CredentialKind.PASSWORD, windows.ready["user"], SecretStr(windows.password)
    world.credentials.add(CredentialSpec(name="win", kind=kind, user=user, value=value), "local:tester")
    return BoundTarget(
        asset_id="asset-win01",
        name="win01",
        platform=Platform.WINDOWS,
        kind=ConnectionKind.WINRM,
        address=host["address"],
        port=host["port"],
        user=windows.ready["user"],
        credential="win",
        settings={"scheme": "http", "transport": "ntlm"},
    )


def copied(world: World, where: BoundTarget, content: bytes, dest: str = DEST) -> tuple[str, Result]:
    """Run the plan that copies the file; the job's id and the result."""
    plan = world.rendered([step("file.copy", src="big.bin", dest=dest)], [where], {"big.bin": content})
    job = world.launching.launch(plan, "local:tester")
    assert world.ended(job.id).status is JobStatus.SUCCEEDED, world.following.results(job.id)
    [result] = world.following.results(job.id)
    assert result.status is ResultStatus.CHANGED
    return job.id, result


def told(world: World, job_id: str) -> list[str]:
    """What was said of the file on its way."""
    return [event.message or "" for event in world.following.events(job_id, kinds=[EventKind.TRANSFER])]


def arrived(windows: SimulatorProcess, content: bytes) -> None:
    """The file is there, and nothing else of it."""
    files = windows.client.state("win01")["files"]
    assert files["C:\\Station\\big.bin"]["sha256"] == library_file("big.bin", content).sha256
    assert [path for path in files if "opsc" in path.lower() and "\\opsc." in path.lower()] == []


@pytest.mark.usefixtures("pull")
def test_a_windows_host_fetches_the_file_though_it_is_cut_off_once(
    world: World, windows: SimulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = os.urandom(12 << 20)
    with cutting_relay((ADDRESS, PORT), (LISTEN, PORT), [4 << 20]) as relay:
        job_id, result = copied(world, target(world, windows), content)
        assert relay.connections == 2
    assert (result.message, result.facts["way"]) == ("fetched from the controller", "fetched")
    arrived(windows, content)
    attempts = world.following.events(job_id, kinds=[EventKind.TARGET_RETRY])
    assert len(attempts) == 1
    assert all(text.endswith(" of 12.0 MB") for text in told(world, job_id))
    # What opens the file is good for nobody now, and was never kept.
    kept = b"".join(
        path.read_bytes() for path in world.home.rglob("*") if path.is_file() and path.parent.name != "files"
    )
    assert b"https://127.61.20.1" not in kept


@pytest.mark.soak
@pytest.mark.usefixtures("pull")
def test_what_cannot_be_fetched_is_copied_and_says_why(world: World, windows: SimulatorProcess) -> None:
    content = os.urandom(20 << 20)
    job_id, result = copied(world, target(world, windows), content)
    assert (result.message or "").startswith("copied over WinRM, because it could not be fetched: curl: (7) ")
    assert result.facts["way"] == "copied"
    arrived(windows, content)
    assert told(world, job_id), "how far a copy over WinRM has come is told, too"
    assert all(text.endswith(" of 20.0 MB") for text in told(world, job_id))


def test_a_stored_file_that_was_changed_is_noticed(world: World, windows: SimulatorProcess) -> None:
    content = os.urandom(2 << 20)
    where = target(world, windows)
    plan = world.rendered([step("file.copy", src="big.bin", dest=DEST)], [where], {"big.bin": content})
    sha256 = library_file("big.bin", content).sha256
    blob = next(FolderBlobs(world.settings.blobs).folder.rglob(sha256))
    blob.write_bytes(content[:-1] + b"!")
    job = world.launching.launch(plan, "local:tester")
    assert world.ended(job.id).status is JobStatus.FAILED
    [result] = world.following.results(job.id)
    assert "is damaged" in (result.reason or result.message or "")
    assert "C:\\Station\\big.bin" not in windows.client.state("win01")["files"]


@pytest.fixture
def debian(runtime: Path, module_linux_hosts: LinuxHostFactory) -> LinuxHost:
    """A fresh real host."""
    assert runtime.is_dir()
    [host] = module_linux_hosts("files")
    return host


def ssh_target(world: World, host: LinuxHost) -> BoundTarget:
    key = SecretStr(host.key_path.read_text())
    world.credentials.add(CredentialSpec(name="key", kind=CredentialKind.SSH_KEY, user="root", value=key), "test")
    kind, public = host.host_key.split()[:2]
    return BoundTarget(
        asset_id="asset-files",
        name="files",
        platform=Platform.LINUX,
        kind=ConnectionKind.SSH,
        address=host.address,
        port=22,
        user="root",
        credential="key",
        host_keys=(HostKey(kind=kind, public=public, fingerprint="SHA256:x"),),
    )


@pytest.mark.soak
def test_a_debian_host_gets_it_by_either_way(
    debian: LinuxHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = os.urandom(12 << 20)
    for folder, address in (("sftp", None), ("fetched", debian.slot.gateway.partition("/")[0])):
        monkeypatch.setenv("OPSCONDUCTOR_TRANSFER_RATE", str(4 << 20))
        if address:
            monkeypatch.setenv("OPSCONDUCTOR_PULL_ADDRESS", address)
        world = World(tmp_path / folder)
        world.queue.start()
        try:
            job_id, result = copied(world, ssh_target(world, debian), content, f"/srv/{folder}.bin")
            events = world.following.events(job_id, kinds=[EventKind.TRANSFER])
        finally:
            world.close()
        # At the rate that is set it takes three seconds.
        assert len(events) >= 2, folder
        assert {event.target for event in events} == {"files"}
        assert result.facts.get("way") == ("fetched" if address else None), result
        assert (debian.root / f"srv/{folder}.bin").read_bytes() == content
    assert not [path.name for path in (debian.root / "tmp").iterdir() if path.name.startswith("opsc.")]
