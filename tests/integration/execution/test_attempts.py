# SPDX-License-Identifier: Apache-2.0
"""Going on with jobs that have ended: real supervisors, real Ansible; what ran how often is counted on the target."""

import os
import signal
from pathlib import Path

import pytest

from opsconductor.db.repositories.slices import SliceRepository
from opsconductor.domain.attempts import Answers
from opsconductor.domain.events import EventKind
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.plans import Options
from opsconductor.domain.results import ResultStatus, Role
from opsconductor.errors import Conflict, NotApproved
from opsconductor.services.attempts import RepeatOrSkip
from tests.fixtures.job_world import Task, World, local_target, wait_for
from tests.fixtures.scripted_supervisors import ScriptedSupervisors, begin, event, finish

OK, CHANGED = ResultStatus.OK, ResultStatus.CHANGED


def _counting(step: int, folder: Path, then: str = "true") -> Task:
    """A step that leaves a line on its target each time it runs, before it does something."""
    script = f"echo run >> {folder}/{{{{ inventory_hostname }}}}-{step}; {then}"
    when = f"when: {step} not in opsc_done | default([])"
    return Task(step, Role.MAIN, f'ansible.builtin.command: {{argv: [sh, -c, "{script}"]}}\n{when}')


def _runs(folder: Path, step: int, target: str) -> int:
    path = folder / f"{target}-{step}"
    return len(path.read_text().splitlines()) if path.exists() else 0


def _cells(world: World, job_id: str) -> dict[tuple[int, str], ResultStatus]:
    return {(r.step, r.target): r.status for r in world.following.results(job_id)}


def test_a_retry_begins_at_the_step_that_failed_and_leaves_good_targets_alone(world: World, tmp_path: Path) -> None:
    lucky = tmp_path / "lucky"
    tasks = [
        _counting(1, tmp_path),
        _counting(2, tmp_path, f"[ {{{{ inventory_hostname }}}} = one ] || [ -e {lucky} ]"),
        _counting(3, tmp_path),
    ]
    plan = world.plan(tasks, [local_target("one"), local_target("two")], repeatable=True)
    job = world.launching.launch(plan, "local:tester")
    assert world.ended(job.id).status is JobStatus.PARTIALLY_FAILED
    lucky.touch()
    again = world.attempts.retry(job.id, "local:other")
    assert (again.status, again.attempt, again.complete) == (JobStatus.QUEUED, 2, False)
    ended = world.ended(job.id)
    assert (ended.status, ended.complete) == (JobStatus.SUCCEEDED, True)
    assert set(_cells(world, job.id).values()) == {CHANGED}
    counted = [[_runs(tmp_path, step, name) for step in (1, 2, 3)] for name in ("one", "two")]
    assert counted == [[1, 1, 1], [1, 2, 1]]
    with pytest.raises(Conflict, match="nothing to retry"):
        world.attempts.retry(job.id, "local:other")


def test_an_interrupted_job_is_resumed_behind_what_is_done_and_asks_about_what_was_under_way(
    world: World, tmp_path: Path
) -> None:
    lucky = tmp_path / "lucky"
    tasks = [_counting(1, tmp_path), _counting(2, tmp_path, f"[ -e {lucky} ] || sleep 600"), _counting(3, tmp_path)]
    plan = world.plan(tasks, [local_target("one"), local_target("two")])
    job = world.launching.launch(plan, "local:tester")
    wait_for(lambda: [_runs(tmp_path, 2, name) for name in ("one", "two")], lambda runs: runs == [1, 1], 60)
    with world.database.reading() as session:
        [piece] = SliceRepository(session).of_job(job.id)
    assert piece.supervisor_pid is not None
    os.kill(piece.supervisor_pid, signal.SIGKILL)
    assert world.ended(job.id).status is JobStatus.INTERRUPTED
    lucky.touch()
    with pytest.raises(RepeatOrSkip) as asked:
        world.attempts.resume(job.id, "local:tester")
    assert [(c["step"], c["target"]) for c in asked.value.context["cells"]] == [(2, "one"), (2, "two")]
    assert "--repeat 2" in str(asked.value)
    world.attempts.resume(job.id, "local:tester", Answers(repeat=("2:one",), skip=("2",)))
    ended = world.ended(job.id)
    assert (ended.status, ended.complete, ended.attempt) == (JobStatus.SUCCEEDED, True, 2)
    cells = _cells(world, job.id)
    assert (cells[2, "one"], cells[2, "two"]) == (CHANGED, ResultStatus.SKIPPED)
    counted = [[_runs(tmp_path, step, name) for step in (1, 2, 3)] for name in ("one", "two")]
    assert counted == [[1, 2, 1], [1, 1, 1]]


