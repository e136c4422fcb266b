# SPDX-License-Identifier: Apache-2.0
"""What is left of a job: bounded, never not a number, within its interval, and moving the right way."""

import math
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsconductor.domain.durations import Duration, Part
from opsconductor.domain.events import EventKind, JobEvent
from opsconductor.domain.forecasting import Forecaster
from opsconductor.domain.forecasts import Forecast, ToldForecast, check
from opsconductor.domain.history import History
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.plans import Options
from opsconductor.domain.progress import ProgressFold
from opsconductor.domain.results import Role
from opsconductor.domain.shapes import JobShape
from opsconductor.domain.stopwatch import Stopwatch
from opsconductor.domain.stuck import SOON, stuck_cells
from tests.fixtures.events import BEGIN, event, shape, status

NAMES = ("a", "b", "c", "d")
SLICE = {"lane": "linux/plain/default", "batch": 0, "targets": 4}


def told(seq: int, kind: EventKind, target: str | None = None, step: int | None = None, **more: object) -> JobEvent:
    made = event(seq, kind, target, step, role=Role.MAIN if step else None)
    return made.model_copy(update={"slice_id": "s"} | more)


def run(target: str, seconds: float, day: int = 0, intent: str = "service.stop") -> Duration:
    return Duration(
        part=Part.CELL,
        intent=intent,
        play="linux",
        target=target,
        seconds=seconds,
        job_id=f"j{day}",
        step=1,
        at=BEGIN - timedelta(days=1 + day),
    )


def slices(begin: float, finish: float) -> list[Duration]:
    """Five days on which slices began and ended so quickly."""
    return [
        Duration(part=part, play="linux", size=4, seconds=seconds, job_id=f"j{day}", at=BEGIN - timedelta(days=day))
        for day in range(1, 6)
        for part, seconds in ((Part.BEGIN, begin), (Part.FINISH, finish))
    ]


HISTORY = [*(run(name, 10.0, day) for name in NAMES for day in range(6)), *slices(2.0, 1.0)]
BEGUN = [status(1, JobStatus.RUNNING), told(2, EventKind.SLICE_STARTED, data=SLICE)]


def look(
    events: Sequence[JobEvent],
    seconds: float,
    *,
    history: Sequence[Duration] = HISTORY,
    made: JobShape | None = None,
    options: Options | None = None,
) -> Forecast | None:
    """The forecast so many seconds after the beginning."""
    job = made or shape(NAMES, steps=3)
    fold, watch = ProgressFold(job).apply_all(events), Stopwatch().apply_all(events)
    forecaster = Forecaster(job, options or Options(), History(history), 50, fold.opened)
    return forecaster.forecast(fold.results, watch, BEGIN + timedelta(seconds=seconds))


def left(events: Sequence[JobEvent], seconds: float, **more: object) -> float:
    found = look(events, seconds, **more)  # type: ignore[arg-type] # handed on as they are
    assert found is not None
    return found.seconds


def test_nothing_is_said_before_the_start_after_the_end_and_on_the_way_to_it() -> None:
    assert look([status(1, JobStatus.QUEUED)], 1) is None
    assert look([*BEGUN, status(3, JobStatus.CANCELLING)], 3) is None
    assert look([*BEGUN, status(3, JobStatus.SUCCEEDED)], 3) is None
    assert look(BEGUN, 2) is not None


def test_a_first_run_says_that_there_is_no_history() -> None:
    first = look(BEGUN, 1, history=())
    assert first is not None
    assert first.basis == "no history yet: usual times of the templates"
    assert first.seconds == pytest.approx(5 + 3 * 10, rel=0.2)
    assert first.high > 2 * first.seconds


def test_history_says_what_it_rests_on_and_how_long_it_takes() -> None:
    known = look(BEGUN, 1, history=[*HISTORY, run("x", 10, intent="file.copy")])
    assert known is not None
    assert known.basis == "history: earlier runs on the same target for 12 of 12 cells"
    assert known.seconds == pytest.approx(2 + 30 + 1, rel=0.15)
    assert known.high < 2 * known.seconds
    new = look(BEGUN, 1, made=shape((*NAMES, "new"), steps=3))
    assert new is not None
    assert "runs on other targets for 3" in new.basis


