# SPDX-License-Identifier: Apache-2.0
"""Who starts when jobs have to wait: freezes, fairness, capacity, and a long queue; supervisors are scripted."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import insert

from opsconductor.db.repositories.slices import SliceRepository
from opsconductor.db.tables.jobs import JobRow
from opsconductor.domain.freezes import Freeze
from opsconductor.domain.jobs import Job, JobStatus, Priority
from opsconductor.domain.results import Role
from opsconductor.errors import InvalidInput
from opsconductor.execution.capacity import Capacity, Machine
from opsconductor.ids import new_id
from opsconductor.services.jobs import Frozen
from tests.fixtures.job_world import Task, World, local_target
from tests.fixtures.scripted_supervisors import ScriptedSupervisors, finish

PING = [Task(1, Role.MAIN, "ansible.builtin.ping: {}")]
LARGE = Machine(processors=100, free=1 << 40)


@pytest.fixture
def desk(desk: World) -> World:
    """On a large machine."""
    desk.dispatcher.capacity = Capacity(desk.settings, lambda: LARGE)
    return desk


def _launch(
    desk: World, name: str, actor: str = "a", priority: Priority = Priority.NORMAL, *, read_only: bool = False
) -> str:
    return desk.launching.launch(
        desk.plan(PING, [local_target(name)], read_only=read_only), actor, priority=priority
    ).id


def _status(desk: World, job: str) -> tuple[JobStatus, str | None]:
    found = desk.jobs.get(job)
    return found.status, found.reason


def test_while_changes_are_frozen_only_what_reads_starts(desk: World, supervisors: ScriptedSupervisors) -> None:
    frozen = desk.freezing.freeze("local:boss", "audit week")
    assert desk.freezing.freeze("local:other") == frozen
    change, query = _launch(desk, "one"), _launch(desk, "two", read_only=True)
    desk.dispatcher.tick()
    assert [piece.job_id for piece in supervisors.take()] == [query]
    status, reason = _status(desk, change)
    assert status is JobStatus.WAITING
    assert (
        reason == f"freeze: changes are frozen by local:boss since {frozen.created_at:%Y-%m-%d %H:%M} UTC: audit week"
    )
    desk.freezing.lift("local:boss")
    desk.dispatcher.tick()
    assert [piece.job_id for piece in supervisors.take()] == [change]
    actions = [entry.action for entry in desk.audit.list(subject=f"freeze:{frozen.id}").items]
    assert actions == ["freeze.lifted", "freeze.begun"]


def test_a_freeze_pauses_what_runs_and_its_end_goes_on_with_it(desk: World, supervisors: ScriptedSupervisors) -> None:
    change, query = _launch(desk, "one"), _launch(desk, "two", read_only=True)
    held = _launch(desk, "three")
    desk.dispatcher.tick()
    assert len(supervisors.take()) == 3
    desk.jobs.pause(held, "local:tester")
    assert desk.freezing.freeze("local:boss", pause=True).paused == (change,)
    assert _status(desk, change)[0] is JobStatus.PAUSED
    assert "changes are frozen by local:boss" in (_status(desk, change)[1] or "")
    assert _status(desk, query)[0] is JobStatus.RUNNING
    with pytest.raises(Frozen, match="changes are frozen by local:boss"):
        desk.jobs.resume(change, "local:tester")
    desk.freezing.lift("local:boss")
    assert _status(desk, change)[0] is JobStatus.RUNNING
    assert _status(desk, held)[0] is JobStatus.PAUSED, "somebody else has paused it"


def test_a_freeze_that_is_cut_off_while_it_pauses_goes_on_with_what_it_has_paused(
    desk: World, supervisors: ScriptedSupervisors, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = _launch(desk, "one"), _launch(desk, "two")
    desk.dispatcher.tick()
    assert len(supervisors.take()) == 2
    pause = desk.jobs.pause

    def interrupted(job_id: str, *said: Any) -> Job:
        if job_id == second:
            raise KeyboardInterrupt
        return pause(job_id, *said)

    monkeypatch.setattr(desk.jobs, "pause", interrupted)
    with pytest.raises(KeyboardInterrupt):
        desk.freezing.freeze("local:boss", pause=True)
    assert [_status(desk, job)[0] for job in (first, second)] == [JobStatus.PAUSED, JobStatus.RUNNING]
    assert desk.freezing.lift("local:boss").paused == (first,)
    assert _status(desk, first)[0] is JobStatus.RUNNING


def test_a_freeze_that_is_lifted_while_it_pauses_leaves_nothing_paused(
    desk: World, supervisors: ScriptedSupervisors, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [_launch(desk, "one"), _launch(desk, "two")]
    desk.dispatcher.tick()
    assert len(supervisors.take()) == 2
    pause = desk.jobs.pause

    def meanwhile(job_id: str, *said: Any) -> Job:
        if job_id == jobs[1]:
            desk.freezing.lift("local:other")
        return pause(job_id, *said)

    monkeypatch.setattr(desk.jobs, "pause", meanwhile)
    assert desk.freezing.freeze("local:boss", pause=True).paused == (jobs[0],)
    assert [_status(desk, job)[0] for job in jobs] == [JobStatus.RUNNING] * 2


@pytest.mark.usefixtures("any_database")
def test_a_batch_that_starts_while_changes_are_frozen_is_paused(
    desk: World, supervisors: ScriptedSupervisors, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = _launch(desk, "one")
    add = SliceRepository.add
    with ThreadPoolExecutor(1) as pool:
        freezing: list[Future[Freeze]] = []

        def meanwhile(*said: Any, **more: Any) -> Any:
            """The batch has found no freeze, and is not yet stored."""
            freezing.append(pool.submit(desk.freezing.freeze, "local:boss", pause=True))
            time.sleep(0.5)
            return add(*said, **more)

        monkeypatch.setattr(SliceRepository, "add", meanwhile)
        desk.dispatcher.tick()
        assert freezing[0].result(timeout=60).paused == (job,)
    assert len(supervisors.take()) == 1
    assert _status(desk, job)[0] is JobStatus.PAUSED


@pytest.mark.usefixtures("any_database")
def test_whoever_freezes_at_the_same_time_finds_the_same_freeze(desk: World) -> None:
    barrier = Barrier(4)

    def freeze(number: int) -> str:
        barrier.wait()
        return desk.freezing.freeze(f"local:{number}", "audit week").id

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(freeze, range(4)))) == 1


def test_a_reason_is_one_line(desk: World) -> None:
    for reason in ("two\nlines", "x" * 2001):
        with pytest.raises(InvalidInput, match="The reason"):
            desk.freezing.freeze("local:boss", reason)
    assert desk.freezing.freeze("local:boss", "  ").reason is None


def test_everybody_in_turn_and_no_more_than_the_machine_carries(desk: World, supervisors: ScriptedSupervisors) -> None:
    desk.dispatcher.capacity = Capacity(desk.settings, lambda: Machine(processors=0.5, free=1 << 40))
    many = [_launch(desk, f"m{n}", "many") for n in range(3)]
    one = _launch(desk, "o", "one")
    urgent = _launch(desk, "u", "many", Priority.HIGH)
    desk.dispatcher.tick()
    started = supervisors.take()
    assert {piece.job_id for piece in started} == {urgent, one}
    for job in many:
        assert _status(desk, job) == (JobStatus.WAITING, "capacity: this machine runs 2 slices at a time")
    for piece in started:
        finish(desk.database, piece)
    desk.dispatcher.tick()  # ends the two
    desk.dispatcher.tick()
    assert [piece.job_id for piece in supervisors.take()] == many[:2]


def test_a_machine_without_free_memory_runs_one_batch_at_a_time(desk: World, supervisors: ScriptedSupervisors) -> None:
    desk.dispatcher.capacity = Capacity(desk.settings, lambda: Machine(processors=100, free=0))
    first, second = _launch(desk, "one"), _launch(desk, "two")
    desk.dispatcher.tick()
    assert [piece.job_id for piece in supervisors.take()] == [first]
    assert _status(desk, second) == (JobStatus.WAITING, "capacity: not enough free memory for another slice")


def test_ten_thousand_waiting_jobs_do_not_hold_up_a_tick(desk: World, supervisors: ScriptedSupervisors) -> None:
    holder = _launch(desk, "busy")
    desk.dispatcher.tick()
    assert len(supervisors.take()) == 1
    _copies(desk, _launch(desk, "busy"), 10_000)
    free = _launch(desk, "idle")
    began = time.process_time()
    desk.dispatcher.tick()  # reads every specification once
    first = time.process_time() - began
    assert [piece.job_id for piece in supervisors.take()] == [free]
    began = time.process_time()
    desk.dispatcher.tick()
    later = time.process_time() - began
    assert first < 5, first
    assert later < 1, later  # 0.14 s here
    told = [job.reason for job in desk.jobs.recent(limit=200) if job.reason]
    assert set(told) <= {f"lock: held by job {holder} on busy"}


def _copies(desk: World, job: str, count: int) -> None:
    """Queue the job many times over."""
    with desk.database.session() as session:
        row = session.get(JobRow, job)
        assert row is not None
        fields = row.model_dump() | {"approval_id": None}
        rows = [{**fields, "id": new_id(), "idempotency_key": None} for _ in range(count)]
        session.connection().execute(insert(JobRow), rows)
