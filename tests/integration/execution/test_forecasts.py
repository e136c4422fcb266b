# SPDX-License-Identifier: Apache-2.0
"""What is said of running jobs, what is kept of it, and what later jobs and plans learn; supervisors are scripted."""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

import pytest

from opsconductor.clock import utc_now
from opsconductor.db.repositories.durations import DurationRepository
from opsconductor.db.repositories.jobs import JobRepository
from opsconductor.db.repositories.slices import SliceRepository
from opsconductor.domain.attempts import Answers
from opsconductor.domain.durations import Duration, Part
from opsconductor.domain.events import EventKind
from opsconductor.domain.jobs import JobStatus, Slice, SliceStatus
from opsconductor.domain.plans import Estimate, Options, Step
from opsconductor.domain.results import Role
from opsconductor.domain.templates import Catalogue
from opsconductor.execution.endings import slice_event
from opsconductor.execution.writing import EventStore
from tests.fixtures.job_world import Task, World, local_target
from tests.fixtures.scripted_supervisors import ScriptedSupervisors, begin, event, finish

INTENT = "test.step"
TASKS = [Task(1, Role.MAIN, "ansible.builtin.ping: {}")]
#: Seconds that the step takes on each target.
TAKES = {"a": 4.0, "b": 9.0}


@pytest.fixture
def any_desk(any_database: str, request: pytest.FixtureRequest) -> World:
    """The same on either kind of database."""
    assert any_database
    made: World = request.getfixturevalue("desk")
    return made


def _launch(desk: World, **options: object) -> str:
    plan = desk.plan(TASKS, [local_target(n) for n in TAKES], options=Options.model_validate(options))
    return desk.launching.launch(plan, "local:tester").id


def _play(desk: World, supervisors: ScriptedSupervisors, **options: object) -> str:
    """A job whose step takes as long as TAKES says; its id."""
    job = _launch(desk, **options)
    desk.dispatcher.tick()
    _work(desk, supervisors)
    assert desk.jobs.get(job).status is JobStatus.SUCCEEDED
    return job


def _work(desk: World, supervisors: ScriptedSupervisors, failed: Collection[str] = ()) -> None:
    """The slice that was started takes as long as TAKES says; these targets fail."""
    (piece,) = supervisors.take()
    store = begin(desk.database, piece)
    store.store([slice_event(piece, EventKind.SLICE_STARTED, utc_now())])
    desk.dispatcher.tick()
    for name in piece.targets:
        end = event(piece, name, EventKind.TARGET_FAILED if name in failed else EventKind.TARGET_OK)
        store.store([event(piece, name, EventKind.TARGET_STARTED), end.model_copy(update={"seconds": TAKES[name]})])
    _end(desk, store, piece)
    desk.dispatcher.tick()


def _cells(desk: World, intent: str = INTENT) -> dict[str, list[float]]:
    """What is known of the step on each target."""
    found: dict[str, list[float]] = {}
    with desk.database.reading() as session:
        for one in DurationRepository(session).about([intent], list(TAKES)):
            if one.part is Part.CELL:
                found.setdefault(one.target, []).append(one.seconds)
    return found


def _end(desk: World, store: EventStore, piece: Slice) -> None:
    now = utc_now()
    with desk.database.session() as session:
        store.add(session, [slice_event(piece, EventKind.SLICE_ENDED, now)])
        assert SliceRepository(session).finish(piece.id, piece.fence, SliceStatus.ENDED, now)


def test_a_first_run_says_so_and_a_later_one_knows(desk: World, supervisors: ScriptedSupervisors) -> None:
    first = _play(desk, supervisors)
    assert {told.basis for told in desk.forecasting.told(first)} == {"no history yet: usual times of the templates"}
    job = _launch(desk)
    desk.dispatcher.tick()
    progress = desk.following.progress(job)
    assert progress.forecast is not None
    assert progress.forecast.basis == "history: earlier runs on the same target for 2 of 2 cells"
    assert progress.eta_seconds == progress.forecast.seconds
    assert progress.forecast.low <= progress.forecast.seconds <= progress.forecast.high
    assert progress.forecast.percent == 0


def test_what_a_job_took_is_kept_by_target(desk: World, supervisors: ScriptedSupervisors) -> None:
    _play(desk, supervisors)
    with desk.database.reading() as session:
        found = DurationRepository(session).about([INTENT], list(TAKES))
    assert {d.target: d.seconds for d in found if d.part is Part.CELL} == TAKES
    assert {d.part for d in found} == {Part.CELL, Part.BEGIN, Part.FINISH, Part.DRAG}


def test_what_was_said_is_kept_and_compared_with_what_came(desk: World, supervisors: ScriptedSupervisors) -> None:
    running = _launch(desk)
    desk.dispatcher.tick()
    assert len(desk.forecasting.told(running)) == 1
    desk.dispatcher.tick()
    assert len(desk.forecasting.told(running)) == 1, "not more often than once a second"
    assert desk.forecasting.check(running) is None
    (piece,) = supervisors.take()
    finish(desk.database, piece)
    desk.dispatcher.tick()
    check = desk.forecasting.check(running)
    assert check is not None
    assert (check.told, check.first) == (1, desk.forecasting.told(running)[0])


def test_a_job_that_never_started_is_said_nothing_of(desk: World) -> None:
    job = _launch(desk)
    assert desk.following.progress(job).forecast is None
    desk.jobs.cancel(job, "local:tester")
    desk.dispatcher.tick()
    assert desk.forecasting.told(job) == []
    assert desk.forecasting.check(job) is None


