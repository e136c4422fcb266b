# SPDX-License-Identifier: Apache-2.0
"""What a cancellation or an expired limit leaves on a real target over SSH, and on this machine."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from opsconductor.db.repositories.slices import SliceRepository
from opsconductor.domain.assets import Become, ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.credentials import CredentialKind
from opsconductor.domain.hostkeys import make_host_key
from opsconductor.domain.inventory import BoundTarget
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.plans import Options
from opsconductor.domain.results import ResultStatus, Role
from opsconductor.execution import processes
from opsconductor.services.credentials import CredentialSpec
from tests.fixtures.job_world import Task, World, wait_for
from tests.fixtures.linux_hosts import LinuxHostFactory
from tests.lab.lab import Lab
from tests.lab.linux_host import LinuxHost

# Cold takes as long again, and the ways differ only in where the processes are: the long run tries it, too.
pytestmark = pytest.mark.parametrize(
    "world", [pytest.param("cold", marks=pytest.mark.soak), "warm", "fast"], indirect=True
)
#: The step's own work, one more in the background; a daemon that detached, and a unit of its own: these live on.
SCRIPT = """\
systemd-run --quiet --scope sleep 7901 &
setsid --fork sleep 7902
sleep 7903 &
sleep 7904
"""
SLEEPS = {"scope": "7901", "daemon": "7902", "background": "7903", "foreground": "7904"}


@pytest.fixture(scope="module")
def hosts(module_linux_hosts: LinuxHostFactory) -> list[LinuxHost]:
    return module_linux_hosts("cut-1", "cut-2")


def lab_targets(world: World, linux_lab: Lab, hosts: list[LinuxHost]) -> list[BoundTarget]:
    """The first as ops, who becomes root by sudo with a password; the second as root."""
    key = linux_lab.access.key_path.read_text()
    for name, credential, value in (
        ("lab key", CredentialKind.SSH_KEY, key),
        ("ops sudo", CredentialKind.PASSWORD, linux_lab.access.ops_password),
    ):
        world.credentials.add(CredentialSpec(name=name, kind=credential, value=SecretStr(value)), "test")
    sudo = Become(method="sudo", user="root", credential="ops sudo")
    made = []
    for host, user, become in zip(hosts, ("ops", "root"), (sudo, None), strict=True):
        kind, public = host.host_key.split()
        made.append(
            BoundTarget(
                asset_id=host.name,
                name=host.name,
                platform=Platform.LINUX,
                kind=ConnectionKind.SSH,
                address=host.address,
                port=host.port,
                user=user,
                credential="lab key",
                become=become,
                host_keys=(make_host_key(kind, public),),
            )
        )
    return made


@pytest.fixture
def targets(world: World, linux_lab: Lab, hosts: list[LinuxHost]) -> Iterator[list[BoundTarget]]:
    """What the script has left there is gone afterwards."""
    yield lab_targets(world, linux_lab, hosts)
    for host in hosts:
        for number in SLEEPS.values():
            host.succeeds("pkill", "-KILL", "-f", f"sleep {number}")


def _there(host: LinuxHost) -> set[str]:
    """Which of the script's processes live."""
    return {
        name for name, number in SLEEPS.items() if host.succeeds("pgrep", "-x", "-f", f"(/usr/bin/)?sleep {number}")
    }


def _cells(world: World, job_id: str) -> dict[tuple[int, str], tuple[ResultStatus, str | None]]:
    return {(r.step, r.target): (r.status, r.message) for r in world.following.results(job_id)}


def _task(step: int, script: str) -> Task:
    lines = "".join(f"      {line}\n" for line in script.splitlines())
    return Task(step, Role.MAIN, f"ansible.builtin.command:\n  argv:\n    - sh\n    - -c\n    - |\n{lines}")


TOLD = "2 processes left running: started as a service, or detached"


def test_a_cancelled_step_ends_on_every_target_but_what_detached_lives_on(
    world: World, targets: list[BoundTarget], hosts: list[LinuxHost]
) -> None:
    job = world.launching.launch(world.plan([_task(1, SCRIPT)], targets), "local:tester")
    wait_for(lambda: [_there(host) for host in hosts], lambda there: there == [set(SLEEPS)] * 2, 180)
    with world.database.reading() as session:
        [piece] = SliceRepository(session).of_job(job.id)
    here = processes.marked(piece.id)
    assert here
    asked = time.monotonic()
    world.jobs.cancel(job.id, "local:tester")
    wait_for(lambda: [pid for pid in here if Path(f"/proc/{pid}").exists()], lambda left: not left, 30)
    gone = time.monotonic() - asked
    ended = world.ended(job.id, 180)
    assert gone < 5, "half a second on a machine that does nothing else"
    assert ended.status is JobStatus.CANCELLED
    assert processes.marked(piece.id) == []
    for host in hosts:
        status, message = _cells(world, job.id)[1, host.name]
        assert status is ResultStatus.CANCELLED
        if world.profile == "fast" and host is hosts[0]:  # sudo's terminal hangs up on all that is in its session
            assert _there(host) == {"daemon"}, message
            continue
        assert _there(host) == {"scope", "daemon"}, _cells(world, job.id)
        assert message is not None
        assert message.endswith(TOLD)
        assert int(message.split(" ")[0]) >= 3  # the module, its shell, and what that ran


@pytest.mark.rotating
def test_a_target_that_takes_too_long_is_cut_off_and_the_other_goes_on(
    world: World, targets: list[BoundTarget], hosts: list[LinuxHost]
) -> None:
    slow = f"[ $(hostname) = {hosts[1].name} ] || sleep 7904"
    plan = world.plan([_task(1, slow), _task(2, "true")], targets, options=Options(target_timeout=15))
    job = world.launching.launch(plan, "local:tester")
    ended = world.ended(job.id, 180)
    assert ended.status is JobStatus.PARTIALLY_FAILED
    cells = _cells(world, job.id)
    status, message = cells[1, hosts[0].name]
    assert status is ResultStatus.FAILED
    assert message is not None
    assert message.startswith("time limit: the tasks on this target took longer than 15 s; ")
    assert "processes ended" in message
    assert cells[2, hosts[0].name][0] is ResultStatus.NOT_RUN
    assert {cells[step, hosts[1].name][0] for step in (1, 2)} == {ResultStatus.CHANGED}
    assert _there(hosts[0]) == set()


@pytest.mark.rotating
def test_a_job_that_takes_too_long_is_ended_and_says_so(
    world: World, targets: list[BoundTarget], hosts: list[LinuxHost]
) -> None:
    plan = world.plan([_task(1, "sleep 7904"), _task(2, "true")], targets[1:], options=Options(job_timeout=30))
    job = world.launching.launch(plan, "local:tester")
    ended = world.ended(job.id, 180)
    assert (ended.status, ended.reason) == (JobStatus.FAILED, "time limit: the job took longer than 30 s")
    cells = _cells(world, job.id)
    assert cells[1, hosts[1].name][0] is ResultStatus.FAILED
    assert "processes ended" in (cells[1, hosts[1].name][1] or "")
    assert cells[2, hosts[1].name][0] is ResultStatus.NOT_RUN
    assert _there(hosts[1]) == set()
