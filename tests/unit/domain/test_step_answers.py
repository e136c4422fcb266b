# SPDX-License-Identifier: Apache-2.0
"""From what steps leave about themselves to tables."""

import json
from typing import Any

import pytest

from opsconductor.domain.answers import Column, Unit
from opsconductor.domain.events import EventKind
from opsconductor.domain.progress import ProgressFold
from opsconductor.domain.results import Role
from opsconductor.domain.shapes import JobShape
from opsconductor.domain.step_answers import StepAnswer, first_rows, step_answers
from tests.fixtures.events import BEGIN, event, shape

COLUMNS = (Column(name="mount", title="Filesystem"), Column(name="free", title="Free", unit=Unit.BYTES))


def asking(states: dict[str, str], *columns: Column) -> JobShape:
    """A job on three targets whose first step answers."""
    made = shape(("a", "b", "c"), steps=2)
    first = made.steps[0].model_copy(update={"columns": columns, "states": states})
    return made.model_copy(update={"steps": (first, made.steps[1])})


def told(facts: dict[str, dict[str, Any]], *columns: Column, states: dict[str, str]) -> tuple[StepAnswer, ...]:
    folded = ProgressFold(asking(states, *columns))
    for n, (target, fact) in enumerate(facts.items(), start=1):
        data = {"ansible_facts": {"opsc_s1": fact}}
        folded.apply(event(n, EventKind.TARGET_OK, target, 1, role=Role.MAIN, last=True, data=data))
    results = [folded.results[1, target] for target in ("a", "b", "c")]
    return step_answers(folded.shape, results, BEGIN)


TWO = {"matches": "matching", "differs": "not matching"}


def test_rows_of_each_target_stand_under_their_columns() -> None:
    facts: dict[str, dict[str, Any]] = {
        "b": {"state": "differs", "rows": []},
        "a": {"state": "matches", "rows": [{"mount": "/", "free": 5, "more": 1}, {"mount": "/var"}]},
    }
    [found] = told(facts, *COLUMNS, states=TWO)
    assert found.answer.columns == ("Target", "State", "Filesystem", "Free")
    assert found.answer.units == (None, None, None, Unit.BYTES)
    assert found.answer.rows == (("a", "matching", "/", 5), ("a", "matching", "/var", None))
    assert found.answer.summary == "3 targets: 1 matching, 1 not matching, 1 without an answer"
    assert found.answer.total == 2
    assert first_rows(found, 1).answer.rows == (("a", "matching", "/", 5),)
    assert first_rows(found, 1).answer.total == 2


def test_values_of_the_fact_itself_are_one_row_and_one_state_is_no_column() -> None:
    [found] = told({"c": {"state": "read", "mount": "x", "free": 1.5}}, *COLUMNS, states={"read": "read"})
    assert found.answer.columns == ("Target", "Filesystem", "Free")
    assert found.answer.rows == (("c", "x", 1.5),)


def test_rows_may_be_lists_in_the_order_of_the_columns() -> None:
    facts = {"a": {"state": "read", "rows": [["one"], ["two", 2], "three"]}}
    [found] = told(facts, *COLUMNS, states={"read": "read"})
    assert [row[1:] for row in found.answer.rows] == [("one", None), ("two", 2), ("three", None)]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("\x1b]0;title\x07red \x1b[31mtext", "red text"),
        (["10.0.0.1", "fe80::1"], "10.0.0.1, fe80::1"),
        ([], ""),
        (True, True),
        (None, None),
        ({"a": "\x1b[2J"}, json.dumps({"a": "\x1b[2J"})),
    ],
)
def test_text_of_others_moves_nothing(value: object, cell: object) -> None:
    [found] = told({"a": {"state": "read", "mount": value}}, *COLUMNS, states={"read": "read"})
    assert found.answer.rows[0][1] == cell


def test_steps_without_columns_or_answers_have_no_table() -> None:
    assert told({"a": {"state": "stopped"}}, states={"stopped": "stopped"}) == ()
    assert told({"a": {"was": "running"}}, *COLUMNS, states=TWO) == ()
    assert told({"a": {"state": "read", "rows": "none"}}, *COLUMNS, states=TWO)[0].answer.rows == ()
