# SPDX-License-Identifier: Apache-2.0
"""Jobs in the fast profile on a real Debian host: a connection is kept, and outlives nothing that it rests on."""

import contextlib
import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from opsconductor.db.repositories.slices import SliceRepository
from opsconductor.domain.assets import Become, ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.credentials import CredentialKind
from opsconductor.domain.events import EventKind
from opsconductor.domain.hostkeys import make_host_key
from opsconductor.domain.inventory import BoundTarget
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.plans import Options
from opsconductor.domain.results import ResultStatus, Role
from opsconductor.execution import hot, processes
from opsconductor.services.credentials import CredentialSpec
from tests.fixtures.job_world import Task, World, wait_for
from tests.fixtures.linux_hosts import LinuxHostFactory
from tests.lab.access import new_key
from tests.lab.lab import Lab
from tests.lab.linux_host import LinuxHost

pytestmark = pytest.mark.rotating

ACTOR = "local:tester"
#: The process that runs the commands: as long as the connection is the same, so is this.
WHO = Task(1, Role.MAIN, "ansible.builtin.command: {argv: [sh, -c, 'echo $PPID $(id -un)']}\nchanged_when: false")
ENDLESS = Task(1, Role.MAIN, "ansible.builtin.command: sleep 600\nchanged_when: false")
RULE = "etc/sudoers.d/fast"


@pytest.fixture(scope="module")
def host(module_linux_hosts: LinuxHostFactory) -> LinuxHost:
    [made] = module_linux_hosts("fast")
    return made


@pytest.fixture
def fast_world(
    runtime: Path, tmp_path: Path, linux_lab: Lab, host: LinuxHost, request: pytest.FixtureRequest
) -> Iterator[World]:
    """The fast profile with its warm process; the host as it was, and ops in its sudoers without a password."""
    rule = host.root / RULE
    rule.write_text("ops ALL=(ALL) NOPASSWD: ALL\n")
    rule.chmod(0o440)
    keys = host.root / "home/ops/.ssh/authorized_keys"
    before = keys.read_text()
    world = World(tmp_path / "opsc", profile="fast")
    world.settings = world.settings.model_copy(update=getattr(request, "param", {}))
    add = world.credentials.add
    key = SecretStr(linux_lab.access.key_path.read_text())
    add(CredentialSpec(name="key", kind=CredentialKind.SSH_KEY, user="ops", value=key), ACTOR)
    for name, text in (("ops", linux_lab.access.ops_password), ("deploy", linux_lab.access.deploy_password)):
        add(CredentialSpec(name=name, kind=CredentialKind.PASSWORD, user=name, value=SecretStr(text)), ACTOR)
    with world.warm():
        world.queue.start()
        yield world
        world.close()
    keys.write_text(before)


def _target(host: LinuxHost, **fields: Any) -> BoundTarget:
    kind, public = host.host_key.split()
    given: dict[str, Any] = {"user": "ops", "credential": "key"} | fields
    return BoundTarget(
        asset_id=host.name,
        name=host.name,
        platform=Platform.LINUX,
        kind=ConnectionKind.SSH,
        address=host.address,
        port=host.port,
        host_keys=(make_host_key(kind, public),),
        variables={"ansible_python_interpreter": "/usr/bin/python3"},
        **given,
    )


ROOT = Become(method="sudo")
_RESULTS = (EventKind.TARGET_OK, EventKind.TARGET_FAILED, EventKind.TARGET_UNREACHABLE)


def _run(world: World, target: BoundTarget, *tasks: Task) -> tuple[JobStatus, str]:
    """A job's status, and what its first task printed or complained of; it ran in the fast profile."""
    job = world.launching.launch(world.plan(tasks or (WHO,), [target]), ACTOR)
    status = world.ended(job.id, 90).status
    [end] = [e for e in world.following.events(job.id) if e.kind is EventKind.SLICE_ENDED]
    assert end.data["profile"] == "fast"
    for event in world.following.events(job.id):
        if event.step == 1 and event.kind in _RESULTS:
            return status, str(event.data.get("stdout") or event.message or "")
    return status, ""


@pytest.mark.parametrize("become", [None, ROOT], ids=["login", "sudo"])
def test_a_connection_is_kept_for_the_next_job(fast_world: World, host: LinuxHost, become: Become | None) -> None:
    target = _target(host, become=become)
    told = [_run(fast_world, target) for _ in range(3)]
    assert told == [(JobStatus.SUCCEEDED, told[0][1])] * 3
    assert told[0][1].endswith("root" if become else "ops")
    assert hot.count(fast_world.settings.runtime) == 1


