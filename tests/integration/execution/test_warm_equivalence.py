# SPDX-License-Identifier: Apache-2.0
"""The same job cold and warm tells the same, over every way to reach a target and every end of a task."""

import difflib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr

from opsconductor.domain.assets import Become, ConnectionKind, HostKey
from opsconductor.domain.base import Platform
from opsconductor.domain.credentials import CredentialKind
from opsconductor.domain.inventory import BoundTarget
from opsconductor.domain.plans import Options
from opsconductor.domain.results import Role
from opsconductor.playbooks.configuration import ansible_cfg
from opsconductor.services.credentials import CredentialSpec
from opsconductor.simulate.windows import SimulatorProcess
from tests.fixtures.job_world import Task, World, local_target
from tests.fixtures.linux_hosts import LinuxHostFactory
from tests.fixtures.plain_run import step
from tests.fixtures.telnet_server import ADDRESS, telnet_server
from tests.fixtures.told_jobs import told
from tests.integration.execution.test_connections import host_key_of
from tests.integration.execution.test_cutting import lab_targets
from tests.integration.execution.test_telnet_session import PASSWORD, switch
from tests.integration.inventories.conftest import USER, SshServer, new_key
from tests.lab.lab import Lab

CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[2] / "cases" / "warm_start" / "jobs.yml").read_text(encoding="utf-8")
)
SSH, WINDOWS = "127.73.10.1", "127.73.11.1"
SECRET = "s3cret-0f-the-lighth0use"
#: Ansible writes to an ssh that is about to end, cold and warm alike: then what ssh said is left out.
RACE = "[Errno 32] Broken pipe"


@dataclass
class Both:
    """An installation that starts Ansible either way."""

    world: World
    ssh: SshServer
    windows: SimulatorProcess

    def run(self, plan: str, *, warm: bool) -> str:
        """Start a job; its id."""
        self.world.local.settings = self.world.settings.model_copy(update={"warm_start": warm})
        return self.world.launching.launch(plan, "local:tester").id

    def compare(self, plan: str) -> dict[str, Any]:
        """Cold, then warm: what both have told."""
        found = []
        for warm, start in ((False, "cold: switched off"), (True, "warm")):
            for _ in range(5):
                job_id = self.run(plan, warm=warm)
                self.world.ended(job_id, 180)
                assert set(self.world.start_of(job_id)) == {start}
                one = told(self.world, job_id)
                if RACE not in str(one):
                    break
            found.append(one)
        cold, warmed = ([f"{part}: {entry}" for part, entries in one.items() for entry in entries] for one in found)
        if differences := [line for line in difflib.unified_diff(cold, warmed, lineterm="") if line[0] in "+-"]:
            pytest.fail("\n".join(differences))
        return found[1]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """With an SSH server and simulated Windows hosts."""
    folder = tmp_path_factory.mktemp("both")
    runtime = Path(tempfile.mkdtemp(prefix="opsc-test-", dir="/dev/shm"))
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        stack.callback(shutil.rmtree, runtime, ignore_errors=True)
        server = SshServer(folder / "sshd", SSH)
        server.start()
        stack.callback(server.stop)
        options = ("--count", "2", "--address", WINDOWS, "--port", "5985")
        windows = stack.enter_context(SimulatorProcess(folder / "windows", *options))
        world = World(folder / "opsc", configuration=ansible_cfg(""))
        stack.callback(world.close)
        for name, kind, user, value in (
            ("key", CredentialKind.SSH_KEY, USER, server.private),
            ("win", CredentialKind.PASSWORD, windows.ready["user"], windows.password),
            ("wrong", CredentialKind.PASSWORD, windows.ready["user"], "wr0ng-passw0rd"),
            ("switch", CredentialKind.PASSWORD, "ops", PASSWORD),
            ("a login", CredentialKind.PASSWORD, None, SECRET),
        ):
            world.credentials.add(CredentialSpec(name=name, kind=kind, user=user, value=SecretStr(value)), "test")
        stack.enter_context(world.warm())
        world.queue.start()
        yield Both(world, server, windows)


