# SPDX-License-Identifier: Apache-2.0
"""Jobs whose Ansible is a fork of the warm process: the same results as cold, and nothing left whatever is killed."""

import contextlib
import json
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from opsconductor.db.repositories.slices import SliceRepository
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.results import ResultStatus, Role
from opsconductor.execution import processes
from opsconductor.execution.warm_profile import socket_of
from tests.fixtures.job_world import Task, World, local_target, wait_for
from tests.fixtures.told_jobs import told

QUICK = "ansible.builtin.command: 'true'\nchanged_when: false"
#: Hosts take turns, so that events come in one order.
ALONE = "\nthrottle: 1"
TASKS = [
    Task(1, Role.CAPTURE, "ansible.builtin.set_fact: {opsc_s1: {state: 'known {{ 6 * 7 }}'}}" + ALONE, last=False),
    Task(1, Role.MAIN, "ansible.builtin.command: {argv: [printf, 'caf\\351 %s', '{{ inventory_hostname }}']}" + ALONE),
    Task(2, Role.MAIN, "ansible.builtin.command: {argv: [sh, -c, 'umask; env; test -t 0; exit 3']}" + ALONE),
    Task(3, Role.MAIN, QUICK),
]


@pytest.fixture
def warm_world(world: World) -> Any:
    with world.warm() as folder:
        yield world, folder


def test_a_warm_job_tells_the_same_as_a_cold_one(world: World) -> None:
    plan = world.plan(TASKS, [local_target("one"), local_target("two")])
    cold = world.launching.launch(plan, "local:tester")
    assert world.ended(cold.id).status is JobStatus.FAILED
    assert world.start_of(cold.id) == ["cold: there is no warm process"]
    with world.warm():
        warm = [world.launching.launch(plan, "local:tester") for _ in range(2)]
        for job in warm:
            world.ended(job.id)
            assert world.start_of(job.id) == ["warm"]
            assert told(world, job.id) == told(world, cold.id)
    keys = [{e.key for e in world.following.events(job.id) if e.task} for job in warm]
    assert keys[0].isdisjoint(keys[1]), "ids of tasks are made from what is read at import"


def test_without_its_warm_process_a_job_starts_cold_and_says_so(warm_world: tuple[World, Path]) -> None:
    world, folder = warm_world
    socket_of(folder).unlink()
    with socket.socket(socket.AF_UNIX) as deaf:  # accepts, and never answers
        deaf.bind(str(socket_of(folder)))
        deaf.listen()
        job = world.launching.launch(world.plan([Task(1, Role.MAIN, QUICK)], [local_target("one")]), "local:tester")
        assert world.ended(job.id).status is JobStatus.SUCCEEDED
    [start] = world.start_of(job.id)
    assert start.startswith("cold: the warm process does not answer")


def test_a_job_that_the_warm_process_would_take_too_late_goes_on_cold(
    warm_world: tuple[World, Path], tmp_path: Path
) -> None:
    world, folder = warm_world
    go = tmp_path / "go"
    wait = Task(1, Role.MAIN, f"ansible.builtin.wait_for: {{path: {go}, timeout: 60}}")
    plan = world.plan([wait], [local_target("one")])
    warm = _pid(folder)
    os.kill(warm, signal.SIGSTOP)
    try:
        job = world.launching.launch(plan, "local:tester")
        wait_for(lambda: world.following.results(job.id)[0].status, lambda s: s is ResultStatus.RUNNING, 60)
    finally:
        os.kill(warm, signal.SIGCONT)
    time.sleep(1)
    go.touch()
    assert world.ended(job.id).status is JobStatus.SUCCEEDED
    [start] = world.start_of(job.id)
    assert start.startswith("cold: the warm process does not answer")


def _state(folder: Path) -> dict[str, Any]:
    state: dict[str, Any] = json.loads((folder / "state.json").read_text())
    return state


def _pid(folder: Path) -> int:
    return int(_state(folder)["pid"])


def test_another_ansible_cfg_is_no_run_for_the_warm_process(warm_world: tuple[World, Path]) -> None:
    world, _folder = warm_world
    plan = world.plan([Task(1, Role.MAIN, QUICK)], [local_target("one")])
    commit = world.records[plan].commit
    (world.commits.root / str(commit) / "ansible.cfg").write_text("[defaults]\nforks = 3\n", encoding="utf-8")
    job = world.launching.launch(plan, "local:tester")
    assert world.ended(job.id).status is JobStatus.SUCCEEDED
    assert world.start_of(job.id) == ["cold: there is no warm process"]


def _named(pid: int, word: bytes) -> bool:
    try:
        return word in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _launcher(slice_id: str, _world: World, _folder: Path) -> list[int]:
    return [pid for pid in processes.marked(slice_id) if _named(pid, b"launcher.py")]


def _warm(slice_id: str, _world: World, _folder: Path) -> list[int]:
    """Forks of the warm process, the oldest first: its keeper, then Ansible, then workers."""
    return sorted(pid for pid in processes.marked(slice_id) if _named(pid, b"opsconductor.warm"))


def _keeper(slice_id: str, world: World, folder: Path) -> list[int]:
    return _warm(slice_id, world, folder)[:1]


def _ansible(slice_id: str, world: World, folder: Path) -> list[int]:
    return _warm(slice_id, world, folder)[1:2]


