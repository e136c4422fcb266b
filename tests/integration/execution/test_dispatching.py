# SPDX-License-Identifier: Apache-2.0
"""What the dispatcher starts, when, and how it says a job has ended; supervisors are scripted, the database is real."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from opsconductor.db.repositories.events import EventRepository, FenceLost
from opsconductor.db.repositories.results import ResultRepository
from opsconductor.db.repositories.slices import SliceRepository
from opsconductor.db.repositories.target_locks import TargetLockRepository
from opsconductor.domain.base import Platform
from opsconductor.domain.events import EventKind
from opsconductor.domain.jobs import JobStatus, Slice
from opsconductor.domain.plans import Options
from opsconductor.domain.results import ResultStatus, Role
from opsconductor.errors import Conflict, NotFound
from opsconductor.services import dispatching
from opsconductor.services.launching import KeyReused
from tests.fixtures.job_world import Task, World, local_target
from tests.fixtures.scripted_supervisors import ScriptedSupervisors, begin, event, finish
from tests.fixtures.slice_machine import Outage

TASKS = [Task(1, Role.MAIN, "ansible.builtin.ping: {}")]
NAMES = ("a", "b", "c", "d", "e")


@pytest.fixture
def desk(runtime: Path, tmp_path: Path, supervisors: ScriptedSupervisors, any_database: str) -> Iterator[World]:
    """Services whose dispatcher ticks only when a test says so, on either kind of database."""
    assert any_database
    made = World(tmp_path / "opsc", supervisors)
    yield made
    made.close()


def _launch(desk: World, names: tuple[str, ...] = NAMES, read_only: bool = False, **options: object) -> str:
    plan = desk.plan(
        TASKS, [local_target(n) for n in names], options=Options.model_validate(options), read_only=read_only
    )
    return desk.launching.launch(plan, "local:tester").id


def _targets(pieces: list[Slice]) -> list[tuple[str, ...]]:
    return [piece.targets for piece in pieces]


def _round(desk: World, supervisors: ScriptedSupervisors, failed: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Tick, run what was started to its end; the targets of what was started."""
    desk.dispatcher.tick()
    pieces = supervisors.take()
    for piece in pieces:
        finish(desk.database, piece, failed)
    return _targets(pieces)


def test_a_job_runs_in_one_batch_and_succeeds(desk: World, supervisors: ScriptedSupervisors) -> None:
    job = _launch(desk)
    assert _round(desk, supervisors) == [NAMES]
    desk.dispatcher.tick()
    ended = desk.jobs.get(job)
    assert ended.status is JobStatus.SUCCEEDED
    assert ended.complete
    assert ended.started_at is not None
    assert ended.ended_at is not None
    with desk.database.session() as session:
        assert TargetLockRepository(session).release(job) == 0


def test_the_lanes_of_a_batch_start_together_and_the_next_batch_waits_for_all(
    desk: World, supervisors: ScriptedSupervisors
) -> None:
    targets = [local_target("lin1"), local_target("win1", Platform.WINDOWS), local_target("win2", Platform.WINDOWS)]
    desk.launching.launch(desk.plan(TASKS, targets, options=Options(batch=2)), "local:tester")
    desk.dispatcher.tick()
    linux, windows = sorted(supervisors.take(), key=lambda piece: piece.lane)
    assert (linux.lane, windows.lane) == ("linux/plain/default", "windows/plain/default")
    finish(desk.database, linux)
    desk.dispatcher.tick()
    assert supervisors.take() == []
    finish(desk.database, windows)
    desk.dispatcher.tick()
    assert _targets(supervisors.take()) == [("win2",)]


