# SPDX-License-Identifier: Apache-2.0
"""Seven steps on fifty SSH targets, as a job and by plain `ansible-playbook`, tuned and with its default settings; and
how soon a job on one of them shows its first event and its first result.

The playbook is written by hand, and what a job's start checks of its approval is left out: the rest is the product's.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from getpass import getuser
from pathlib import Path
from typing import Literal

import yaml

from opsconductor.domain.events import EventKind
from opsconductor.domain.inventory import BoundTarget
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.results import Role
from opsconductor.execution.profiles import FAST, PLAIN
from tests.fixtures.job_world import Task, World
from tests.fixtures.plain_ansible import ANSIBLE_PLAYBOOK
from tests.fixtures.ssh_hosts import PORT, PYTHON, SshHosts

#: Seconds from the launch to the first event of Ansible, and to the first result over SSH.
EVENT_GOAL, RESULT_GOAL = 0.15, 0.3
_QUIET = "\nchanged_when: false"
#: What a tuner sets. Of the defaults, host keys are checked everywhere.
TUNED = {
    "ANSIBLE_FORKS": "50",
    "ANSIBLE_PIPELINING": "True",
    "ANSIBLE_GATHERING": "explicit",
    "ANSIBLE_SSH_ARGS": "-C -o ControlMaster=auto -o ControlPersist=600s",
    "ANSIBLE_TIMEOUT": "60",
}
DEFAULT = {"ANSIBLE_TIMEOUT": "60"}


@dataclass
class Times:
    """Seconds of each run, taken in turns."""

    first: list[float] = field(default_factory=list)  #: the fast profile's first job, with all connections to come
    hot: list[float] = field(default_factory=list)  #: the next one
    cold: list[float] = field(default_factory=list)  #: the plain profile's without a warm process
    job: list[float] = field(default_factory=list)  #: the plain profile's with one
    tuned: list[float] = field(default_factory=list)
    default: list[float] = field(default_factory=list)
    first_event: list[float] = field(default_factory=list)
    first_result: list[float] = field(default_factory=list)
    hot_event: list[float] = field(default_factory=list)
    hot_result: list[float] = field(default_factory=list)


def measure(folder: Path, say: Callable[[str], None], hosts: int = 50, runs: int = 5, starts: int = 20) -> Times:
    """Every kind `runs` times, one after the other, and `starts` jobs on one target; tells each round's seconds."""
    times = Times()
    machines = SshHosts(folder / "hosts", hosts)
    with machines.up():
        for number in range(runs):
            with _world(folder / f"fast-{number}", machines, FAST) as (world, targets), world.warm():
                times.first.append(_job(world, targets, folder / "work", FAST))
                times.hot.append(_job(world, targets, folder / "work", FAST))
                if not number:
                    _starts(world, targets[:1], starts, times.hot_event, times.hot_result)
            with _world(folder / f"home-{number}", machines) as (world, targets):
                times.cold.append(_job(world, targets, folder / "work"))
                with world.warm():
                    times.job.append(_job(world, targets, folder / "work"))
                    if not number:
                        _starts(world, targets[:1], starts, times.first_event, times.first_result)
            times.tuned.append(_plain(folder, machines, TUNED, facts=False))
            times.default.append(_plain(folder, machines, DEFAULT, facts=True))
            taken = {name: getattr(times, name)[-1] for name in ("first", "hot", "cold", "job", "tuned", "default")}
            say(f"ssh, round {number + 1}: " + ", ".join(f"{name} {took:.1f} s" for name, took in taken.items()))
    return times


@contextmanager
def _world(
    home: Path, machines: SshHosts, profile: Literal["plain", "fast"] = PLAIN
) -> Iterator[tuple[World, list[BoundTarget]]]:
    world = World(home, profile=profile)
    targets = machines.targets(world)
    world.queue.start()
    try:
        yield world, targets
    finally:
        world.close()


def steps(work: Path, payload: Path) -> list[Task]:
    """Check, stop, back up, copy, start, verify, log: a service that is a file, so that the way there is measured."""
    own = f"{work}/{{{{ inventory_hostname }}}}"
    texts = [
        f"ansible.builtin.command: {{argv: [cat, '{own}/state']}}{_QUIET}",
        f"ansible.builtin.command: {{argv: [sh, -c, 'echo stopped > {own}/state']}}",
        f"ansible.builtin.copy: {{src: '{own}/program', dest: '{own}/program.old', remote_src: true, mode: '0644'}}",
        f"ansible.builtin.copy: {{src: {payload}, dest: '{own}/program', mode: '0644'}}",
        f"ansible.builtin.command: {{argv: [sh, -c, 'echo running > {own}/state']}}",
        f"ansible.builtin.command: {{argv: [grep, running, '{own}/state']}}\nregister: seen\nuntil: seen.rc == 0"
        f"\nretries: 3\ndelay: 1{_QUIET}",
        f"ansible.builtin.lineinfile: {{path: '{own}/log', line: done, create: true, mode: '0644'}}",
    ]
    return [Task(number, Role.MAIN, text) for number, text in enumerate(texts, 1)]