def test_history_is_forgotten_after_its_days(desk: World, supervisors: ScriptedSupervisors) -> None:
    job = _play(desk, supervisors)
    assert desk.forecasting.told(job)
    late = utc_now() + timedelta(days=desk.settings.history_days + 1)
    desk.estimating.learn(_launch(desk), [], late)
    assert desk.forecasting.told(job) == []
    with desk.database.reading() as session:
        assert DurationRepository(session).about([INTENT], list(TAKES)) == []


def test_learning_twice_is_learning_once(desk: World, supervisors: ScriptedSupervisors) -> None:
    job = _play(desk, supervisors)
    desk.estimating.learn(job, desk.following.durations(job), utc_now())
    assert _cells(desk) == {name: [seconds] for name, seconds in TAKES.items()}


def test_two_servers_that_learn_a_job_at_once_keep_it_once(any_desk: World, supervisors: ScriptedSupervisors) -> None:
    desk = any_desk
    job = _play(desk, supervisors)
    durations = desk.following.durations(job)
    with ThreadPoolExecutor(1) as pool:
        with desk.database.session() as session:
            JobRepository(session).claim(job, wait=True)
            DurationRepository(session).replace(job, durations)
            other = pool.submit(desk.estimating.learn, job, durations, utc_now())
            wait([other], timeout=0.5)
        other.result(30)
    assert _cells(desk) == {name: [seconds] for name, seconds in TAKES.items()}


def test_a_payload_may_be_larger_than_two_gigabytes(any_desk: World, supervisors: ScriptedSupervisors) -> None:
    desk = any_desk
    job = _play(desk, supervisors)
    size = 3 * 2**30
    known = Duration(part=Part.CELL, intent="file.copy", play="linux", seconds=90, size=size, job_id=job, at=utc_now())
    desk.estimating.learn(job, [known], utc_now())
    with desk.database.reading() as session:
        assert DurationRepository(session).about(["file.copy"], []) == [known]


def test_a_retry_is_forecast_compared_and_learned_by_itself(desk: World, supervisors: ScriptedSupervisors) -> None:
    job = _launch(desk, batch=1)
    desk.dispatcher.tick()
    _work(desk, supervisors)
    _work(desk, supervisors, failed=["b"])
    assert _cells(desk) == {"a": [TAKES["a"]]}
    first = desk.forecasting.told(job)
    desk.attempts.retry(job, "local:tester", answers=Answers(repeat=("1",)))
    assert desk.following.progress(job).forecast is None, "it waits for its turn"
    desk.dispatcher.tick()
    again = desk.following.progress(job).forecast
    assert again is not None
    assert again.seconds > TAKES["a"] / 2, "all of `b` is still to be done"
    _work(desk, supervisors)
    assert _cells(desk) == {name: [seconds] for name, seconds in TAKES.items()}
    check = desk.forecasting.check(job)
    assert check is not None
    assert check.told == len(desk.forecasting.told(job)) - len(first)


def test_a_dry_run_teaches_only_dry_runs(desk: World, supervisors: ScriptedSupervisors) -> None:
    _play(desk, supervisors, dry_run=True)
    assert _cells(desk) == {}
    for options, known in (({}, "no history"), ({"dry_run": True}, "history")):
        job = _launch(desk, **options)
        desk.dispatcher.tick()
        progress = desk.following.progress(job)
        assert progress.forecast is not None
        assert progress.forecast.basis.startswith(known)
        _work(desk, supervisors)


def test_a_plan_is_estimated_from_history_where_there_is_some(desk: World, supervisors: ScriptedSupervisors) -> None:
    plan = desk.records[desk.plan(TASKS, [local_target(n) for n in TAKES])].plan
    guess = Estimate(seconds=1, low=1, high=1, basis="no history yet")
    plan = plan.model_copy(update={"estimate": guess})
    catalogue = Catalogue(templates={})
    assert desk.estimating.estimated(plan, catalogue, {}).estimate == guess
    _play(desk, supervisors)
    known = desk.estimating.estimated(plan, catalogue, {}).estimate
    assert known is not None
    assert known.basis.startswith("history: ")
    assert known.low <= known.seconds <= known.high
    other = plan.model_copy(update={"steps": (Step(intent="test.other", title="x"),)})
    assert desk.estimating.estimated(other, catalogue, {}).estimate == guess


def test_a_watcher_hears_that_a_step_takes_too_long_though_nothing_happens(
    desk: World, supervisors: ScriptedSupervisors, monkeypatch: pytest.MonkeyPatch
) -> None:
    _play(desk, supervisors)
    job = _launch(desk)
    desk.dispatcher.tick()
    (piece,) = supervisors.take()
    store = begin(desk.database, piece)
    store.store([slice_event(piece, EventKind.SLICE_STARTED, utc_now()), event(piece, "a", EventKind.TARGET_STARTED)])
    watching = desk.following.watch(job)
    first = next(watching)
    assert first.stuck == ()
    monkeypatch.setattr("opsconductor.services.outlook.utc_now", lambda: utc_now() + timedelta(minutes=10))
    later = next(watching)
    assert later.seq == first.seq
    assert [(cell.step, cell.target, cell.compared) for cell in later.stuck] == [(1, "a", "history")]
    watching.close()  # type: ignore[attr-defined] # it is a generator
