# SPDX-License-Identifier: Apache-2.0
"""What is counted as cells change is what would be counted anew."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from opsconductor.domain.events import EventKind, JobEvent
from opsconductor.domain.progress import ProgressFold
from opsconductor.domain.results import Role
from opsconductor.domain.shapes import JobShape, StepShape

TARGETS = ("a", "b", "c")
SHAPE = JobShape(
    job_id="j",
    title="t",
    steps=(
        StepShape(n=1, intent="i", title="one"),
        StepShape(n=2, intent="i", title="two", targets=("a", "c")),
        StepShape(n=3, intent="i", title="three"),
    ),
    targets=TARGETS,
    platforms={},
)
_KINDS = (EventKind.TARGET_STARTED, EventKind.TARGET_OK, EventKind.TARGET_FAILED, EventKind.TARGET_UNREACHABLE)
_events = st.tuples(st.sampled_from(_KINDS), st.integers(1, 3), st.sampled_from(TARGETS), st.booleans())
_ends = st.tuples(st.sampled_from(["not_run", "unknown", "attempt"]), st.sampled_from(TARGETS))


def _event(seq: int, told: tuple[object, ...]) -> JobEvent:
    at = datetime(2026, 1, 2, tzinfo=UTC)
    if len(told) == 2:
        kind, target = told
        if kind == "attempt":
            data = {"attempt": 2, "cells": {target: [1, 2, 3]}}
            return JobEvent(job_id="j", seq=seq, key=str(seq), kind=EventKind.ATTEMPT, at=at, data=data)
        data = {"status": kind, "targets": [target]}
        return JobEvent(job_id="j", seq=seq, key=str(seq), kind=EventKind.NOT_RUN, at=at, data=data)
    return JobEvent.model_validate(
        {"job_id": "j", "seq": seq, "key": str(seq), "at": at, "role": Role.MAIN, "last": True}
        | dict(zip(("kind", "step", "target", "changed"), told, strict=True))
    )


@given(st.lists(st.one_of(_events, _ends), max_size=30))
def test_looking_on_the_way_changes_nothing(told: list[tuple[object, ...]]) -> None:
    events = [_event(n, each) for n, each in enumerate(told, start=1)]
    watched = ProgressFold(SHAPE)
    for event in events:
        watched.apply(event)
        watched.snapshot()
    fresh = ProgressFold(SHAPE).apply_all(events).snapshot()
    assert watched.snapshot() == fresh
    assert fresh.totals.completed + fresh.totals.failed + fresh.totals.cancelled + fresh.totals.pending == 3
    assert sum(step.counts.get("running", 0) for step in fresh.steps) >= len(fresh.current_targets)