def _target(both: Both, words: str) -> BoundTarget:
    kind, name, *rest = words.split()
    match kind:
        case "local":
            target = local_target(name)
            if rest:
                target = target.model_copy(update={"become": Become(method=rest[0], user=rest[1])})
            return target
        case "ssh":
            public = new_key()[1] if name == "stranger" else host_key_of(both.ssh)
            port = 9 if name == "closed" else both.ssh.port
            key = HostKey(kind=public.split()[0], public=public.split()[1], fingerprint="SHA256:x")
            login = {"user": USER, "credential": "key", "host_keys": (key,), "kind": ConnectionKind.SSH}
            return local_target(name).model_copy(update={"address": SSH, "port": port, **login})
    host = both.windows.ready["hosts"][name == "two"]
    return BoundTarget(
        asset_id=words,
        name=f"{kind}-{name}",
        platform=Platform.WINDOWS,
        kind=ConnectionKind(kind),
        address=host["address"],
        port=host["port"],
        user=both.windows.ready["user"],
        credential="wrong" if name == "wrong" else "win",
        settings={"scheme": "http", "transport": "ntlm"},
    )


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=case["name"], marks=() if case.get("sample") else pytest.mark.soak) for case in CASES],
)
def test_a_warm_job_tells_what_a_cold_one_tells(case: dict[str, Any], both: Both) -> None:
    tasks = [Task(number, Role(role), text, *last) for number, role, text, *last in case["tasks"]]
    targets = [_target(both, words) for words in case["targets"]]
    options = Options(dry_run=case.get("dry_run", False))
    plan = both.world.plan(tasks, targets, options=options, secrets=case.get("secrets"))
    found = both.compare(plan)
    assert SECRET not in str(found)
    assert found["cells"]
    assert {lost for _lane, _status, _code, lost, _message in found["ends"]} == {0}


def test_over_telnet_too(both: Both) -> None:
    with telnet_server(switch) as there:
        target = BoundTarget(
            asset_id="switch",
            name="switch",
            platform=Platform.LINUX,
            kind=ConnectionKind.TELNET,
            address=ADDRESS,
            port=there.port,
            user="ops",
            credential="switch",
        )
        steps = [step("command.run", command=["show", "log"]), step("command.run", command=["reload"])]
        found = both.compare(both.world.rendered(steps, [target], {}))
    assert PASSWORD not in str(found)


@pytest.mark.soak
def test_files_are_delivered(both: Both) -> None:
    content = bytes(range(256)) * (16 << 10)
    plan = both.world.rendered(
        [step("file.copy", src="big.bin", dest="C:\\Temp\\big.bin"), step("file.delete", path="C:\\Temp\\big.bin")],
        [_target(both, "winrm one"), _target(both, "winrm two")],
        {"big.bin": content},
    )
    found = both.compare(plan)
    assert {cell[2].value for cell in found["cells"]} == {"changed"}


@pytest.mark.soak
def test_several_at_once(both: Both) -> None:
    tasks = [
        Task(1, Role.MAIN, "ansible.builtin.command: {argv: [sh, -c, 'sleep 0.3; echo {{ inventory_hostname }}']}"),
        Task(2, Role.MAIN, "ansible.builtin.debug: {msg: '{{ inventory_hostname }}'}"),
    ]
    plans = [both.world.plan(tasks, [local_target(f"t{n}-{m}") for m in (1, 2)]) for n in range(5)]
    jobs = {warm: [both.run(plan, warm=warm) for plan in plans] for warm in (False, True)}
    for job_id in (*jobs[False], *jobs[True]):
        both.world.ended(job_id, 180)
    assert {start for job_id in jobs[True] for start in both.world.start_of(job_id)} == {"warm"}
    for cold, warm in zip(jobs[False], jobs[True], strict=True):
        assert told(both.world, warm) == told(both.world, cold)


@pytest.mark.soak
def test_root_by_sudo_on_real_hosts(both: Both, linux_lab: Lab, module_linux_hosts: LinuxHostFactory) -> None:
    """With the right password, a wrong one, and without."""
    hosts = module_linux_hosts("warm-1", "warm-2")
    [known, other] = lab_targets(both.world, linux_lab, hosts)
    sudo = Become(method="sudo", user="root", credential="wrong")
    refused = known.model_copy(update={"name": "refused", "asset_id": "refused", "become": sudo})
    tasks = [
        Task(1, Role.MAIN, "ansible.builtin.command: {argv: [id, -un]}\nchanged_when: false"),
        Task(2, Role.MAIN, "ansible.builtin.slurp: {src: /etc/shadow}\nno_log: true"),
    ]
    found = both.compare(both.world.plan(tasks, [known, other, refused]))
    ends = {(cell[0], cell[1]): cell[2].value for cell in found["cells"]}
    assert (ends[2, known.name], ends[2, other.name], ends[2, "refused"]) == ("ok", "ok", "not_run")