def test_an_unusually_slow_target_decides() -> None:
    slow = [*HISTORY, *(run("e", 60.0, day) for day in range(6))]
    assert left(BEGUN, 1, history=slow, made=shape((*NAMES, "e"), steps=3)) == pytest.approx(183, rel=0.15)


def test_batches_with_pauses_come_one_after_the_other() -> None:
    one, four = left(BEGUN, 1), left(BEGUN, 1, options=Options(batch=1))
    assert four == pytest.approx(4 * one, rel=0.2)
    assert left(BEGUN, 1, options=Options(batch=1, pause=100)) == pytest.approx(four + 300, abs=0.5)


def test_what_is_watched_is_added() -> None:
    job = shape(NAMES, steps=3)
    last = job.steps[2].model_copy(update={"watched": 60.0})
    assert left(BEGUN, 1, made=job.model_copy(update={"steps": (*job.steps[:2], last)})) == pytest.approx(
        left(BEGUN, 1) + 60, abs=3
    )


def _step(seq: int, n: int, seconds: float) -> list[JobEvent]:
    """A step on all targets, done after so many seconds each."""
    begun = [told(seq + i, EventKind.TARGET_STARTED, t, n) for i, t in enumerate(NAMES)]
    return begun + [
        told(seq + 4 + i, EventKind.TARGET_OK, t, n, seconds=seconds, last=True) for i, t in enumerate(NAMES)
    ]


def test_what_was_seen_counts() -> None:
    slow, quick = (left([*BEGUN, *_step(5, 1, seconds)], 13) for seconds in (30.0, 10.0))
    assert quick == pytest.approx(21, rel=0.2)
    assert slow > 1.5 * quick


def test_a_target_that_is_slow_today_is_expected_to_stay_so() -> None:
    events = [*BEGUN, *_step(5, 1, 10.0)]
    slow = [e.model_copy(update={"seconds": 50.0}) if e.target == "a" and e.seconds else e for e in events]
    assert left(slow, 13) > 1.5 * left(events, 13)


def test_a_target_that_is_known_to_be_slow_is_not_slow_twice() -> None:
    steps = shape(NAMES, steps=3).steps
    job = shape(NAMES, steps=3)
    job = job.model_copy(update={"steps": (steps[0].model_copy(update={"intent": "file.copy"}), *steps[1:])})
    slow = [r.model_copy(update={"seconds": 60.0}) if r.part is Part.CELL and r.target == "a" else r for r in HISTORY]
    # Of the first step only others' times are known: that it is slow there, too, says nothing new of the next two.
    history = [*slow, *(run(name, 10.0, day, "file.copy") for name in "bcd" for day in range(6))]
    events = [*BEGUN, *_step(5, 1, 10.0)]
    events = [e.model_copy(update={"seconds": 60.0}) if e.target == "a" and e.seconds else e for e in events]
    assert left(events, 13, history=history, made=job) == pytest.approx(121, rel=0.25)


def test_a_paused_job_is_said_to_take_as_long_as_is_left() -> None:
    events = [*BEGUN, *_step(5, 1, 10.0)]
    assert left([*events, status(20, JobStatus.PAUSED)], 5000) == pytest.approx(left(events, 20), rel=0.1)


#: In batches of one; `b` has failed at every step, and is run once more.
RETRIED = [
    *BEGUN,
    *(told(2 + n, EventKind.TARGET_OK, "a", n, seconds=10.0, last=True) for n in (1, 2, 3)),
    told(6, EventKind.SLICE_ENDED, data=SLICE),
    told(7, EventKind.SLICE_STARTED, data=SLICE | {"batch": 1}, slice_id="t"),
    told(8, EventKind.TARGET_FAILED, "b", 1, seconds=10.0, last=True),
    status(9, JobStatus.PARTIALLY_FAILED),
    event(10, EventKind.ATTEMPT, data={"attempt": 2, "cells": {"b": [1, 2, 3]}}),
    status(11, JobStatus.QUEUED),
    status(12, JobStatus.RUNNING),
    told(13, EventKind.SLICE_STARTED, data=SLICE, slice_id="u"),
]


