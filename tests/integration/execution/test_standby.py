# SPDX-License-Identifier: Apache-2.0
"""Supervisors forked from the process that stands by: they outlive it, and without it they start as ever."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from opsconductor.db.migrate import upgrade
from opsconductor.db.repositories.slices import SliceRepository
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.results import ResultStatus, Role
from opsconductor.execution import backoff
from opsconductor.execution.standby import Standby
from opsconductor.settings import Settings
from opsconductor.wiring import open_container
from tests.fixtures.job_world import Task, World, local_target, wait_for


@pytest.fixture
def ready(world: World) -> Iterator[Standby]:
    with world.local.stand_by() as standby:
        wait_for(lambda: standby.ready, bool, 60)
        yield standby


def test_it_gets_ready_where_nobody_else_has_imported_anything(runtime: Path, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "opsc")
    upgrade(settings)
    assert runtime.is_dir()
    with open_container(settings) as product, product.supervisors.stand_by() as standby:
        wait_for(lambda: standby.ready, bool, 60)


def _waiting(world: World, go: Path) -> tuple[str, int]:
    """A job that waits for the file, under way; its id and its supervisor's process."""
    waits = Task(1, Role.MAIN, f"ansible.builtin.wait_for: {{path: {go}, timeout: 60}}")
    job = world.launching.launch(world.plan([waits], [local_target("one")]), "local:tester")
    wait_for(lambda: world.following.results(job.id)[0].status, lambda status: status is ResultStatus.RUNNING, 60)
    with world.database.reading() as session:
        pid = SliceRepository(session).of_job(job.id)[0].supervisor_pid
    assert pid is not None
    return job.id, pid


def _started_as(pid: int) -> list[bytes]:
    return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")


def test_a_job_outlives_the_process_its_supervisor_was_forked_from(
    world: World, ready: Standby, tmp_path: Path
) -> None:
    job, supervisor = _waiting(world, tmp_path / "go")
    assert b"--stand-by" in _started_as(supervisor)
    assert ready._process is not None
    os.kill(ready._process.pid, signal.SIGKILL)
    (tmp_path / "go").touch()
    assert world.ended(job).status is JobStatus.SUCCEEDED
    again, supervisor = _waiting(world, tmp_path / "again")
    assert b"--stand-by" not in _started_as(supervisor), "nobody stood by, and it was started as ever"
    (tmp_path / "again").touch()
    assert world.ended(again).status is JobStatus.SUCCEEDED
    wait_for(lambda: ready.ready, bool, 60)


def _process(standby: Standby) -> int:
    assert standby._process is not None
    return standby._process.pid