@pytest.mark.parametrize("how", ["changed", "withdrawn"])
def test_a_job_that_waited_is_looked_at_again_when_it_could_start(
    desk: World, supervisors: ScriptedSupervisors, how: str
) -> None:
    _launch(desk, ("a",))
    desk.dispatcher.tick()
    (piece,) = supervisors.take()
    job = _launch(desk, ("a", "b"))
    setattr(desk, how, "target b has changed")
    desk.dispatcher.tick()
    assert desk.jobs.get(job).status is JobStatus.WAITING

    finish(desk.database, piece)
    desk.dispatcher.tick()
    desk.dispatcher.tick()
    assert supervisors.take() == []
    ended = desk.jobs.get(job)
    assert (ended.status, ended.reason) == (JobStatus.FAILED, "not started: target b has changed")
    assert ended.started_at is None
    assert ended.complete
    cells = [(r.target, r.status, r.reason) for r in desk.following.results(job)]
    assert cells == [(name, ResultStatus.NOT_RUN, "not started: target b has changed") for name in ("a", "b")]
    with desk.database.session() as session:
        assert TargetLockRepository(session).release(job) == 0


def test_a_job_that_has_started_goes_on(desk: World, supervisors: ScriptedSupervisors) -> None:
    job = _launch(desk, ("a", "b"), batch=1)
    assert _round(desk, supervisors) == [("a",)]
    desk.changed = desk.withdrawn = "target b has changed"
    assert _round(desk, supervisors) == [("b",)]
    desk.dispatcher.tick()
    assert desk.jobs.get(job).status is JobStatus.SUCCEEDED


def test_a_failed_canary_keeps_the_others_from_running(desk: World, supervisors: ScriptedSupervisors) -> None:
    job = _launch(desk, canary=1)
    assert _round(desk, supervisors, failed=("a",)) == [("a",)]
    assert _round(desk, supervisors) == []
    ended = desk.jobs.get(job)
    assert (ended.status, ended.reason) == (JobStatus.FAILED, "canary: 1 of 1 failed")
    reasons = {r.target: (r.status, r.reason) for r in desk.following.results(job)}
    assert reasons["e"] == (ResultStatus.NOT_RUN, "canary: 1 of 1 failed")


def test_more_failures_than_allowed_over_all_batches_stop_the_job(
    desk: World, supervisors: ScriptedSupervisors
) -> None:
    job = _launch(desk, batch=2, max_fail=1)
    assert _round(desk, supervisors, failed=("a",)) == [("a", "b")]
    assert _round(desk, supervisors, failed=("c",)) == [("c", "d")]
    assert _round(desk, supervisors) == []
    ended = desk.jobs.get(job)
    assert (ended.status, ended.reason) == (JobStatus.PARTIALLY_FAILED, "max_fail: 2 of 5 failed, 1 allowed")


def test_a_whole_failed_batch_does_not_end_a_job_without_limit(desk: World, supervisors: ScriptedSupervisors) -> None:
    job = _launch(desk, batch=2)
    assert _round(desk, supervisors, failed=("a", "b")) == [("a", "b")]
    assert _round(desk, supervisors) == [("c", "d")]
    assert _round(desk, supervisors) == [("e",)]
    desk.dispatcher.tick()
    assert desk.jobs.get(job).status is JobStatus.PARTIALLY_FAILED


def test_the_pause_between_batches_is_shown_and_kept(desk: World, supervisors: ScriptedSupervisors) -> None:
    job = _launch(desk, batch=3, pause=600)
    _round(desk, supervisors)
    assert _round(desk, supervisors) == []
    waiting = desk.jobs.get(job)
    assert waiting.status is JobStatus.WAITING
    assert (waiting.reason or "").startswith("pause: the next batch starts at ")
    assert _round(desk, supervisors) == []


def test_a_change_waits_for_another_job_on_the_same_target(desk: World, supervisors: ScriptedSupervisors) -> None:
    first = _launch(desk, ("a", "b"))
    desk.dispatcher.tick()
    (piece,) = supervisors.take()
    second = _launch(desk, ("b", "c"))
    desk.dispatcher.tick()
    assert supervisors.take() == []
    waiting = desk.jobs.get(second)
    assert (waiting.status, waiting.reason) == (JobStatus.WAITING, f"lock: held by job {first} on b")
    finish(desk.database, piece)
    desk.dispatcher.tick()
    desk.dispatcher.tick()
    assert _targets(supervisors.take()) == [("b", "c")]
    assert desk.jobs.get(second).status is JobStatus.RUNNING


def test_readers_share_a_target_and_a_change_waits_for_them(desk: World, supervisors: ScriptedSupervisors) -> None:
    _launch(desk, ("a",), read_only=True)
    _launch(desk, ("a",), read_only=True)
    change = _launch(desk, ("a",))
    desk.dispatcher.tick()
    assert len(supervisors.take()) == 2
    assert desk.jobs.get(change).status is JobStatus.WAITING