def test_a_further_attempt_is_forecast_by_what_it_opens() -> None:
    job, one = shape(("a", "b"), steps=3), Options(batch=1, pause=100)
    assert look(RETRIED[:-2], 11, made=job, options=one) is None
    again = look(RETRIED, 13, made=job, options=one)
    alone = left(BEGUN, 2, made=shape(("b",), steps=3))
    assert again is not None
    assert again.seconds == pytest.approx(alone, rel=0.1)
    assert again.percent == 50


def test_a_cell_that_had_nothing_to_do_says_nothing_of_the_pace() -> None:
    passed = [e.model_copy(update={"kind": EventKind.TARGET_SKIPPED}) if e.seconds else e for e in _step(5, 1, 0.1)]
    assert left([*BEGUN, *passed], 13) > 20


def test_a_dry_run_rests_on_dry_runs() -> None:
    job = shape(NAMES, steps=3).model_copy(update={"dry_run": True})
    new = look(BEGUN, 1, made=job)
    assert new is not None
    assert new.basis == "no history yet: usual times of the templates"
    runs = [*HISTORY, *(run(name, 1.0, day, "dry:service.stop") for name in NAMES for day in range(6))]
    assert left(BEGUN, 1, history=runs, made=job) == pytest.approx(2 + 3 + 1, rel=0.2)
    assert left(BEGUN, 1, history=runs) == pytest.approx(left(BEGUN, 1))


@st.composite
def histories(draw: st.DrawFn) -> list[Duration]:
    names = st.sampled_from((*NAMES, "x"))
    return [run(draw(names), draw(st.floats(0, 1e4)), draw(st.integers(0, 9))) for _ in range(draw(st.integers(0, 12)))]


@st.composite
def stories(draw: st.DrawFn) -> list[JobEvent]:
    """A slice that has begun and did anything."""
    kinds = st.sampled_from([EventKind.TARGET_STARTED, EventKind.TARGET_OK, EventKind.TARGET_FAILED, EventKind.NOT_RUN])
    events = [*BEGUN]
    for seq in range(3, 3 + draw(st.integers(0, 15))):
        seconds, last = draw(st.floats(0, 1e5)), draw(st.booleans())
        target, step = draw(st.sampled_from(NAMES)), draw(st.integers(1, 3))
        events.append(told(seq, draw(kinds), target, step, seconds=seconds, last=last))
    return events


#: A busy machine is no fault of the arithmetic.
_PATIENT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
OPTIONS = st.builds(
    Options, batch=st.none() | st.integers(1, 3), canary=st.none() | st.just(1), pause=st.none() | st.integers(0, 600)
)


@_PATIENT
@given(events=stories(), history=histories(), options=OPTIONS, seconds=st.floats(0, 1e6))
def test_a_forecast_is_a_number_within_its_interval(
    events: list[JobEvent], history: list[Duration], options: Options, seconds: float
) -> None:
    found = look(events, seconds, history=history, options=options)
    assert found is not None
    assert all(math.isfinite(n) for n in (found.seconds, found.low, found.high, found.percent))
    assert 0 <= found.low <= found.seconds <= found.high
    assert 0 <= found.percent <= 100


@_PATIENT
@given(events=stories(), history=histories(), seconds=st.floats(0, 1e5), more=st.floats(0, 1e5))
def test_while_nothing_happens_the_end_does_not_come_nearer(
    events: list[JobEvent], history: list[Duration], seconds: float, more: float
) -> None:
    early, late = (left(events, at, history=history) for at in (seconds, seconds + more))
    assert seconds + more + late >= (seconds + early) * 0.995 - 0.2


@_PATIENT
@given(events=stories(), history=histories(), options=OPTIONS)
def test_the_percentage_never_goes_back(events: list[JobEvent], history: list[Duration], options: Options) -> None:
    found = [look(events[:n], n, history=history, options=options) for n in range(2, len(events) + 1)]
    percents = [f.percent for f in found if f is not None]
    assert percents == sorted(percents)


