# SPDX-License-Identifier: Apache-2.0
"""What the cells of a dry run say."""

from typing import Any

import pytest

from opsconductor.domain.events import EventKind
from opsconductor.domain.previews import told_diffs
from opsconductor.domain.progress import JobShape, ProgressFold
from opsconductor.domain.results import ResultStatus, Role
from opsconductor.domain.templates import CheckMode
from tests.fixtures.events import event, shape

OK, SKIPPED = EventKind.TARGET_OK, EventKind.TARGET_SKIPPED
GOAL, THERE = {"goal": "stopped"}, {"state": "already_stopped"}


def dry(check_mode: CheckMode | None) -> JobShape:
    made = shape(("a",), 1)
    steps = tuple(step.model_copy(update={"check_mode": check_mode}) for step in made.steps)
    return made.model_copy(update={"steps": steps, "dry_run": True})


NEVER = "cannot be previewed: only a real run shows what it changes"
CASES: list[Any] = [
    (CheckMode.FULL, GOAL, OK, {"changed": True}, "changed", "would be stopped"),
    (CheckMode.PARTIAL, GOAL, OK, {"changed": True}, "changed", "would be stopped (not all of it can be foreseen)"),
    (CheckMode.FULL, THERE, SKIPPED, {}, "skipped", "nothing would change: was stopped"),
    (CheckMode.FULL, {}, OK, {"changed": True}, "changed", "would change"),
    (CheckMode.FULL, GOAL, SKIPPED, {}, "changed", "would be stopped"),
    (CheckMode.NONE, {}, SKIPPED, {}, "skipped", NEVER),
    (CheckMode.NONE, {}, OK, {"changed": True}, "skipped", NEVER),
    (None, {"state": "stopped"}, OK, {"message": "read"}, "ok", "read"),
]  # fmt: skip


@pytest.mark.parametrize(("check_mode", "facts", "main", "more", "status", "message"), CASES)
def test_a_cell_says_what_would_change(
    check_mode: CheckMode | None, facts: Any, main: EventKind, more: Any, status: str, message: str
) -> None:
    fold = ProgressFold(dry(check_mode)).apply_all(
        [
            event(1, OK, "a", 1, role=Role.CAPTURE, data={"ansible_facts": {"opsc_s1": facts}}),
            event(2, main, "a", 1, role=Role.MAIN, **more),
            event(3, SKIPPED, "a", 1, role=Role.VERIFY, last=True),
        ]
    )
    result = fold.results[1, "a"]
    assert (result.status.value, result.message) == (status, message)
    assert fold.snapshot().dry_run


def test_a_condition_that_does_not_hold_leaves_nothing_to_change() -> None:
    fold = ProgressFold(dry(CheckMode.NONE)).apply_all(
        [
            event(1, OK, "a", 1, role=Role.GUARD, data={"ansible_facts": {"opsc_c1": False}}),
            event(2, SKIPPED, "a", 1, role=Role.MAIN, last=True),
        ]
    )
    assert fold.results[1, "a"].status is ResultStatus.SKIPPED
    assert fold.results[1, "a"].message == "nothing would change: its condition does not hold"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"diff": {"before": "a\nb\n", "after": "a\nc\nd\n", "after_header": "/etc/x (content)"}},
         ["+2 −1 lines in /etc/x"]),
        ({"diff": [{"before": {"mode": "0644", "path": "/x"}, "after": {"mode": "0600", "path": "/x"}}]},
         ["mode 0644 → 0600"]),
        ({"results": [{"diff": {"before": "", "after": "x"}}, {"diff": None}]}, ["+1 −0 lines"]),
        ({"diff": {"before": "-- a\n++ b\n", "after": ""}}, ["+0 −2 lines"]),
        ({"diff": {"before": "x" * 200_000, "after": "y", "before_header": "/big"}}, ["another content in /big"]),
        ({"diff": {"prepared": "text"}}, []),
        ({}, []),
    ],
)  # fmt: skip
def test_differences_are_told_in_a_few_words(data: Any, told: list[str]) -> None:
    assert told_diffs(data) == told
