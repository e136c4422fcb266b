# SPDX-License-Identifier: Apache-2.0
"""Which cells a further attempt opens, and which it asks about first."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconductor.domain.attempts import Answers, Which, reopen
from opsconductor.domain.base import Platform
from opsconductor.domain.events import EventKind, JobEvent
from opsconductor.domain.progress import ProgressFold
from opsconductor.domain.reopening import Key, Reopened
from opsconductor.domain.results import GOOD, Result, ResultStatus
from opsconductor.domain.shapes import JobShape, StepShape

#: Steps 1 and 3 may be repeated, step 2 may not.
STEPS = tuple(StepShape(n=n, intent="test.step", title=f"step {n}", repeatable=n != 2) for n in (1, 2, 3))
LETTERS = {
    "o": ResultStatus.OK,
    "c": ResultStatus.CHANGED,
    "s": ResultStatus.SKIPPED,
    "f": ResultStatus.FAILED,
    "x": ResultStatus.UNREACHABLE,
    "r": ResultStatus.ROLLED_BACK,
    "k": ResultStatus.CANCELLED,
    "n": ResultStatus.NOT_RUN,
    "u": ResultStatus.UNKNOWN,
}


def _shape(columns: list[str]) -> JobShape:
    names = tuple("abcdef"[: len(columns)])
    return JobShape(job_id="j", title="t", steps=STEPS, targets=names, platforms=dict.fromkeys(names, Platform.LINUX))


def _results(columns: list[str]) -> dict[Key, Result]:
    return {
        (n, name): Result(step=n, target=name, status=LETTERS[letter])
        for name, column in zip("abcdef", columns, strict=False)
        for n, letter in enumerate(column, start=1)
    }


@pytest.mark.parametrize(
    ("columns", "which", "began", "cells", "asked"),
    [
        # Good targets are left alone; a failed one goes on from the step that failed.
        (["occ", "ofn"], Which.NOT_GOOD, [], {"b": (2, 3)}, []),
        (["occ", "cfn"], Which.NOT_GOOD, [(2, "b")], {"b": (2, 3)}, [(2, "b")]),
        (["ccf"], Which.NOT_GOOD, [(3, "a")], {"a": (3,)}, []),
        (["xnn"], Which.NOT_GOOD, [], {"a": (1, 2, 3)}, []),
        # Taken back: begins where the undo ended; what could not be taken back stays done.
        (["rcf"], Which.NOT_GOOD, [], {"a": (1, 3)}, []),
        # A resumed job leaves failed targets as they are, and asks about what was under way.
        (["ofn", "nnn", "cun"], Which.HELD_UP, [], {"b": (1, 2, 3), "c": (2, 3)}, [(2, "c")]),
        (["ocu", "onn"], Which.HELD_UP, [], {"a": (3,), "b": (2, 3)}, []),
        # Cut off by a cancellation: asked only where something that acts had begun.
        (["okn"], Which.NOT_GOOD, [], {"a": (2, 3)}, []),
        (["okn"], Which.NOT_GOOD, [(2, "a")], {"a": (2, 3)}, [(2, "a")]),
        # A target that was cut off may have gone on behind our back.
        (["fnn"], Which.NOT_GOOD, [(1, "a"), (2, "a")], {"a": (1, 2, 3)}, [(2, "a")]),
        (["occ", "sso"], Which.NOT_GOOD, [], {}, []),
    ],
)
def test_what_is_opened(
    columns: list[str], which: Which, began: list[Key], cells: dict[str, tuple[int, ...]], asked: list[Key]
) -> None:
    opened, doubtful = reopen(2, _shape(columns), _results(columns), set(began), which)
    assert opened.cells == cells
    assert [(cell.step, cell.target) for cell in doubtful] == asked


def test_an_answer_for_a_target_counts_before_one_for_the_step() -> None:
    columns = ["oun", "oun", "oun"]
    answers = Answers(repeat=("2",), skip=("2:b",))
    opened, doubtful = reopen(2, _shape(columns), _results(columns), set(), Which.HELD_UP, answers=answers)
    assert doubtful == []
    assert opened.cells == {"a": (2, 3), "b": (3,), "c": (2, 3)}
    assert opened.skip == {"b": (2,)}


@pytest.mark.parametrize("said", ["4", "0", "two", "2:nobody", "2:"])
def test_an_answer_about_nothing_is_strange(said: str) -> None:
    assert Answers(repeat=(said,)).strange(_shape(["oun"])) == [said]


def test_what_is_said_both_ways_is_strange() -> None:
    assert Answers(repeat=("2",), skip=("2",)).strange(_shape(["oun"])) == ["2"]


COLUMNS = st.lists(st.text(alphabet="ocsfxrknu", min_size=3, max_size=3), min_size=1, max_size=4)


@given(COLUMNS, st.sampled_from(list(Which)))
def test_what_is_done_is_never_opened_and_the_fold_carries_it_over(columns: list[str], which: Which) -> None:
    shape, results = _shape(columns), _results(columns)
    opened, _ = reopen(2, shape, results, set(), which, answers=Answers(repeat=("1", "2", "3")))
    fold = ProgressFold(shape)
    fold.results = dict(results)
    fold.apply(_begun(opened))
    for key, before in results.items():
        step, target = key
        if step in opened.cells.get(target, ()):
            assert before.status not in GOOD
            assert fold.results[key].status is ResultStatus.PENDING
        else:
            assert fold.results[key] == before
    assert fold.opened == frozenset(opened.cells)


def test_values_are_kept_unless_they_were_taken_back_or_told_of_nothing_to_do() -> None:
    known = {"was": "running", "goal": "stopped"}
    columns = ["fnn", "rnn", "fnn"]
    results = _results(columns)
    results[1, "a"] = results[1, "a"].model_copy(update={"facts": known, "changed": True})
    results[1, "b"] = results[1, "b"].model_copy(update={"facts": known, "changed": True})
    results[1, "c"] = results[1, "c"].model_copy(update={"facts": {"state": "already_stopped"}})
    opened, _ = reopen(2, _shape(columns), results, set(), Which.NOT_GOOD)
    assert opened.forget == {"b": (1,), "c": (1,)}
    fold = ProgressFold(_shape(columns))
    fold.results = results
    fold.apply(_begun(opened))
    assert (fold.results[1, "a"].facts, fold.results[1, "a"].changed) == (known, True)
    assert (fold.results[1, "b"].facts, fold.results[1, "b"].changed) == ({}, False)
    assert fold.results[1, "c"].facts == {}


def _begun(opened: Reopened) -> JobEvent:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    data = opened.model_dump(mode="json")
    return JobEvent(job_id="j", seq=1, key="attempt", kind=EventKind.ATTEMPT, at=at, data=data)