@pytest.mark.parametrize("become", [None, ROOT], ids=["login", "sudo"])
def test_it_does_not_outlive_the_key(fast_world: World, host: LinuxHost, become: Become | None) -> None:
    target = _target(host, become=become)
    assert _run(fast_world, target)[0] is JobStatus.SUCCEEDED
    keys = host.root / "home/ops/.ssh/authorized_keys"
    key = keys.read_text()
    keys.write_text("")
    status, told = _run(fast_world, target)
    assert status is JobStatus.FAILED
    assert "Permission denied" in told or "authentication" in told.lower(), told
    keys.write_text(key)
    assert _run(fast_world, target)[0] is JobStatus.SUCCEEDED


def test_it_does_not_outlive_a_rule_of_sudoers(fast_world: World, host: LinuxHost) -> None:
    target = _target(host, become=ROOT)
    assert _run(fast_world, target)[0] is JobStatus.SUCCEEDED
    (host.root / RULE).unlink()
    status, told = _run(fast_world, target)
    assert status is JobStatus.FAILED
    assert "password" in told.lower(), told
    assert _run(fast_world, _target(host))[0] is JobStatus.SUCCEEDED


def test_it_does_not_outlive_a_password_of_sudo(fast_world: World, host: LinuxHost, linux_lab: Lab) -> None:
    (host.root / RULE).unlink()
    target = _target(host, become=Become(method="sudo", credential="ops"))
    first = _run(fast_world, target)
    assert first[0] is JobStatus.SUCCEEDED
    assert _run(fast_world, target) == first
    host.run("sh", "-c", "echo ops:other-Password-1 | chpasswd")
    try:
        status, told = _run(fast_world, target)
    finally:
        host.run("chpasswd", stdin=f"ops:{linux_lab.access.ops_password}\n")
    assert status is JobStatus.FAILED
    assert "password" in told.lower(), told


def test_it_has_the_rights_that_a_fresh_login_has(fast_world: World, host: LinuxHost) -> None:
    groups = Task(1, Role.MAIN, "ansible.builtin.command: id -Gn\nchanged_when: false")
    assert "games" not in _run(fast_world, _target(host), groups)[1]
    host.run("gpasswd", "--add", "ops", "games")
    try:
        assert "games" in _run(fast_world, _target(host), groups)[1]
    finally:
        host.run("gpasswd", "--delete", "ops", "games")
    assert "games" not in _run(fast_world, _target(host), groups)[1]


def test_another_become_user_or_host_key_is_another_connection(fast_world: World, host: LinuxHost) -> None:
    assert _run(fast_world, _target(host, become=ROOT))[1].endswith("root")
    assert _run(fast_world, _target(host, become=Become(method="sudo", user="deploy")))[1].endswith("deploy")
    other = _target(host).model_copy(
        update={"host_keys": (make_host_key("ssh-ed25519", new_key("x").public.split()[1]),)}
    )
    status, told = _run(fast_world, other)
    assert status is JobStatus.FAILED
    assert "host key" in told.lower(), told


def test_what_needs_a_terminal_is_not_kept(fast_world: World, host: LinuxHost) -> None:
    told = [_run(fast_world, _target(host, user="deploy", credential="deploy"))[1] for _ in range(2)]
    assert all(one.endswith("deploy") for one in told)
    assert told[0] != told[1]
    wait_for(lambda: hot.count(fast_world.settings.runtime), lambda count: count == 0)


_WRONG: dict[str, dict[str, Any]] = {
    "key": {"user": "root", "credential": "other"},
    "host key": {"host_keys": "other"},
    "password": {"user": "deploy", "credential": "wrong"},
    "no sudo password": {"become": ROOT},
    "sudo password": {"become": Become(method="sudo", credential="wrong")},
    "unknown user": {"become": Become(method="sudo", user="nobody-there", credential="ops")},
    "nobody listens": {"port": 2},
}


