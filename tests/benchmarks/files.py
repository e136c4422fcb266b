# SPDX-License-Identifier: Apache-2.0
"""How fast a large file comes to a Windows host: fetched from this machine over HTTPS, against copied over WinRM."""

import os
from pathlib import Path

from pydantic import SecretStr

from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.credentials import CredentialKind
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.results import Role
from opsconductor.domain.specs import AssetSpec, ConnectionSpec
from opsconductor.services.credentials import CredentialSpec
from opsconductor.settings import Settings
from opsconductor.simulate.windows import SimulatorProcess
from opsconductor.wiring import Container, open_container
from tests.benchmarks.world import ACTOR, PASSWORD, USER

HOST, CONTROLLER = "127.28.66.1", "127.28.66.9"
SIZE = 32 << 20
RUNS = 3


def measure(folder: Path) -> tuple[list[float], list[float]]:
    """MB (of 1024 KB) per second of each run, taken in turns: fetched, and copied. All that the step does counts."""
    fetched: list[float] = []
    copied: list[float] = []
    folder.mkdir(parents=True)
    with SimulatorProcess(folder / "host", "--count", "1", "--address", HOST, "--quiet", password=PASSWORD) as host:
        port = host.ready["hosts"][0]["port"]
        homes = {CONTROLLER: folder / "fetching", None: folder / "copying"}
        for number in range(RUNS):
            for address, home in homes.items():
                with open_container(Settings(home=home, pull_address=address)) as container:
                    rate = _rate(container, home, port, number)
                (fetched if address else copied).append(rate)
    return fetched, copied


def _rate(container: Container, home: Path, port: int, number: int) -> float:
    if not number:
        _fill(container, port)
    source = home / f"large-{number}.bin"
    source.write_bytes(os.urandom(SIZE))
    container.files.add(source, ACTOR)
    path = f"C:\\{home.name}-{number}.bin"
    record = container.planning.propose(f"copy {source.name} to {path} on pane", ACTOR)
    assert record.commit is not None, record.plan
    record = container.planning.with_verdict(record.plan.id)
    container.approving.approve(record.plan.id, record.digest or "", ACTOR)
    job = container.launching.launch(record.plan.id, ACTOR)
    with container.local_queue():
        for _ in container.following.watch(job.id):
            pass
    ended = container.jobs.get(job.id)
    assert ended.status is JobStatus.SUCCEEDED, ended
    copying = len(record.plan.steps)
    told = container.following.events(job.id, target="pane", step=copying)
    took = sum(event.seconds or 0.0 for event in told if event.role is Role.MAIN)
    return SIZE / (1 << 20) / took


def _fill(container: Container, port: int) -> None:
    spec = CredentialSpec(name="pane", kind=CredentialKind.PASSWORD, user=USER, value=SecretStr(PASSWORD))
    container.credentials.add(spec, ACTOR)
    winrm = ConnectionSpec(kind=ConnectionKind.WINRM, settings={"transport": "ntlm", "scheme": "http"}, port=port)
    place = {"platform": Platform.WINDOWS, "address": HOST, "credential": "pane", "connections": (winrm,)}
    container.assets.add(AssetSpec.model_validate({"name": "pane", **place}), ACTOR)