def _forks(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def test_the_next_guardian_and_its_supervisor_are_there_before_their_order(
    world: World, ready: Standby, tmp_path: Path
) -> None:
    [guardian] = wait_for(lambda: _forks(_process(ready)), bool)
    [waiting] = wait_for(lambda: _forks(guardian), bool)
    job, supervisor = _waiting(world, tmp_path / "go")
    assert supervisor == waiting
    [following] = wait_for(lambda: set(_forks(_process(ready))) - {guardian}, bool)
    (tmp_path / "go").touch()
    assert world.ended(job).status is JobStatus.SUCCEEDED
    os.kill(following, signal.SIGKILL)
    again, supervisor = _waiting(world, tmp_path / "again")
    assert b"--stand-by" in _started_as(supervisor), "forked for its order, as the one that waited was killed"
    (tmp_path / "again").touch()
    assert world.ended(again).status is JobStatus.SUCCEEDED


def test_what_waits_for_an_order_ends_with_the_process_that_stands_by(ready: Standby) -> None:
    [guardian] = wait_for(lambda: _forks(_process(ready)), bool)
    [supervisor] = wait_for(lambda: _forks(guardian), bool)
    os.kill(_process(ready), signal.SIGKILL)
    wait_for(lambda: [pid for pid in (guardian, supervisor) if Path(f"/proc/{pid}").exists()], lambda left: not left)


def test_a_supervisor_that_ends_before_its_order_is_replaced(world: World, ready: Standby, tmp_path: Path) -> None:
    [guardian] = wait_for(lambda: _forks(_process(ready)), bool)
    [waiting] = wait_for(lambda: _forks(guardian), bool)
    os.kill(waiting, signal.SIGKILL)
    wait_for(lambda: Path(f"/proc/{guardian}").exists(), lambda there: not there)
    job, supervisor = _waiting(world, tmp_path / "go")
    assert b"--stand-by" in _started_as(supervisor)
    (tmp_path / "go").touch()
    assert world.ended(job).status is JobStatus.SUCCEEDED


def test_two_orders_at_once_are_both_begun(world: World, ready: Standby, tmp_path: Path) -> None:
    assert ready.ready
    jobs = [world.launching.launch(_plan_on(world, name, tmp_path), "local:tester").id for name in "ab"]
    wait_for(lambda: [_status(world, job) for job in jobs], lambda found: set(found) == {ResultStatus.RUNNING}, 60)
    with world.database.reading() as session:
        supervisors = [SliceRepository(session).of_job(job)[0].supervisor_pid for job in jobs]
    assert all(b"--stand-by" in _started_as(pid) for pid in supervisors if pid is not None)
    (tmp_path / "go").touch()
    assert {world.ended(job).status for job in jobs} == {JobStatus.SUCCEEDED}


def test_one_that_has_ended_is_missed_before_it_is_needed(ready: Standby) -> None:
    first = _process(ready)
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    wait_for(lambda: ready.ready, lambda there: not there)
    wait_for(lambda: ready.ready, bool, 60)
    assert _process(ready) != first


def test_where_the_database_does_not_answer_one_comes_later_by_itself(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backoff, "_WAIT", 0.1)
    there, away = world.settings.home / "opsconductor.db", world.settings.home / "away"
    world.database.engine.dispose()
    there.rename(away)
    there.mkdir()
    with world.local.stand_by() as standby:
        assert standby._process is not None
        assert standby._process.wait(60) == 1
        log = (world.settings.home / "supervisors.log").read_text(encoding="utf-8")
        assert "nobody can stand by (does the database answer?): OperationalError" in log
        there.rmdir()
        away.rename(there)
        wait_for(lambda: standby.ready, bool, 60)


def _status(world: World, job_id: str) -> ResultStatus:
    return world.following.results(job_id)[0].status


def _plan_on(world: World, name: str, tmp_path: Path) -> str:
    waits = Task(1, Role.MAIN, f"ansible.builtin.wait_for: {{path: {tmp_path}/go, timeout: 60}}")
    return world.plan([waits], [local_target(name)])


def test_one_that_ends_before_it_is_ready_is_replaced(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with world.local.stand_by() as standby:
        assert standby._process is not None
        first = standby._process.pid
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: standby.ready, bool, 60)
        second = standby._process.pid
        assert second != first
        monkeypatch.setattr("opsconductor.execution.standby._LOOK", 0.0)
        monkeypatch.setattr("opsconductor.execution.standby.installed", lambda: ["another"])
        assert not standby.ready, "its code is of before the upgrade"


def test_one_that_cannot_be_heard_is_replaced(world: World) -> None:
    with world.local.stand_by() as standby:
        assert standby._process is not None
        assert standby._socket is not None
        first = standby._process.pid
        standby._socket.send(b"{}")  # nobody reads it any more: hearing it raises an error
        os.kill(first, signal.SIGKILL)
        os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
        assert not standby.ready
        wait_for(lambda: standby.ready, bool, 60)
        assert standby._process.pid != first


def test_one_with_threads_is_never_ready(world: World) -> None:
    world.local.compose = "tests.fixtures.leaves_thread:open_supervisor"
    with world.local.stand_by() as standby:
        assert standby._process is not None
        assert standby._process.wait(60) == 1
        assert not standby.ready
    log = world.settings.home / "supervisors.log"
    assert "a process with threads must not be forked" in log.read_text(encoding="utf-8")


@pytest.mark.parametrize("standing_by", [False, True])
def test_settings_that_cannot_be_used_are_not_repeated(*, standing_by: bool) -> None:
    settings = {"port": "-".join(["never", "told", "by", "it"])}
    command = [sys.executable, "-P", "-m", "opsconductor.supervise"]
    if standing_by:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours, theirs:
            ours.send(json.dumps(settings).encode())
            command += ["--stand-by", "tests.fixtures.job_world:open_supervisor"]
            told = subprocess.run(command, stdin=theirs.fileno(), capture_output=True, text=True, check=False)
    else:
        order = {"settings": settings, "job": "j", "slice": "s", "fence": 1, "compose": ""}
        told = subprocess.run(command, input=json.dumps(order), capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert told.stderr.endswith(": ValidationError\n")
    assert settings["port"] not in told.stderr


def test_what_stands_by_shows_no_secret_and_ends_with_its_host(world: World) -> None:
    secret = "-".join(["never", "shown", "by", "it"])
    world.local.settings = world.settings.model_copy(update={"master_key": SecretStr(secret)})
    with world.local.stand_by() as standby:
        wait_for(lambda: standby.ready, bool, 60)
        assert standby._process is not None
        pid = standby._process.pid
        told = Path(f"/proc/{pid}/environ").read_bytes() + Path(f"/proc/{pid}/cmdline").read_bytes()
        assert b"OPSCONDUCTOR_" not in told
        assert secret.encode() not in told
        assert secret not in (world.settings.home / "supervisors.log").read_text(encoding="utf-8")
    assert not Path(f"/proc/{pid}").exists()
