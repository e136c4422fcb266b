# SPDX-License-Identifier: Apache-2.0
"""Cells of a target on which a step failed and what was done is taken back."""

from typing import Any

import pytest

from opsconductor.domain.base import Platform
from opsconductor.domain.events import EventKind, JobEvent
from opsconductor.domain.inventory import TELNET
from opsconductor.domain.progress import ProgressFold
from opsconductor.domain.results import ResultStatus, Role
from opsconductor.domain.shapes import JobShape
from opsconductor.domain.templates import CheckMode
from tests.fixtures.events import event, shape

OK, FAILED, SKIPPED, LOST = (EventKind(f"target_{word}") for word in ("ok", "failed", "skipped", "unreachable"))
#: What each step does before the third one fails: [step, role, what, more].
DONE: list[Any] = [
    (1, Role.MAIN, OK, {"changed": True, "last": True}),
    (2, Role.MAIN, OK, {"changed": True, "last": True}),
]
FAILS: Any = (3, Role.VERIFY, FAILED, {"message": "it does not run."})
BACK: list[Any] = [(n, Role.UNDO, OK, {"changed": True}) for n in (3, 2, 1)]
END: Any = (3, Role.UNDO, FAILED, {"last": True, "message": "taken back"})
READS = "it only reads"


def rolling(**irreversible: str) -> JobShape:
    """Three steps on two targets, all with a rollback; `step2="why"` cannot be taken back, `step2=READS` only reads."""
    made = shape(("a", "b"))
    steps = tuple(
        step.model_copy(
            update={
                "rollback": frozenset({Platform.LINUX}),
                "irreversible": None if (why := irreversible.get(f"step{step.n}")) == READS else why,
                "check_mode": None if why == READS else CheckMode.FULL,
            }
        )
        for step in made.steps
    )
    return made.model_copy(update={"steps": steps})


def folded(told: list[Any], **irreversible: str) -> ProgressFold:
    events: list[JobEvent] = [
        event(number, kind, "a", step, role=role, **more)
        for number, (step, role, kind, more) in enumerate(told, start=1)
    ]
    return ProgressFold(rolling(**irreversible)).apply_all(events)