def _fresh(work: Path, names: list[str]) -> Path:
    """Every target's folder as it is before the job; the file that is copied."""
    shutil.rmtree(work, ignore_errors=True)
    for name in names:
        (work / name).mkdir(parents=True)
        (work / name / "state").write_text("running\n", encoding="utf-8")
        (work / name / "program").write_bytes(b"old" * 1000)
    payload = work / "payload"
    payload.write_bytes(os.urandom(200_000))
    return payload


def _job(world: World, targets: list[BoundTarget], work: Path, profile: str = PLAIN) -> float:
    payload = _fresh(work, [target.name for target in targets])
    plan = world.plan(steps(work, payload), targets)
    began = time.perf_counter()
    job = world.launching.launch(plan, "local:benchmark")
    ended = world.ended(job.id, 3600)
    took = time.perf_counter() - began
    assert ended.status is JobStatus.SUCCEEDED, ended
    assert ended.complete
    assert world.profiles_of(job.id) == [profile]
    assert all((work / t.name / "log").read_text() == "done\n" for t in targets)
    return took


def _plain(folder: Path, machines: SshHosts, settings: dict[str, str], *, facts: bool) -> float:
    names = [f"host-{number:02}" for number in range(1, len(machines.addresses) + 1)]
    payload = _fresh(folder / "work", names)
    place = folder / "plain"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    tasks = [{"name": f"Step {t.step}", **yaml.safe_load(t.text)} for t in steps(folder / "work", payload)]
    play = [{"hosts": "all", "gather_facts": facts, "tasks": tasks}]
    (place / "playbook.yml").write_text(yaml.safe_dump(play, sort_keys=False), encoding="utf-8")
    shared = {
        "ansible_port": PORT,
        "ansible_user": getuser(),
        "ansible_ssh_private_key_file": str(machines.folder / "key"),
        "ansible_ssh_common_args": f"-F none -o UserKnownHostsFile={machines.folder}/known_hosts -o IdentitiesOnly=yes",
        # Known with default settings, too: what discovery finds depends on the machine. So they fare a little better.
        "ansible_python_interpreter": PYTHON,
    }
    listed = {name: {"ansible_host": address} for name, address in zip(names, machines.addresses, strict=True)}
    (place / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": listed, "vars": shared}}), encoding="utf-8")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OPSCONDUCTOR_", "ANSIBLE_"))}
    environment = {**kept, "ANSIBLE_HOME": str(place), "ANSIBLE_SSH_CONTROL_PATH_DIR": str(place / "cp"), **settings}
    command = [str(ANSIBLE_PLAYBOOK), "-i", "hosts.yml", "playbook.yml"]
    began = time.perf_counter()
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
    took = time.perf_counter() - began
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert all((folder / "work" / name / "log").read_text() == "done\n" for name in names)
    _end_connections(place / "cp")
    return took


def _end_connections(control_paths: Path) -> None:
    """No later run finds a connection made before it."""
    for path in control_paths.glob("*"):
        subprocess.run(["ssh", "-o", f"ControlPath={path}", "-O", "exit", "x"], capture_output=True, check=False)


def _starts(world: World, targets: list[BoundTarget], count: int, events: list[float], results: list[float]) -> None:
    """One command on one target, again and again: until its first event of Ansible, and its result, are stored."""
    plan = world.plan([Task(1, Role.MAIN, f"ansible.builtin.command: 'true'{_QUIET}")], targets)
    for _ in range(count):
        began = time.perf_counter()
        job = world.launching.launch(plan, "local:benchmark")
        events.append(_stored(world, job.id, EventKind.PLAYBOOK_STARTED) - began)
        results.append(_stored(world, job.id, EventKind.TARGET_OK) - began)
        assert world.ended(job.id).status is JobStatus.SUCCEEDED
        assert world.start_of(job.id) == ["warm"]


def _stored(world: World, job_id: str, kind: EventKind) -> float:
    """When an event of this kind was there to be read."""
    end = time.monotonic() + 120
    while not any(event.kind is kind for event in world.following.events(job_id)):
        assert time.monotonic() < end, f"no {kind} after two minutes"
        time.sleep(0.005)
    return time.perf_counter()