def test_dispatchers_that_tick_at_once_start_every_slice_once(desk: World, supervisors: ScriptedSupervisors) -> None:
    for name in NAMES:
        _launch(desk, (name,))
    threads = [threading.Thread(target=desk.dispatcher.tick) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(_targets(supervisors.take())) == [(name,) for name in NAMES]


def test_a_queued_job_is_cancelled_without_running_anything(desk: World, supervisors: ScriptedSupervisors) -> None:
    job = _launch(desk)
    desk.jobs.cancel(job, "local:other")
    assert _round(desk, supervisors) == []
    assert desk.jobs.get(job).status is JobStatus.CANCELLED
    assert {r.reason for r in desk.following.results(job)} == {"cancelled by local:other"}
    with pytest.raises(Conflict, match="cannot be cancelled"):
        desk.jobs.cancel(job, "local:other")


def test_a_paused_job_gets_no_next_batch_until_it_is_resumed(desk: World, supervisors: ScriptedSupervisors) -> None:
    job = _launch(desk, batch=3)
    desk.dispatcher.tick()
    (piece,) = supervisors.take()
    desk.jobs.pause(job, "local:tester")
    finish(desk.database, piece)
    assert _round(desk, supervisors) == []
    desk.jobs.resume(job, "local:tester")
    assert _round(desk, supervisors) == [("d", "e")]


def test_a_job_paused_within_its_last_batch_ends(desk: World, supervisors: ScriptedSupervisors) -> None:
    job = _launch(desk)
    desk.dispatcher.tick()
    (piece,) = supervisors.take()
    desk.jobs.pause(job, "local:tester")
    finish(desk.database, piece)
    desk.dispatcher.tick()
    assert desk.jobs.get(job).status is JobStatus.SUCCEEDED


@pytest.mark.parametrize("how", ["lock", "lease"])
def test_a_lost_supervisor_makes_an_interrupted_job_with_unknown_cells(
    desk: World, supervisors: ScriptedSupervisors, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatching, "GRACE", 0.0)
    job = _launch(desk, ("a", "b"), batch=1)
    desk.dispatcher.tick()
    (piece,) = supervisors.take()
    store = begin(desk.database, piece, lease=30.0 if how == "lock" else -31.0)
    store.store([event(piece, "a", EventKind.TARGET_STARTED)])
    if how == "lock":
        supervisors.dead.add(piece.id)
    for _ in range(3):  # seen, found silent and buried, ended
        desk.dispatcher.tick()
    ended = desk.jobs.get(job)
    assert (ended.status, ended.complete) == (JobStatus.INTERRUPTED, True)
    assert [r.status for r in desk.following.results(job)] == [ResultStatus.UNKNOWN, ResultStatus.NOT_RUN]
    assert supervisors.take() == []
    with pytest.raises(FenceLost):  # the former supervisor is alive after all
        store.store([event(piece, "a", EventKind.TARGET_OK)])


def test_a_live_lease_is_left_alone(desk: World, supervisors: ScriptedSupervisors) -> None:
    job = _launch(desk)
    desk.dispatcher.tick()
    (piece,) = supervisors.take()
    begin(desk.database, piece, lease=-1.0)  # just expired: a takeover waits for a second lease
    desk.dispatcher.tick()
    assert desk.jobs.get(job).status is JobStatus.RUNNING


def test_stored_events_are_gap_free_and_a_replay_changes_nothing(desk: World, supervisors: ScriptedSupervisors) -> None:
    job = _launch(desk)
    desk.dispatcher.tick()
    (piece,) = supervisors.take()
    store = begin(desk.database, piece)
    events = [event(piece, t, EventKind.TARGET_OK) for t in piece.targets]
    store.store(events[:3])
    store.store(events)
    with desk.database.reading() as session:
        stored = EventRepository(session).of_job(job)
        assert [e.seq for e in stored] == list(range(1, len(stored) + 1))
        assert sum(e.kind is EventKind.TARGET_OK for e in stored) == 5
        assert EventRepository(session).gap_free(job, desk.jobs.get(job).last_seq)
        assert len(ResultRepository(session).of_job(job, status="ok")) == 5


def test_events_whose_commit_failed_are_stored_with_their_cells(desk: World, supervisors: ScriptedSupervisors) -> None:
    job = _launch(desk)
    desk.dispatcher.tick()
    (piece,) = supervisors.take()
    store = begin(desk.database, piece)
    store.store([event(piece, t, EventKind.TARGET_STARTED) for t in piece.targets])
    outage = Outage(desk)
    outage.when = "commit"
    with pytest.raises(OperationalError):
        store.store([event(piece, t, EventKind.TARGET_OK) for t in piece.targets])
    outage.when = None
    store.store([event(piece, t, EventKind.TARGET_OK) for t in piece.targets])
    with desk.database.reading() as session:
        assert len(ResultRepository(session).of_job(job, status="ok")) == 5


def test_what_a_step_found_out_is_kept_as_a_host_variable(desk: World, supervisors: ScriptedSupervisors) -> None:
    job = _launch(desk, ("a",))
    desk.dispatcher.tick()
    (piece,) = supervisors.take()
    found = {"ansible_facts": {"opsc_s1": {"state": "running", "pid": 7}}}
    begin(desk.database, piece).store([event(piece, "a", EventKind.TARGET_OK).model_copy(update={"data": found})])
    with desk.database.reading() as session:
        values = ResultRepository(session).values(job, ["a", "b"])
    assert values == {"a": {"opsc_s1": {"state": "running", "pid": 7}}}


def test_the_same_key_of_the_same_actor_starts_one_job(desk: World) -> None:
    plan = desk.plan(TASKS, [local_target("a")])
    first = desk.launching.launch(plan, "local:tester", "key-1")
    assert desk.launching.launch(plan, "local:tester", "key-1").id == first.id
    assert desk.launching.launch(plan, "local:other", "key-1").id != first.id
    assert desk.launching.launch(plan, "local:tester").id != first.id


def test_a_key_of_another_plan_is_refused(desk: World) -> None:
    first, second = (desk.plan(TASKS, [local_target("a")]) for _ in range(2))
    job = desk.launching.launch(first, "local:tester", "key-1")
    with pytest.raises(KeyReused):
        desk.launching.launch(second, "local:tester", "key-1")
    assert [found.id for found in desk.jobs.recent()] == [job.id]


def test_jobs_are_listed_newest_first_in_pages_and_found_by_their_first_characters(desk: World) -> None:
    ids = [_launch(desk, ("a",)) for _ in range(3)]
    newest = desk.jobs.recent(limit=2)
    assert [job.id for job in newest] == ids[:0:-1]
    assert [job.id for job in desk.jobs.recent(after=newest[-1].id)] == ids[:1]
    assert desk.jobs.get(ids[0][:30]).id == ids[0]
    with pytest.raises(NotFound):
        desk.jobs.get("no-such-job")


def test_watching_ends_with_the_job(desk: World, supervisors: ScriptedSupervisors) -> None:
    job = _launch(desk, ("a",))
    seen: list[JobStatus] = []
    watcher = threading.Thread(target=lambda: seen.extend(p.status for p in desk.following.watch(job)))
    watcher.start()
    _round(desk, supervisors)
    desk.dispatcher.tick()
    watcher.join(timeout=10)
    assert not watcher.is_alive()
    assert seen[-1] is JobStatus.SUCCEEDED
    lines = [entry.message for entry in desk.following.log(job)]
    assert lines == ["Job queued", "Job running", "✓ Step 1: step 1", "Job succeeded"]
    assert [entry.message for entry in desk.following.tail(job, 2)] == lines[-2:]


def test_a_slice_is_begun_by_one_supervisor_only(desk: World, supervisors: ScriptedSupervisors) -> None:
    _launch(desk, ("a",))
    desk.dispatcher.tick()
    (piece,) = supervisors.take()
    begin(desk.database, piece)
    with desk.database.session() as session:
        slices = SliceRepository(session)
        until = piece.lease_until
        assert until is not None
        assert not slices.begin(piece.id, piece.fence, 2, until, until)