def _whole(slice_id: str, world: World, folder: Path) -> list[int]:
    """Everything there is but the API: guardian and supervisor, launcher, keeper, Ansible, the warm process."""
    with world.database.reading() as session:
        supervisor = SliceRepository(session).get(slice_id).supervisor_pid
    assert supervisor is not None
    status = Path(f"/proc/{supervisor}/status").read_text(encoding="utf-8")
    guardian = int(next(line for line in status.splitlines() if line.startswith("PPid:")).split()[1])
    found = [guardian, supervisor, *_launcher(slice_id, world, folder), *_warm(slice_id, world, folder)[:2]]
    return [*found, _pid(folder)]


@pytest.mark.parametrize("whom", [_launcher, _keeper, _ansible, _whole])
def test_whoever_is_killed_nothing_runs_on(
    whom: Callable[[str, World, Path], list[int]], warm_world: tuple[World, Path]
) -> None:
    world, folder = warm_world
    endless = Task(1, Role.MAIN, "ansible.builtin.command: sleep 600\nchanged_when: false")
    plan = world.plan([endless, Task(2, Role.MAIN, QUICK)], [local_target("one"), local_target("two")])
    job = world.launching.launch(plan, "local:tester")
    slice_id = _under_way(world, job.id)
    wait_for(lambda: [pid for pid in processes.marked(slice_id) if _named(pid, b"sleep\x00600")], bool)
    victims = whom(slice_id, world, folder)
    assert victims
    for pid in victims:
        with contextlib.suppress(ProcessLookupError):  # one ends with another
            os.kill(pid, signal.SIGKILL)
    ended = world.ended(job.id, 30)
    assert (ended.status, ended.complete) == (JobStatus.INTERRUPTED, True)
    assert world.start_of(job.id) == ["warm"]
    found = {(r.step, r.target): r.status for r in world.following.results(job.id)}
    assert found[1, "one"] is ResultStatus.UNKNOWN
    assert found[2, "one"] is ResultStatus.NOT_RUN
    assert processes.marked(slice_id) == []


def test_the_warm_process_outlives_keepers_that_are_killed_together(warm_world: tuple[World, Path]) -> None:
    world, folder = warm_world
    endless = Task(1, Role.MAIN, "ansible.builtin.command: sleep 600\nchanged_when: false")
    jobs = [world.launching.launch(world.plan([endless], [local_target(n)]), "local:tester").id for n in ("one", "two")]
    slices = [_under_way(world, job) for job in jobs]
    warm = _pid(folder)
    os.kill(warm, signal.SIGSTOP)
    for slice_id in slices:
        os.kill(_keeper(slice_id, world, folder)[0], signal.SIGKILL)
    os.kill(warm, signal.SIGCONT)
    assert [world.ended(job, 30).status for job in jobs] == [JobStatus.INTERRUPTED] * 2
    assert [processes.marked(slice_id) for slice_id in slices] == [[], []]
    wait_for(lambda: processes.descendants(warm), lambda below: not below)
    again = world.launching.launch(world.plan([Task(1, Role.MAIN, QUICK)], [local_target("one")]), "local:tester")
    assert world.ended(again.id).status is JobStatus.SUCCEEDED
    assert (_pid(folder), world.start_of(again.id)) == (warm, ["warm"])


def test_a_job_outlives_the_warm_process_and_the_next_has_another(
    warm_world: tuple[World, Path], tmp_path: Path
) -> None:
    world, folder = warm_world
    go = tmp_path / "go"
    plan = world.plan(
        [Task(1, Role.MAIN, f"ansible.builtin.wait_for: {{path: {go}, timeout: 60}}"), Task(2, Role.MAIN, QUICK)],
        [local_target("one")],
    )
    job = world.launching.launch(plan, "local:tester")
    _under_way(world, job.id)
    first = _pid(folder)
    os.kill(first, signal.SIGKILL)
    go.touch()
    assert world.ended(job.id).status is JobStatus.SUCCEEDED
    wait_for(lambda: _pid(folder), lambda pid: pid != first, 60)
    again = world.launching.launch(plan, "local:tester")
    assert world.ended(again.id).status is JobStatus.SUCCEEDED
    assert world.start_of(again.id) == ["warm"]


def test_after_its_runs_the_warm_process_has_a_successor(world: World) -> None:
    world.settings = world.settings.model_copy(update={"warm_runs": 1})
    plan = world.plan([Task(1, Role.MAIN, QUICK)], [local_target("one")])
    with world.warm() as folder:
        first = _pid(folder)
        job = world.launching.launch(plan, "local:tester")
        assert world.ended(job.id).status is JobStatus.SUCCEEDED
        wait_for(lambda: _pid(folder), lambda pid: pid != first, 60)
        wait_for(lambda: Path(f"/proc/{first}").exists(), lambda there: not there)
        again = world.launching.launch(plan, "local:tester")
        assert world.ended(again.id).status is JobStatus.SUCCEEDED
        assert [*world.start_of(job.id), *world.start_of(again.id)] == ["warm", "warm"]


def _under_way(world: World, job_id: str) -> str:
    """Wait until step 1 runs warm; the slice's id."""
    wait_for(lambda: world.following.results(job_id)[0].status, lambda status: status is ResultStatus.RUNNING, 60)
    with world.database.reading() as session:
        slice_id = SliceRepository(session).of_job(job_id)[0].id
    assert wait_for(lambda: [pid for pid in processes.marked(slice_id) if _named(pid, b"opsconductor.warm")], bool)
    return slice_id