@_PATIENT
@given(history=histories(), factor=st.floats(1, 30), options=OPTIONS)
def test_a_slower_history_makes_a_later_end(history: list[Duration], factor: float, options: Options) -> None:
    slower = [r.model_copy(update={"seconds": r.seconds * factor}) for r in history]
    early, late = (left(BEGUN, 1, history=runs, options=options) for runs in (history, slower))
    assert late >= early * 0.99 - 0.1


@_PATIENT
@given(history=histories(), options=OPTIONS)
def test_one_more_step_makes_a_later_end(history: list[Duration], options: Options) -> None:
    few, more = (left(BEGUN, 1, history=history, options=options, made=shape(NAMES, steps=n)) for n in (2, 3))
    assert more >= few - 0.1


# -- stuck cells ------------------------------------------------------------------------------------------


def _stuck(events: list[JobEvent], seconds: float, history: Sequence[Duration]) -> list[tuple[int, str, str]]:
    job = shape(NAMES, steps=3)
    fold, watch = ProgressFold(job).apply_all(events), Stopwatch().apply_all(events)
    forecaster = Forecaster(job, Options(), History(history), 50)
    found = stuck_cells(forecaster, fold.results, watch, BEGIN + timedelta(seconds=seconds))
    return [(cell.step, cell.target, cell.compared) for cell in found]


RUNNING = [*BEGUN, *(told(5 + i, EventKind.TARGET_STARTED, t, 1) for i, t in enumerate(NAMES))]
#: All but `a` are done after two seconds.
ALONE = [*RUNNING, *(told(20 + i, EventKind.TARGET_OK, t, 1, seconds=2.0, last=True) for i, t in enumerate("bcd"))]


@pytest.mark.parametrize(
    ("events", "seconds", "history", "found"),
    [
        (RUNNING, 18, HISTORY, []),
        (RUNNING, 60, HISTORY, [(1, name, "history") for name in NAMES]),
        (RUNNING, 60, [], []),  # nothing to compare with
        (ALONE, 16, [], []),
        (ALONE, 5 + SOON + 5, [], [(1, "a", "others")]),
        (ALONE, 18, HISTORY, []),  # the others were quick, this one never is
    ],
)
def test_a_cell_is_stuck_when_it_takes_much_longer_than_usual(
    events: list[JobEvent], seconds: float, history: list[Duration], found: list[tuple[int, str, str]]
) -> None:
    assert _stuck(events, seconds, history) == found


def test_a_cell_that_waits_for_others_is_not_stuck() -> None:
    waiting = [*RUNNING, told(30, EventKind.TARGET_OK, "a", 1, seconds=2.0)]
    assert (1, "a", "history") not in _stuck(waiting, 600, HISTORY)


# -- afterwards -------------------------------------------------------------------------------------------


def _said(at: float, seconds: float) -> ToldForecast:
    return ToldForecast(
        job_id="job",
        seq=1,
        at=BEGIN + timedelta(seconds=at),
        seconds=seconds,
        low=seconds - 5,
        high=seconds + 5,
        percent=0,
        basis="",
    )


def test_what_was_said_is_compared_with_what_came() -> None:
    said = [_said(0, 300), _said(20, 200), _said(50, 60), _said(75, 24)]
    checked = check(said, BEGIN, BEGIN + timedelta(seconds=100))
    assert (checked.told, checked.took, checked.first) == (4, 100, said[0])
    assert checked.worst == pytest.approx(0.1)  # those before a quarter of its time do not count
    assert checked.held == 0.5


def test_what_was_said_of_an_earlier_attempt_is_not_compared() -> None:
    checked = check([_said(-500, 4), _said(0, 300), _said(50, 50)], BEGIN, BEGIN + timedelta(seconds=100))
    assert (checked.told, checked.first) == (2, _said(0, 300))
    assert checked.worst == pytest.approx(0)


def test_of_a_job_of_which_nothing_was_said_there_is_nothing_to_compare() -> None:
    checked = check([], BEGIN, BEGIN)
    assert (checked.told, checked.first, checked.worst, checked.held) == (0, None, None, None)
