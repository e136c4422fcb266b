# SPDX-License-Identifier: Apache-2.0
"""Times from events: what a cell has worked, when slices and steps began, what is learned of a job that is over."""

from datetime import timedelta

import pytest

from opsconductor.domain.durations import Part
from opsconductor.domain.events import EventKind, JobEvent
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.learning import learned
from opsconductor.domain.progress import ProgressFold
from opsconductor.domain.results import Role
from opsconductor.domain.stopwatch import Stopwatch
from tests.fixtures.events import BEGIN, event, shape, status

LANE = {"lane": "linux/plain/default", "batch": 0, "targets": 2}
OK, STARTED = EventKind.TARGET_OK, EventKind.TARGET_STARTED


def told(seq: int, kind: EventKind, target: str | None = None, step: int | None = None, **more: object) -> JobEvent:
    return event(seq, kind, target, step, slice_id="s", role=Role.MAIN if step else None, **more)


#: `a` needs 2 s for a step, `b` 5 s: `a` waits for it. An event a second.
EVENTS = [
    status(1, JobStatus.RUNNING),
    told(2, EventKind.SLICE_STARTED, data=LANE),
    told(4, STARTED, "a", 1),
    told(5, STARTED, "b", 1),
    told(6, OK, "a", 1, seconds=2.0, last=True),
    told(10, OK, "b", 1, seconds=5.0, last=True),
    told(11, STARTED, "a", 2),
    told(12, STARTED, "b", 2),
    told(13, OK, "a", 2, seconds=2.0, last=True),
    told(17, OK, "b", 2, seconds=5.0, last=True),
    told(18, EventKind.SLICE_ENDED, data=LANE),
    status(19, JobStatus.SUCCEEDED),
]


def test_a_cells_own_time_leaves_waiting_for_others_out() -> None:
    watch = Stopwatch().apply_all(EVENTS)
    assert watch.worked == {(1, "a"): 2, (1, "b"): 5, (2, "a"): 2, (2, "b"): 5}
    assert watch.own(1, "a", BEGIN + timedelta(hours=1)) == 2


def test_a_task_under_way_counts_until_now() -> None:
    watch = Stopwatch().apply_all(EVENTS[:5])
    assert watch.own(1, "b", BEGIN + timedelta(seconds=9)) == 4
    assert watch.own(1, "b", BEGIN) == 0  # another clock
    assert watch.own(2, "b", BEGIN) is None


def test_a_replay_changes_nothing() -> None:
    watch = Stopwatch().apply_all(EVENTS).apply_all(EVENTS)
    assert watch.worked[1, "b"] == 5


def test_what_is_learned_of_a_job() -> None:
    made = shape(("a", "b"), steps=2)
    watch = Stopwatch().apply_all(EVENTS)
    found = list(learned(made, ProgressFold(made).apply_all(EVENTS).results, watch, 50))
    cells = {(d.step, d.target): d.seconds for d in found if d.part is Part.CELL}
    assert cells == watch.worked
    assert [(d.step, d.seconds, d.size) for d in found if d.part is Part.DRAG] == [(1, 2.0, 2), (2, 1.0, 2)]
    assert [d.seconds for d in found if d.part is Part.BEGIN] == [3]
    assert [d.seconds for d in found if d.part is Part.FINISH] == [1]


def test_what_a_pause_took_is_no_work() -> None:
    held = [*EVENTS[:6], status(40, JobStatus.PAUSED), status(90, JobStatus.RUNNING)]
    late = [told(e.seq + 100, e.kind, e.target, e.step, seconds=e.seconds, last=e.last) for e in EVENTS[6:10]]
    made = shape(("a", "b"), steps=2)
    events = [*held, *late, told(120, EventKind.SLICE_ENDED, data=LANE), status(121, JobStatus.SUCCEEDED)]
    watch = Stopwatch().apply_all(events)
    found = learned(made, ProgressFold(made).apply_all(events).results, watch, 50)
    drags = [d.seconds for d in found if d.part is Part.DRAG]
    assert drags[0] == pytest.approx(111 - 4 - 50 - 5)


