# SPDX-License-Identifier: Apache-2.0
"""Supervisors that meet what should not be: what Ansible had reported until then counts, and they go on looking."""

import json
import os
import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from opsconductor.clock import utc_now
from opsconductor.db.repositories.slices import SliceRepository
from opsconductor.domain.events import EventKind
from opsconductor.domain.jobs import JobStatus, Slice
from opsconductor.domain.results import ResultStatus, Role
from opsconductor.execution import hot, supervisor
from opsconductor.execution.ansible import RunEnd
from opsconductor.execution.control import Control
from opsconductor.execution.profiles import FAST
from opsconductor.execution.rehearsal import rehearse
from opsconductor.execution.slice_folder import SliceFolder
from tests.fixtures.job_world import Task, World, local_target, open_supervisor, wait_for
from tests.fixtures.scripted_supervisors import ScriptedSupervisors, begin

PING = "ansible.builtin.ping: {}"


@pytest.fixture
def world(runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The supervisor runs in this process, so it ends nothing that is below it."""
    assert runtime.is_dir()
    monkeypatch.setattr(supervisor, "end_slice", lambda *_arguments: True)
    made, handler = World(tmp_path / "opsc", ScriptedSupervisors()), signal.getsignal(signal.SIGTERM)
    yield made
    signal.signal(signal.SIGTERM, handler)
    made.close()


def _claimed(world: World) -> tuple[str, Slice]:
    """A job on one target, and its slice, which nobody has begun."""
    plan = world.plan([Task(1, Role.MAIN, PING), Task(2, Role.MAIN, PING)], [local_target("one")])
    job = world.launching.launch(plan, "local:tester")
    world.dispatcher.tick()
    assert isinstance(world.dispatcher.supervisors, ScriptedSupervisors)
    [piece] = world.dispatcher.supervisors.take()
    return job.id, piece


def _reported(folder: SliceFolder, uuid: str, kind: str, **more: Any) -> None:
    data = {"host": "one", "task": "t", "task_path": "/p/playbook.yml:7", "res": {"changed": True}}
    raw = {"uuid": uuid, "event": kind, "created": utc_now().isoformat(), "event_data": data} | more
    folder.events.mkdir(parents=True, exist_ok=True)
    (folder.events / f"{uuid}-partial.json").write_text(json.dumps(raw), encoding="utf-8")


@pytest.mark.parametrize("readable", [True, False])
def test_where_ansible_runner_fails_nothing_that_was_reported_is_lost_in_silence(
    world: World, monkeypatch: pytest.MonkeyPatch, *, readable: bool
) -> None:
    def run_ansible(folder: SliceFolder, *_arguments: Any, **_more: Any) -> None:
        _reported(folder, "u1", "runner_on_start")
        _reported(folder, "u2", "runner_on_ok", **({} if readable else {"created": "no time"}))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(supervisor, "run_ansible", run_ansible)
    job, piece = _claimed(world)
    with open_supervisor(world.settings) as made:
        assert made.run(piece.id, piece.fence)
    world.dispatcher.tick()
    keys = {event.key for event in world.following.events(job) if event.kind is not EventKind.JOB_STATUS}
    assert {"u1", "u2"} & keys == ({"u1", "u2"} if readable else {"u1"})
    cells = [cell.status for cell in world.following.results(job)]
    assert cells == [ResultStatus.CHANGED if readable else ResultStatus.UNKNOWN, *cells[1:]]
    assert world.jobs.get(job).complete == readable


def test_whatever_a_look_meets_the_lease_is_kept_and_a_cancellation_is_heard(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, piece = _claimed(world)
    begin(world.database, piece, lease=0.5)
    met = [KeyError("watching"), TimeoutError("QueuePool limit")]
    reading = world.database.reading

    def away() -> Any:
        if len(met) == 1:
            raise met.pop()
        return reading()

    def watching() -> None:
        if len(met) == 2:
            raise met.pop(0)

    monkeypatch.setattr(world.database, "reading", away)
    control = Control(world.database, piece, piece.fence, lease=3.0)
    control.watching = watching
    with control:
        wait_for(lambda: met, lambda met: not met)
        before = _lease(world, piece)
        wait_for(lambda: _lease(world, piece), lambda lease: lease != before)
        world.jobs.cancel(job, "local:tester", "enough")
        wait_for(lambda: control.cancelled, bool)
    assert control.lost is None


def _lease(world: World, piece: Slice) -> Any:
    with world.database.session() as session:
        return SliceRepository(session).get(piece.id).lease_until


def test_a_supervisor_that_cannot_be_started_leaves_nothing_open(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _job, piece = _claimed(world)

    def spawn(*_arguments: Any, **_more: Any) -> int:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(os, "posix_spawn", spawn)
    before = list(Path("/proc/self/fd").iterdir())
    with pytest.raises(OSError, match="allocate memory"):
        world.local.start(piece)
    assert len(list(Path("/proc/self/fd").iterdir())) == len(before)


def test_all_that_a_supervisor_asks_of_the_database_until_its_end_was_rehearsed(world: World) -> None:
    job, piece = _claimed(world)
    met: list[str] = []

    def seen(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        met.append(statement)

    with open_supervisor(world.settings) as made:
        event.listen(made.database.engine, "before_cursor_execute", seen)
        rehearse(made.database)
        known, met[:] = set(met), []
        assert made.run(piece.id, piece.fence)
    world.dispatcher.tick()
    assert world.jobs.get(job).status is JobStatus.SUCCEEDED
    assert [s for s in met if s not in known and not s.startswith(("BEGIN", "INSERT INTO artifacts"))] == []


def test_a_fast_slice_is_announced_once_its_credentials_are_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = world.settings.runtime / "w" / "profile" / "process"
    own.mkdir(parents=True)
    told: list[str] = []

    def run_ansible(*_arguments: Any, **_more: Any) -> RunEnd:
        told.append("ansible")
        return RunEnd("successful", 0)

    monkeypatch.setattr(supervisor, "run_ansible", run_ansible)
    monkeypatch.setattr(supervisor.SliceRun, "_profile", FAST)
    _job, piece = _claimed(world)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening, open_supervisor(world.settings) as made:
        listening.bind(str(hot.control_of(own)))
        listening.listen(1)
        assert made.run(piece.id, piece.fence), "nobody answers, and it goes on"
        listening.settimeout(20)
        heard, _ = listening.accept()
        with heard:
            line = heard.recv(256).decode()
    assert line == f"expect {piece.id} {SliceFolder(world.settings, piece.job_id, piece.id).live}\n"
    assert told == ["ansible"]
    shutil.rmtree(own)
