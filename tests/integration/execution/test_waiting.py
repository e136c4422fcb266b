# SPDX-License-Identifier: Apache-2.0
"""Jobs that wait: for room, for others, for somebody who freezes; supervisors are scripted."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from opsconductor.clock import utc_now
from opsconductor.db.repositories.events import EventRepository
from opsconductor.db.repositories.freezes import FreezeRepository
from opsconductor.domain.base import Platform
from opsconductor.domain.events import JobEvent
from opsconductor.domain.freezes import Freeze
from opsconductor.domain.jobs import JobStatus, Priority
from opsconductor.domain.plans import Options
from opsconductor.domain.results import Role
from opsconductor.errors import OpsConductorError
from opsconductor.execution.capacity import Capacity, Machine
from opsconductor.ids import new_id
from opsconductor.services.jobs import Frozen
from tests.fixtures.job_world import Task, World, local_target
from tests.fixtures.scripted_supervisors import ScriptedSupervisors, finish

PING = [Task(1, Role.MAIN, "ansible.builtin.ping: {}")]


@pytest.fixture
def desk(desk: World) -> World:
    """On a large machine."""
    desk.dispatcher.capacity = Capacity(desk.settings, lambda: Machine(processors=100, free=1 << 40))
    return desk


def _launch(desk: World, name: str) -> str:
    return desk.launching.launch(desk.plan(PING, [local_target(name)]), "a").id


def _status(desk: World, job: str) -> tuple[JobStatus, str | None]:
    found = desk.jobs.get(job)
    return found.status, found.reason


def test_small_jobs_do_not_keep_a_large_one_waiting_for_ever(desk: World, supervisors: ScriptedSupervisors) -> None:
    desk.dispatcher.capacity = Capacity(desk.settings, lambda: Machine(processors=0.5, free=1 << 40))
    first = _launch(desk, "s0")
    desk.dispatcher.tick()
    [running] = supervisors.take()
    both = [local_target("l1"), local_target("l2", Platform.WINDOWS)]
    large = desk.launching.launch(desk.plan(PING, both), "local:tester", priority=Priority.HIGH).id
    small = [_launch(desk, f"s{n}") for n in range(1, 4)]
    desk.dispatcher.tick()
    desk.dispatcher.tick()
    assert supervisors.take() == [], "one of two slots is free, and the large job is first"
    capacity = (JobStatus.WAITING, "capacity: this machine runs 2 slices at a time")
    assert [_status(desk, job) for job in (large, *small)] == [capacity] * 4
    finish(desk.database, running)
    desk.dispatcher.tick()  # ends the first
    assert _status(desk, first)[0] is JobStatus.SUCCEEDED
    desk.dispatcher.tick()
    assert [piece.job_id for piece in supervisors.take()] == [large, large]


def _first_batch(desk: World, supervisors: ScriptedSupervisors, options: Options) -> str:
    """A job on one and two, one after the other; the first is done."""
    job = desk.launching.launch(desk.plan(PING, [local_target("one"), local_target("two")], options=options), "a").id
    desk.dispatcher.tick()
    [piece] = supervisors.take()
    finish(desk.database, piece)
    return job


@pytest.mark.parametrize("why", ["paused", "pause", "freeze", "lock", "capacity"])
def test_a_job_that_waits_is_not_read_again_at_every_tick(
    desk: World, supervisors: ScriptedSupervisors, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    processors = [100.0]
    desk.dispatcher.capacity = Capacity(desk.settings, lambda: Machine(processors[0], free=1 << 40))
    other = _launch(desk, "two" if why == "lock" else "three")
    desk.dispatcher.tick()
    [holder] = supervisors.take()
    job = _first_batch(desk, supervisors, Options(batch=1, pause=600 if why == "pause" else None))
    if why == "paused":
        desk.jobs.pause(job, "a")
    elif why == "freeze":
        desk.freezing.freeze("a")
    processors[0] = 0.25 if why == "capacity" else 100.0
    for _ in range(3):
        desk.dispatcher.tick()
    read: list[str] = []
    of_job = EventRepository.of_job

    def seen(self: EventRepository, job_id: str, after: int = 0, *more: Any, **others: Any) -> list[JobEvent]:
        read.extend([] if after else [job_id])
        return of_job(self, job_id, after, *more, **others)

    monkeypatch.setattr(EventRepository, "of_job", seen)
    for _ in range(3):
        desk.dispatcher.tick()
    assert read == []
    assert supervisors.take() == []
    if why == "paused":
        desk.jobs.resume(job, "a")
    elif why == "freeze":
        desk.freezing.lift("a")
    elif why != "pause":
        finish(desk.database, holder)
        desk.dispatcher.tick()
        assert _status(desk, other)[0] is JobStatus.SUCCEEDED
    with time_machine.travel(utc_now() + timedelta(seconds=601 if why == "pause" else 0), tick=False):
        desk.dispatcher.tick()
    assert [piece.job_id for piece in supervisors.take()] == [job]


@contextmanager
def _meanwhile(desk: World, act: Callable[[], object]) -> Iterator[list[object]]:
    """Somebody freezes changes, and while that is stored somebody else acts; what that gave, or raised."""
    told: list[object] = []

    def run() -> None:
        try:
            told.append(act())
        except OpsConductorError as error:
            told.append(error)

    other = threading.Thread(target=run)
    with desk.database.session() as session:
        FreezeRepository(session).begin()
        FreezeRepository(session).add(Freeze(id=new_id(), actor="boss", reason=None, created_at=utc_now()))
        other.start()
        other.join(1.0)  # as far as it gets
        assert told == []
    other.join()
    yield told


@pytest.mark.usefixtures("any_database")
def test_a_job_is_not_resumed_while_somebody_freezes(desk: World, supervisors: ScriptedSupervisors) -> None:
    job = _launch(desk, "one")
    desk.dispatcher.tick()
    assert len(supervisors.take()) == 1
    desk.jobs.pause(job, "a")
    with _meanwhile(desk, lambda: desk.jobs.resume(job, "a")) as told:
        assert isinstance(told[0], Frozen)
    assert _status(desk, job)[0] is JobStatus.PAUSED