def test_what_goes_wrong_is_the_same_in_the_plain_profile(fast_world: World, host: LinuxHost) -> None:
    (host.root / RULE).unlink()
    for name, kind, value in (
        ("other", CredentialKind.SSH_KEY, new_key("x").private),
        ("wrong", CredentialKind.PASSWORD, "wrong"),
    ):
        fast_world.credentials.add(CredentialSpec(name=name, kind=kind, value=SecretStr(value)), ACTOR)
    found: dict[str, list[ResultStatus]] = {}
    for profile in ("fast", "plain"):
        fast_world.dispatcher.settings = fast_world.settings.model_copy(update={"profile": profile})
        for wrong, fields in _WRONG.items():
            own = make_host_key(*new_key("x").public.split()[:2])
            changes = {"host_keys": (own,)} if "host_keys" in fields else {"host_keys": _target(host).host_keys}
            target = _target(host).model_copy(update=fields | changes)
            job = fast_world.launching.launch(fast_world.plan([WHO], [target]), ACTOR)
            fast_world.ended(job.id, 90)
            assert fast_world.profiles_of(job.id) == [profile]
            found.setdefault(wrong, []).append(fast_world.following.results(job.id)[0].status)
    assert {wrong: told[0] for wrong, told in found.items()} == {wrong: told[1] for wrong, told in found.items()}


def test_a_changed_credential_leaves_none(fast_world: World, host: LinuxHost) -> None:
    first = _run(fast_world, _target(host))
    assert hot.drop(fast_world.settings.runtime) == 1
    assert hot.count(fast_world.settings.runtime) == 0
    assert _run(fast_world, _target(host)) != first


@pytest.mark.parametrize("fast_world", [{"hot_seconds": 2}], indirect=True)
def test_its_time_is_limited(fast_world: World, host: LinuxHost) -> None:
    _run(fast_world, _target(host))
    wait_for(lambda: hot.count(fast_world.settings.runtime), lambda count: count == 0)
    wait_for(lambda: "mitogen" in host.run("ps", "-e", "-o", "args"), lambda there: not there)


def _under_way(world: World, job_id: str) -> str:
    wait_for(lambda: world.following.results(job_id)[0].status, lambda status: status is ResultStatus.RUNNING, 60)
    with world.database.reading() as session:
        return SliceRepository(session).of_job(job_id)[0].id


@pytest.mark.parametrize("start", ["warm", "cold"])
@pytest.mark.parametrize("become", [None, ROOT], ids=["login", "sudo"])
def test_a_cancelled_job_leaves_nothing_but_what_an_earlier_task_has_left(
    fast_world: World, host: LinuxHost, become: Become | None, start: str
) -> None:
    if start == "cold":  # nobody waits at the socket
        [socket] = fast_world.settings.runtime.glob("w/*/s")
        socket.unlink()
    service = "nohup sleep 7801 > /dev/null 2>&1 &"
    left = Task(
        1, Role.MAIN, f"ansible.builtin.command: {{argv: [sh, -c, '{service}']}}\nchanged_when: false", last=False
    )
    job = fast_world.launching.launch(fast_world.plan([left, ENDLESS], [_target(host, become=become)]), ACTOR)
    slice_id = _under_way(fast_world, job.id)
    wait_for(lambda: "sleep 600" in host.run("ps", "-e", "-o", "args"), bool)
    fast_world.jobs.cancel(job.id, ACTOR)
    assert fast_world.ended(job.id).status is JobStatus.CANCELLED
    there = host.run("ps", "-e", "-o", "args")
    host.run("sh", "-c", "pkill sleep || true")
    [result] = fast_world.following.results(job.id)
    assert ("sleep 600" in there, "sleep 7801" in there) == (False, True), result
    assert (result.message or "").endswith("1 process left running: started as a service, or detached"), result
    wait_for(lambda: hot.count(fast_world.settings.runtime), lambda count: count == 0)
    wait_for(lambda: "mitogen" in host.run("ps", "-e", "-o", "args"), lambda there: not there)
    assert processes.marked(slice_id) == []
    assert fast_world.start_of(job.id)[0].startswith(start)


@pytest.mark.parametrize("fast_world", [{"warm_runs": 1}], indirect=True)
def test_a_job_outlives_the_replacement_of_its_warm_process(fast_world: World, host: LinuxHost) -> None:
    waiting = "until [ -e /run/go-on ]; do sleep 0.2; done"
    first = Task(1, Role.MAIN, f"ansible.builtin.command: {{argv: [sh, -c, '{waiting}']}}\nchanged_when: false")
    [state] = fast_world.settings.runtime.glob("w/*/state.json")
    before = state.read_text()
    job = fast_world.launching.launch(fast_world.plan([first, replace(WHO, step=2)], [_target(host)]), ACTOR)
    _under_way(fast_world, job.id)
    try:
        wait_for(lambda: state.exists() and _pid(state.read_text()), lambda pid: pid and pid != _pid(before), 60)
        time.sleep(3)  # the host has let go of the one before
        assert hot.count(fast_world.settings.runtime) == 1
    finally:
        host.run("touch", "/run/go-on")
    assert fast_world.ended(job.id).status is JobStatus.SUCCEEDED
    host.run("rm", "/run/go-on")
    wait_for(lambda: [*fast_world.settings.runtime.glob("w/*/*/m")], lambda found: len(found) == 1)
    assert _run(fast_world, _target(host))[0] is JobStatus.SUCCEEDED


