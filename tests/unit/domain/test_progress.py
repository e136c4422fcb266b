# SPDX-License-Identifier: Apache-2.0
"""From events to cells, totals and an estimate."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from opsconductor.domain.events import EventKind, JobEvent
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.progress import Progress, ProgressFold, fold
from opsconductor.domain.results import FINAL, ResultStatus, Role
from tests.fixtures.events import event, shape, status

CASES = yaml.safe_load((Path(__file__).parents[2] / "cases/progress/folds.yml").read_text(encoding="utf-8"))
TARGETS = ("a", "b", "c")
MAIN = {"role": Role.MAIN, "last": True}
OK = EventKind.TARGET_OK


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_table(case: dict[str, Any]) -> None:
    events = [
        event(n, EventKind(f"target_{what}"), "a", step, role=Role(role), **(more[0] if more else {}))
        for n, (step, role, what, *more) in enumerate(case["events"], start=1)
    ]
    progress = fold(shape(fallback=case.get("fallback", False)), events)
    assert [row[0].value for row in progress.cells] == case["cells"]


def test_a_stopped_target_says_where_and_leaves_the_others() -> None:
    folded = ProgressFold(shape(TARGETS)).apply_all(
        [
            event(1, EventKind.TARGET_FAILED, "b", 1, role=Role.MAIN, message="no such service"),
            event(2, OK, "a", 1, **MAIN),
        ]
    )
    assert folded.results[1, "b"].message == "no such service"
    assert folded.results[2, "b"].reason == folded.results[3, "b"].reason == "stopped at step 1"
    assert folded.results[2, "a"].status is ResultStatus.PENDING
    assert folded.totals().model_dump() == {
        "total": 3,
        "completed": 0,
        "failed": 1,
        "cancelled": 0,
        "pending": 2,
        "running": 0,
    }


def test_what_became_of_processes_is_told_only_where_there_is_a_cell() -> None:
    told = {"message": "nothing left"}
    folded = ProgressFold(shape(TARGETS)).apply_all(
        [event(n, EventKind.PROCESSES, target, 1, **told) for n, target in enumerate(("b", "other"), start=1)]
    )
    assert {key: cell.message for key, cell in folded.results.items() if cell.message} == {(1, "b"): "nothing left"}


def test_large_files_are_told_while_their_step_is_running() -> None:
    folded = ProgressFold(shape(TARGETS)).apply_all(
        [
            event(1, EventKind.TARGET_STARTED, "b", 1, role=Role.MAIN),
            event(2, EventKind.TRANSFER, "b", 1, data={"done": 10, "size": 40}),
            event(3, EventKind.TRANSFER, "b", 1, data={"done": 30, "size": 40}),
            event(4, EventKind.TRANSFER, "a", 1, data={"done": 5, "size": 40}),
        ]
    )
    assert [(t.target, t.done, t.size) for t in folded.snapshot().transfers] == [("a", 5, 40), ("b", 30, 40)]
    folded.apply(event(5, OK, "b", 1, role=Role.MAIN))
    assert [t.target for t in folded.snapshot().transfers] == ["a"], "the task is over"
    folded.apply(event(6, EventKind.TARGET_FAILED, "a", 1, role=Role.MAIN))
    assert folded.snapshot().transfers == ()


def test_reported_states_are_counted_by_their_labels() -> None:
    facts = [{"state": "stopped"}, {"state": "already_stopped"}, {"state": "stopped", "message": "took 3 s"}]
    folded = ProgressFold(shape(TARGETS))
    for n, (target, fact) in enumerate(zip(TARGETS, facts, strict=True), start=1):
        folded.apply(event(n, OK, target, 1, role=Role.CAPTURE, data={"ansible_facts": {"opsc_s1": fact}}))
    assert folded.snapshot().steps[0].states == {"stopped": 2, "was stopped": 1}
    assert folded.results[1, "c"].message == "took 3 s"
    assert folded.results[1, "a"].facts == {"state": "stopped"}


def _goal(**fact: str) -> JobEvent:
    """A capture that found something to do."""
    own = {"was": "running", "goal": "stopped", **fact}
    return event(1, OK, "a", 1, role=Role.CAPTURE, data={"ansible_facts": {"opsc_s1": own}})


VERIFY = {"role": Role.VERIFY, "last": True}
DID = event(2, OK, "a", 1, role=Role.MAIN, changed=True)
GOALS: list[Any] = [
    ("reached", [_goal(), DID, event(3, OK, "a", 1, **VERIFY)], "stopped"),
    ("it was so already", [_goal(), event(2, OK, "a", 1, role=Role.MAIN), event(3, OK, "a", 1, **VERIFY)], "stopped"),
    ("still to be verified", [_goal(), DID], None),
    ("not reached", [_goal(), DID, event(3, EventKind.TARGET_FAILED, "a", 1, **VERIFY)], None),
    ("lost", [_goal(), DID, event(3, EventKind.TARGET_UNREACHABLE, "a", 1, **VERIFY)], None),
    ("a preview", [_goal(), DID, event(3, EventKind.TARGET_SKIPPED, "a", 1, **VERIFY)], None),
    ("nobody knows", [_goal(), DID, event(3, EventKind.NOT_RUN, "a", 1, data={"status": "unknown"})], None),
    ("a state counts more", [_goal(state="already_stopped"), DID, event(3, OK, "a", 1, **VERIFY)], "already_stopped"),
]


@pytest.mark.parametrize(("events", "state"), [pytest.param(*case[1:], id=case[0]) for case in GOALS])
def test_a_goal_is_reported_where_it_is_reached_and_only_then(events: list[JobEvent], state: str | None) -> None:
    folded = ProgressFold(shape()).apply_all(events)
    assert folded.results[1, "a"].state == state
    assert sum(folded.snapshot().steps[0].states.values()) == (state is not None)


@pytest.mark.parametrize(
    ("fact", "main", "state"),
    [
        ({"was": "running", "goal": "stopped"}, OK, "stopped"),
        ({"was": "stopped", "state": "already_stopped"}, EventKind.TARGET_SKIPPED, "already_stopped"),
    ],
)
def test_a_second_attempt_reports_by_the_facts_it_was_given(fact: dict[str, str], main: EventKind, state: str) -> None:
    folded = ProgressFold(shape(TARGETS)).apply_all(
        [
            event(1, EventKind.SLICE_STARTED, data={"facts": {"a": {"opsc_s1": fact}, "elsewhere": {}}}),
            event(2, EventKind.TARGET_SKIPPED, "a", 1, role=Role.CAPTURE),
            event(3, main, "a", 1, role=Role.MAIN),
        ]
    )
    assert not folded.snapshot().steps[0].states
    folded.apply(event(4, main, "a", 1, **VERIFY))
    assert folded.results[1, "a"].state == state
    assert folded.results[1, "a"].facts == fact
    assert folded.results[1, "b"].facts == {}


def test_facts_of_other_steps_are_not_this_steps() -> None:
    folded = ProgressFold(shape())
    folded.apply(event(1, OK, "a", 1, role=Role.MAIN, data={"ansible_facts": {"opsc_s2": {"state": "x"}, "other": 1}}))
    folded.apply(event(2, OK, "a", 1, role=Role.MAIN, data={"ansible_facts": ["odd"]}))
    assert folded.results[1, "a"].facts == {}
    assert folded.results[1, "a"].state is None


def test_cells_that_never_started_take_the_reason() -> None:
    folded = ProgressFold(shape(TARGETS)).apply_all(
        [
            event(1, EventKind.TARGET_STARTED, "a", 1, role=Role.MAIN),
            event(2, EventKind.NOT_RUN, step=1, message="lost", data={"status": "unknown", "targets": ["a"]}),
            event(3, EventKind.NOT_RUN, message="max_fail", data={"status": "not_run", "targets": ["a", "b"]}),
        ]
    )
    assert [folded.results[n, "a"].status.value for n in (1, 2, 3)] == ["unknown", "not_run", "not_run"]
    assert {folded.results[n, "b"].reason for n in (1, 2, 3)} == {"max_fail"}
    assert folded.results[1, "c"].status is ResultStatus.PENDING


def test_steps_for_some_targets_only() -> None:
    whole = shape(TARGETS)
    steps = (whole.steps[0].model_copy(update={"targets": ("b",)}), *whole.steps[1:])
    folded = ProgressFold(whole.model_copy(update={"steps": steps}))
    assert (1, "a") not in folded.results
    assert folded.snapshot().cells[0] == (ResultStatus.SKIPPED, ResultStatus.PENDING, ResultStatus.SKIPPED)


@pytest.mark.parametrize(
    ("last", "outcome"),
    [
        ({"a": "ok", "b": "ok"}, JobStatus.SUCCEEDED),
        ({"a": "ok", "b": "failed"}, JobStatus.PARTIALLY_FAILED),
        ({"a": "failed", "b": "unreachable"}, JobStatus.FAILED),
        ({"a": "ok", "b": "not_run"}, JobStatus.PARTIALLY_FAILED),
        ({"a": "not_run", "b": "not_run"}, JobStatus.CANCELLED),
    ],
)
def test_outcome(last: dict[str, str], outcome: JobStatus) -> None:
    events = [
        event(n, EventKind.NOT_RUN, a, message="x", data={"status": "not_run"})
        if how == "not_run"
        else event(n, EventKind(f"target_{how}"), a, 1, **MAIN)
        for n, (a, how) in enumerate(last.items(), start=1)
    ]
    assert ProgressFold(shape(("a", "b"), steps=1)).apply_all(events).outcome() is outcome


def test_a_step_counts_the_targets_where_it_is_over() -> None:
    folded = ProgressFold(shape(("a", "b"), steps=2)).apply_all(
        [status(1, JobStatus.RUNNING), event(2, OK, "a", 1, **MAIN), event(3, EventKind.TARGET_FAILED, "b", 1, **MAIN)]
    )
    assert [(step.done, step.total) for step in folded.snapshot().steps] == [(2, 2), (1, 2)]


def test_the_end_of_a_job_is_its_last_event() -> None:
    ended = ProgressFold(shape()).apply_all([status(1, JobStatus.RUNNING), status(2, JobStatus.SUCCEEDED)]).snapshot()
    assert ended.ended_at == ended.at
    assert ended.current_step is None


KINDS = [EventKind(f"target_{what}") for what in ("started", "ok", "failed", "skipped", "unreachable", "retry")]


@st.composite
def histories(draw: st.DrawFn) -> list[JobEvent]:
    """Any events in any order, numbered without a gap."""
    length = draw(st.integers(0, 25))
    return [
        event(
            seq,
            draw(st.sampled_from([*KINDS, EventKind.NOT_RUN])),
            draw(st.sampled_from(TARGETS)),
            draw(st.integers(1, 3)),
            role=draw(st.sampled_from(list(Role))),
            last=draw(st.booleans()),
            changed=draw(st.booleans()),
            ignored=draw(st.booleans()),
        )
        for seq in range(1, length + 1)
    ]


@given(history=histories(), cut=st.integers(0, 25))
def test_replay_from_any_point_is_the_same(history: list[JobEvent], cut: int) -> None:
    whole = fold(shape(TARGETS, fallback=True), history)
    folded = ProgressFold(shape(TARGETS, fallback=True)).apply_all(history[:cut])
    folded.apply_all(history)  # everything once more from the beginning
    assert folded.snapshot() == whole


@given(history=histories())
def test_every_prefix_is_consistent(history: list[JobEvent]) -> None:
    folded = ProgressFold(shape(TARGETS, fallback=True))
    shown = {key: result.status for key, result in folded.results.items()}
    for seen in history:
        before = dict(folded.results)
        folded.apply(seen)
        shown |= {(r.step, r.target): r.status for r in folded.take_changes()}
        _check(folded.snapshot())
        for key, result in folded.results.items():
            assert shown[key] is result.status  # changes alone lead to the same matrix
            if before[key].status in FINAL:
                assert result.status is before[key].status


def _check(progress: Progress) -> None:
    totals = progress.totals
    assert totals.completed + totals.failed + totals.cancelled + totals.pending == totals.total == 3
    assert totals.running <= totals.pending
    for step, row in zip(progress.steps, progress.cells, strict=True):
        assert sum(step.counts.values()) == len(row)
        assert (step.status == "done") is all(cell in FINAL for cell in row)
