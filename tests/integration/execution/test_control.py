# SPDX-License-Identifier: Apache-2.0
"""Pausing, cancelling and losing a job that really runs: what the operator sees, and what is left on the machine."""

import os
import signal
import time
from pathlib import Path

import pytest

from opsconductor.db.repositories.slices import SliceRepository
from opsconductor.domain.jobs import JobStatus, Slice, SliceStatus
from opsconductor.domain.results import ResultStatus, Role
from opsconductor.execution import processes
from tests.fixtures.job_world import STARTS, Task, World, local_target, wait_for

pytestmark = pytest.mark.parametrize(*STARTS, indirect=True)
QUICK = "ansible.builtin.command: 'true'\nchanged_when: false"
#: Runs for a time no test waits for, unless it is ended.
ENDLESS = "ansible.builtin.command: sleep 600\nchanged_when: false"


def _slice(world: World, job_id: str) -> Slice | None:
    with world.database.reading() as session:
        pieces = SliceRepository(session).of_job(job_id)
    return pieces[0] if pieces else None


def _cell(world: World, job_id: str, step: int, target: str) -> ResultStatus:
    return next(r.status for r in world.following.results(job_id) if (r.step, r.target) == (step, target))


def _running(world: World, job_id: str, step: int, target: str) -> Slice:
    """Wait until the step is under way; its slice."""
    wait_for(lambda: _cell(world, job_id, step, target), lambda status: status is ResultStatus.RUNNING, 60)
    piece = _slice(world, job_id)
    assert piece is not None
    wait_for(lambda: processes.marked(piece.id), bool)
    return piece


def test_cancelling_ends_the_step_under_way_and_leaves_no_process(world: World) -> None:
    plan = world.plan(
        [Task(1, Role.MAIN, QUICK), Task(2, Role.MAIN, ENDLESS), Task(3, Role.MAIN, QUICK)],
        [local_target("one"), local_target("two")],
    )
    job = world.launching.launch(plan, "local:tester")
    piece = _running(world, job.id, 2, "one")
    asked = time.monotonic()
    world.jobs.cancel(job.id, "local:tester", "wrong window")
    ended = world.ended(job.id)
    assert time.monotonic() - asked < 5  # half a second on a machine that does nothing else
    assert ended.status is JobStatus.CANCELLED
    assert ended.reason == "cancelled by local:tester: wrong window"
    assert ended.complete
    cells = {(r.step, r.target): r for r in world.following.results(job.id)}
    assert cells[1, "one"].status is ResultStatus.OK
    assert cells[2, "one"].status is ResultStatus.CANCELLED
    assert cells[3, "one"].status is ResultStatus.NOT_RUN
    assert cells[3, "one"].reason == ended.reason
    assert processes.marked(piece.id) == []


def test_a_paused_job_starts_no_step_until_it_is_resumed(world: World, tmp_path: Path) -> None:
    go, seen = tmp_path / "go", tmp_path / "seen"
    plan = world.plan(
        [
            Task(1, Role.MAIN, f"ansible.builtin.wait_for: {{path: {go}, timeout: 60}}"),
            Task(2, Role.MAIN, f"ansible.builtin.file: {{path: {seen}, state: touch, mode: '0600'}}"),
        ],
        [local_target("one")],
    )
    job = world.launching.launch(plan, "local:tester")
    _running(world, job.id, 1, "one")
    assert world.jobs.pause(job.id, "local:tester").status is JobStatus.PAUSED
    go.touch()
    wait_for(lambda: _cell(world, job.id, 1, "one"), lambda status: status is ResultStatus.OK)
    time.sleep(1.0)  # long enough for the second step to begin if nothing held it
    assert not seen.exists()
    assert _cell(world, job.id, 2, "one") is ResultStatus.PENDING
    world.jobs.resume(job.id, "local:tester")
    assert world.ended(job.id).status is JobStatus.SUCCEEDED
    assert seen.exists()


def test_a_killed_supervisor_leaves_nothing_running_and_an_honest_job(world: World) -> None:
    plan = world.plan(
        [Task(1, Role.MAIN, QUICK), Task(2, Role.MAIN, ENDLESS), Task(3, Role.MAIN, QUICK)], [local_target("one")]
    )
    job = world.launching.launch(plan, "local:tester")
    piece = _running(world, job.id, 2, "one")
    assert piece.supervisor_pid is not None
    os.kill(piece.supervisor_pid, signal.SIGKILL)
    ended = world.ended(job.id, 20)
    assert ended.status is JobStatus.INTERRUPTED
    assert ended.complete
    statuses = [r.status for r in world.following.results(job.id)]
    assert statuses == [ResultStatus.OK, ResultStatus.UNKNOWN, ResultStatus.NOT_RUN]
    assert processes.marked(piece.id) == []
    buried = _slice(world, job.id)
    assert buried is not None
    assert buried.status is SliceStatus.INTERRUPTED


def test_a_killed_guardian_takes_its_supervisor_along(world: World) -> None:
    plan = world.plan([Task(1, Role.MAIN, ENDLESS), Task(2, Role.MAIN, QUICK)], [local_target("one")])
    job = world.launching.launch(plan, "local:tester")
    piece = _running(world, job.id, 1, "one")
    status = Path(f"/proc/{piece.supervisor_pid}/status").read_text(encoding="utf-8")
    guardian = int(next(line for line in status.splitlines() if line.startswith("PPid:")).split()[1])
    os.kill(guardian, signal.SIGKILL)
    assert world.ended(job.id, 20).status is JobStatus.INTERRUPTED
    assert [r.status for r in world.following.results(job.id)] == [ResultStatus.UNKNOWN, ResultStatus.NOT_RUN]
    assert processes.marked(piece.id) == []