def _round(desk: World, supervisors: ScriptedSupervisors, failed: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    desk.dispatcher.tick()
    pieces = supervisors.take()
    for piece in pieces:
        finish(desk.database, piece, failed)
    return [piece.targets for piece in pieces]


def test_a_job_that_lost_its_supervisor_when_all_was_done_has_ended_well(
    desk: World, supervisors: ScriptedSupervisors
) -> None:
    ping = [Task(1, Role.MAIN, "ansible.builtin.ping: {}")]
    plan = desk.plan(ping, [local_target(n) for n in ("a", "b")], options=Options(batch=1))
    job = desk.launching.launch(plan, "local:tester").id
    _lose(desk, supervisors)
    first = desk.jobs.get(job)
    assert (first.status, first.reason) == (JobStatus.INTERRUPTED, "a slice has ended early")
    desk.attempts.resume(job, "local:tester")
    _lose(desk, supervisors)
    last = desk.jobs.get(job)
    assert (last.status, last.reason, last.complete) == (JobStatus.SUCCEEDED, None, True)


def _lose(desk: World, supervisors: ScriptedSupervisors) -> None:
    """The next slice does its work, and its supervisor is lost before it has said so."""
    desk.dispatcher.tick()
    [piece] = supervisors.take()
    begin(desk.database, piece).store([event(piece, t, EventKind.TARGET_OK) for t in piece.targets])
    supervisors.dead.add(piece.id)
    desk.dispatcher.tick()  # buries it
    desk.dispatcher.tick()


def test_a_retry_has_batches_and_limits_of_its_own(desk: World, supervisors: ScriptedSupervisors) -> None:
    names = ("a", "b", "c", "d", "e")
    ping = [Task(1, Role.MAIN, "ansible.builtin.ping: {}")]
    plan = desk.plan(ping, [local_target(n) for n in names], options=Options(batch=2, max_fail=1), repeatable=True)
    job = desk.launching.launch(plan, "local:tester").id
    assert _round(desk, supervisors, failed=("a", "b")) == [("a", "b")]
    assert _round(desk, supervisors) == []
    assert desk.jobs.get(job).reason == "max_fail: 2 of 5 failed, 1 allowed"
    desk.attempts.retry(job, "local:tester", only=["a", "c", "d"])
    assert _round(desk, supervisors, failed=("a",)) == [("a", "c")]
    assert _round(desk, supervisors) == [("d",)]
    desk.dispatcher.tick()
    assert desk.jobs.get(job).status is JobStatus.PARTIALLY_FAILED
    cells = {target: status for (_, target), status in _cells(desk, job).items()}
    assert cells == {
        "a": ResultStatus.FAILED,
        "b": ResultStatus.FAILED,
        "c": OK,
        "d": OK,
        "e": ResultStatus.NOT_RUN,
    }


def test_a_retry_needs_the_approval_to_hold_still(desk: World, supervisors: ScriptedSupervisors) -> None:
    ping = [Task(1, Role.MAIN, "ansible.builtin.ping: {}")]
    job = desk.launching.launch(desk.plan(ping, [local_target("a")], repeatable=True), "local:tester").id
    assert _round(desk, supervisors, failed=("a",)) == [("a",)]
    desk.dispatcher.tick()
    before = desk.jobs.get(job)
    desk.changed = "target a has changed"
    with pytest.raises(NotApproved, match="has changed"):
        desk.attempts.retry(job, "local:tester")
    assert desk.jobs.get(job) == before
