# SPDX-License-Identifier: Apache-2.0
"""What the cells of a dry run say."""

from typing import Any

import pytest

from opsconductor.domain.events import EventKind
from opsconductor.domain.previews import kept_diffs, told_diffs, without_diffs
from opsconductor.domain.progress import ProgressFold
from opsconductor.domain.results import ResultStatus, Role
from opsconductor.domain.shapes import JobShape
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
        ({"diff": {"before": {"data": "x" * 81, "type": 1, "in": [1]}, "after": {"data": "y", "type": 2, "in": []}}},
         ["another data, type 1 → 2, another in"]),
        ({}, []),
    ],
)  # fmt: skip
def test_differences_are_told_in_a_few_words(data: Any, told: list[str]) -> None:
    assert told_diffs(data) == kept_diffs(data) == kept_diffs(without_diffs(data)) == told


SHADOW = {"before": "root:secret-hash:1\n", "after": "", "before_header": "/etc/shadow (content)"}


@pytest.mark.parametrize(
    "data",
    [
        {"diff": SHADOW},
        {"diff": [SHADOW]},
        {"diff": "-root:secret-hash:1"},
        {"results": [{"diff": [{"prepared": "root:secret-hash:1"}], "item": {"diff": SHADOW}}]},
        {"ansible_facts": {"opsc_s1": {"looked": {"diff": SHADOW}}}},
    ],
)
def test_what_is_kept_of_a_result_holds_no_content_of_files(data: Any) -> None:
    kept = without_diffs({**data, "changed": True})
    assert "secret-hash" not in str(kept)
    assert kept["changed"]
    assert kept_diffs(kept) == told_diffs(data)


def test_a_result_without_differences_is_kept_as_it_is() -> None:
    data = {"rc": 0, "ansible_facts": {"opsc_s1": {"diff": 3}}, "results": [{"item": "a"}]}
    assert without_diffs(data) == data
    assert without_diffs({"opsc_diffs": ["made up by the target"]}) == {}


@pytest.mark.parametrize("kept", [{"diff": SHADOW}, {"opsc_diffs": ["+0 −1 lines in /etc/shadow"]}])
def test_the_cell_of_a_dry_run_tells_what_would_differ_of_old_events_too(kept: Any) -> None:
    fold = ProgressFold(dry(CheckMode.FULL)).apply_all(
        [event(1, OK, "a", 1, role=Role.MAIN, changed=True, data=kept, last=True)]
    )
    assert fold.results[1, "a"].message == "would change; +0 −1 lines in /etc/shadow"