#: `b` failed at step 2 and is run once more there, in a slice that passes by what was done.
AGAIN = [
    *EVENTS[:9],
    told(17, EventKind.TARGET_FAILED, "b", 2, seconds=5.0, last=True),
    told(18, EventKind.SLICE_ENDED, data=LANE),
    status(19, JobStatus.PARTIALLY_FAILED),
    event(100, EventKind.ATTEMPT, data={"attempt": 2, "cells": {"b": [2]}}),
    status(101, JobStatus.QUEUED),
    status(200, JobStatus.RUNNING),
    told(201, EventKind.SLICE_STARTED, data=LANE | {"targets": 1}),
    told(203, STARTED, "b", 1),
    told(204, EventKind.TARGET_SKIPPED, "b", 1, seconds=0.5, last=True),
    told(205, STARTED, "b", 2),
    told(212, OK, "b", 2, seconds=7.0, last=True),
    told(213, EventKind.SLICE_ENDED, data=LANE),
    status(214, JobStatus.SUCCEEDED),
]


def test_a_further_attempt_is_timed_by_itself() -> None:
    begun = AGAIN.index(next(e for e in AGAIN if e.kind is EventKind.ATTEMPT))
    queued = Stopwatch().apply_all(AGAIN[: begun + 2])
    assert (queued.started, queued.free, queued.slices) == (None, None, {})
    assert queued.worked == {(1, "a"): 2, (1, "b"): 5, (2, "a"): 2}
    over = queued.apply_all(AGAIN)
    assert over.started == BEGIN + timedelta(seconds=200)
    assert over.worked == {(1, "a"): 2, (1, "b"): 5, (2, "a"): 2, (2, "b"): 7}


def test_of_a_retried_cell_only_its_last_attempt_is_learned() -> None:
    made = shape(("a", "b"), steps=2)
    found = list(learned(made, ProgressFold(made).apply_all(AGAIN).results, Stopwatch().apply_all(AGAIN), 50))
    cells = {(d.step, d.target): d.seconds for d in found if d.part is Part.CELL}
    assert cells == {(1, "a"): 2, (1, "b"): 5, (2, "a"): 2, (2, "b"): 7}
    assert [(d.step, d.seconds, d.size) for d in found if d.part is Part.DRAG] == [(2, 0.0, 1)]
    assert [d.seconds for d in found if d.part is Part.BEGIN] == [3]


def test_nothing_is_learned_of_a_cell_that_had_nothing_to_do() -> None:
    made = shape(("a", "b"), steps=2)
    passed = [e.model_copy(update={"kind": EventKind.TARGET_SKIPPED}) if e.seq == 6 else e for e in EVENTS]
    found = learned(made, ProgressFold(made).apply_all(passed).results, Stopwatch().apply_all(passed), 50)
    assert [(d.step, d.target) for d in found if d.part is Part.CELL] == [(1, "b"), (2, "a"), (2, "b")]


def test_what_a_dry_run_took_is_kept_apart() -> None:
    made = shape(("a", "b"), steps=2).model_copy(update={"dry_run": True})
    passed = [e.model_copy(update={"kind": EventKind.TARGET_SKIPPED}) if e.seq == 6 else e for e in EVENTS]
    found = list(learned(made, ProgressFold(made).apply_all(passed).results, Stopwatch().apply_all(passed), 50))
    assert {d.intent for d in found if d.part in (Part.CELL, Part.DRAG)} == {"dry:service.stop"}
    assert len([d for d in found if d.part is Part.CELL]) == 4, "most of a dry run has nothing to do"


@pytest.mark.parametrize("kind", [EventKind.TARGET_FAILED, EventKind.TARGET_UNREACHABLE])
def test_nothing_is_learned_of_a_cell_that_failed(kind: EventKind) -> None:
    made = shape(("a",), steps=1)
    events = [*EVENTS[:3], told(6, kind, "a", 1, seconds=900.0, last=True)]
    found = learned(made, ProgressFold(made).apply_all(events).results, Stopwatch().apply_all(events), 50)
    assert [d for d in found if d.part is Part.CELL] == []