CASES: list[Any] = [
    ("all of it", [*DONE, FAILS, *BACK, END], "rolled_back rolled_back rolled_back", "rolled back steps 3, 2 and 1"),
    ("while it is under way", [*DONE, FAILS, *BACK], "changed changed running", "it does not run."),
    (
        "one step does not come back",
        [*DONE, FAILS, BACK[0], (2, Role.UNDO, FAILED, {"message": "locked"}), (2, Role.UNDO, OK, {}), BACK[2], END],
        "rolled_back changed failed",
        "rolled back steps 3 and 1; step 2 was not rolled back: locked",
    ),
    (
        "what was so already stays",
        [DONE[0], (2, Role.MAIN, SKIPPED, {"last": True}), FAILS, BACK[0], (2, Role.UNDO, SKIPPED, {}), BACK[2], END],
        "rolled_back skipped rolled_back",
        "rolled back steps 3 and 1",
    ),
    (
        "an undo that only looked took nothing back",
        [*DONE, FAILS, BACK[0], (2, Role.UNDO, OK, {}), (2, Role.UNDO, SKIPPED, {}), BACK[2], END],
        "rolled_back changed rolled_back",
        "rolled back steps 3 and 1",
    ),
    (
        "nothing of the failed step came back",
        [*DONE, FAILS, (3, Role.UNDO, SKIPPED, {}), *BACK[1:], END],
        "rolled_back rolled_back failed",
        "it does not run; rolled back steps 2 and 1",
    ),
    (
        "the failed step had done nothing yet",
        [*DONE, (3, Role.GUARD, FAILED, {"message": "no such service"}), *BACK[1:], END],
        "rolled_back rolled_back rolled_back",
        "no such service; rolled back steps 2 and 1",
    ),
    (
        "nothing was done",
        [(1, Role.GUARD, FAILED, {"message": "no such service"}), (1, Role.UNDO, SKIPPED, {}),
         (1, Role.UNDO, FAILED, {"last": True})],
        "failed not_run not_run",
        "no such service",
    ),
    (
        "the connection is gone for good",
        [*DONE, FAILS, (3, Role.UNDO, LOST, {"message": "no answer", "data": {"unreachable": True}})],
        "changed changed unreachable",
        "rolling back was not finished: no answer",
    ),
    (
        "the connection comes back",
        [*DONE, (3, Role.MAIN, LOST, {"message": "aborted"}), *BACK, END],
        "rolled_back rolled_back rolled_back",
        "aborted; rolled back",
    ),
    (
        "it was never reached",
        [*DONE, (3, Role.GUARD, LOST, {"message": "refused", "data": {"unreachable": True}})],
        "changed changed unreachable",
        "refused; steps 2 and 1 could not be rolled back",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("told", "cells", "says"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_the_cells_say_what_was_taken_back(told: list[Any], cells: str, says: str) -> None:
    fold = folded(told)
    assert [fold.results[n, "a"].status.value for n in (1, 2, 3)] == cells.split()
    bad = next(r for n in (3, 1) if (r := fold.results[n, "a"]).message)
    assert says in (bad.message or "")
    assert {fold.results[n, "b"].status for n in (1, 2, 3)} == {ResultStatus.PENDING}, "the others go on"


def test_what_cannot_be_taken_back_is_named() -> None:
    told = [*DONE, FAILS, BACK[0], BACK[2], END]
    fold = folded(told, step2="What a command changed is not known.")
    assert [fold.results[n, "a"].status.value for n in (1, 2, 3)] == ["rolled_back", "changed", "rolled_back"]
    message = fold.results[3, "a"].message or ""
    assert message.startswith(
        "it does not run; rolled back steps 3 and 1; step 2 cannot be rolled back: What a command"
    )
    assert folded(told).results[3, "a"].message == "it does not run; rolled back steps 3 and 1"


def test_a_step_that_cannot_be_taken_back_is_failed_not_rolled_back() -> None:
    fold = folded([*DONE, FAILS, *BACK[1:], END], step3="What a command changed is not known.")
    assert [fold.results[n, "a"].status.value for n in (1, 2, 3)] == ["rolled_back", "rolled_back", "failed"]
    assert "step 3 cannot be rolled back" in (fold.results[3, "a"].message or "")


def test_a_step_that_only_reads_leaves_nothing_where_it_fails() -> None:
    fold = folded([*DONE, (3, Role.MAIN, FAILED, {"message": "it does not answer"}), *BACK[1:], END], step3=READS)
    assert [fold.results[n, "a"].status.value for n in (1, 2, 3)] == ["rolled_back"] * 3


def test_a_target_whose_play_has_no_rollback_or_fallback_fails_at_once() -> None:
    """Over telnet a target is a Linux one in a play of its own."""
    made = rolling()
    steps = tuple(step.model_copy(update={"fallback": frozenset({Platform.LINUX})}) for step in made.steps)
    fold = ProgressFold(made.model_copy(update={"steps": steps, "plays": {"a": TELNET}}))
    fold.apply(event(1, FAILED, "a", 2, role=Role.MAIN, message="denied"))
    fold.apply(event(2, FAILED, "b", 2, role=Role.MAIN, message="denied"))
    assert fold.results[2, "a"].status is ResultStatus.FAILED
    assert fold.results[3, "a"].status is ResultStatus.NOT_RUN
    assert fold.results[2, "b"].status is ResultStatus.RUNNING, "its play goes on with a fallback"


def test_a_rollback_that_was_cut_off_says_so() -> None:
    fold = folded([*DONE, FAILS])
    data = {"status": "cancelled", "targets": ["a"]}
    fold.apply(event(9, EventKind.NOT_RUN, step=3, message="cancelled by ops", data=data))
    result = fold.results[3, "a"]
    assert result.status is ResultStatus.CANCELLED
    assert result.message == "it does not run; rolling back was not finished"


def test_a_target_that_was_rolled_back_has_failed_and_takes_no_further_steps() -> None:
    told = [DONE[0], (2, Role.MAIN, FAILED, {"message": "denied"}), (2, Role.UNDO, OK, {}), BACK[2],
            (2, Role.UNDO, FAILED, {"last": True})]  # fmt: skip
    fold = folded(told)
    assert fold.totals().failed == 1
    assert fold.results[3, "a"].status is ResultStatus.NOT_RUN
    assert fold.results[3, "a"].reason == "stopped at step 2"
    changes = {(r.step, r.status) for r in fold.take_changes() if r.target == "a"}
    assert (1, ResultStatus.ROLLED_BACK) in changes, "what watches the job is told"