def test_where_a_target_may_be_cut_off_a_job_is_plain_and_says_why(fast_world: World, host: LinuxHost) -> None:
    plan = fast_world.plan([ENDLESS, replace(WHO, step=2)], [_target(host)], options=Options(target_timeout=3))
    job = fast_world.launching.launch(plan, ACTOR)
    assert fast_world.ended(job.id).status is JobStatus.FAILED
    [end] = [e for e in fast_world.following.events(job.id) if e.kind is EventKind.SLICE_ENDED]
    assert (end.data["profile"], "cuts off" in end.data["plain"]) == ("plain", True)
    assert "sleep 600" not in host.run("ps", "-e", "-o", "args")


def _pid(state: str) -> int:
    return int(json.loads(state)["pid"])


def _multiplexer(world: World) -> int:
    """The process below the warm one."""
    [state] = [*world.settings.runtime.glob("w/*/state.json")]
    warm = _pid(state.read_text())
    [pid] = [
        pid
        for pid in processes.descendants(warm)
        if Path(f"/proc/{pid}/stat").read_text().split()[3] == str(warm)
        and processes.MARK + "=" + processes.PLACEHOLDER in Path(f"/proc/{pid}/environ").read_text()
    ]
    return pid


def test_without_its_multiplexer_a_job_ends_and_the_next_one_runs(fast_world: World, host: LinuxHost) -> None:
    assert _run(fast_world, _target(host))[0] is JobStatus.SUCCEEDED
    victim = _multiplexer(fast_world)
    job = fast_world.launching.launch(fast_world.plan([ENDLESS], [_target(host)]), ACTOR)
    slice_id = _under_way(fast_world, job.id)
    wait_for(lambda: "sleep 600" in host.run("ps", "-e", "-o", "args"), bool)
    os.kill(victim, signal.SIGKILL)
    ended = fast_world.ended(job.id, 30)
    assert ended.status in (JobStatus.INTERRUPTED, JobStatus.FAILED), ended
    [result] = fast_world.following.results(job.id)
    assert result.status in (ResultStatus.UNKNOWN, ResultStatus.UNREACHABLE), result
    assert processes.marked(slice_id) == []
    host.run("sh", "-c", "pkill sleep || true")
    assert _run(fast_world, _target(host))[0] is JobStatus.SUCCEEDED  # cold, when no other is ready yet
    wait_for(lambda: [*fast_world.settings.runtime.glob("w/*/s")], bool, 60)
    with contextlib.suppress(ProcessLookupError):
        assert _multiplexer(fast_world) != victim
    last = fast_world.launching.launch(fast_world.plan([WHO], [_target(host)]), ACTOR)
    assert fast_world.ended(last.id).status is JobStatus.SUCCEEDED
    assert fast_world.start_of(last.id) == ["warm"]


def test_a_task_whose_time_is_up_does_not_hold_the_next_one(fast_world: World, host: LinuxHost) -> None:
    slow = Task(1, Role.MAIN, "ansible.builtin.command: sleep 60\nchanged_when: false\ntimeout: 2\nignore_errors: true")
    began = time.monotonic()
    _run(fast_world, _target(host), slow, Task(2, Role.MAIN, "ansible.builtin.command: 'true'\nchanged_when: false"))
    assert time.monotonic() - began < 40


def test_switched_off_there_is_nothing_but_plain(fast_world: World, host: LinuxHost) -> None:
    fast_world.local.settings = fast_world.settings.model_copy(update={"warm_start": False})
    fast_world.local._standby = None
    job = fast_world.launching.launch(fast_world.plan([WHO], [_target(host)]), ACTOR)
    assert fast_world.ended(job.id).status is JobStatus.SUCCEEDED
    [end] = [e for e in fast_world.following.events(job.id) if e.kind is EventKind.SLICE_ENDED]
    assert (end.data["profile"], end.data["start"]) == ("plain", "cold: switched off")
