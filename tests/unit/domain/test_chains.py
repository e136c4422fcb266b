# SPDX-License-Identifier: Apache-2.0
"""Which link follows which end of a job, and that chains lead nowhere back."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconductor.domain.chains import Link, changed, linked, loop_through, why_not
from opsconductor.domain.jobs import JobStatus
from opsconductor.errors import InvalidInput

NAMES = "abcde"


def links(*names: str) -> tuple[Link, ...]:
    return tuple(Link(runbook=name) for name in names)


@pytest.mark.parametrize(
    ("status", "success", "failure"),
    [
        (JobStatus.SUCCEEDED, True, False),
        (JobStatus.PARTIALLY_FAILED, False, True),
        (JobStatus.FAILED, False, True),
        (JobStatus.CANCELLED, False, False),
    ],
)
def test_what_follows(status: JobStatus, success: bool, failure: bool) -> None:
    assert (why_not(Link(runbook="b", on="success"), status) is None) is success
    assert (why_not(Link(runbook="b", on="failure"), status) is None) is failure
    assert "ended as" in (why_not(Link(runbook="b", on="failure"), JobStatus.CANCELLED) or "")


@pytest.mark.parametrize(
    ("others", "way"),
    [
        ({"b": links("c"), "c": ()}, None),
        ({"b": links("c"), "c": links("a")}, ["a", "b", "c", "a"]),
        ({"b": links("b")}, None),  # not through a: refused when b was saved
        ({"a": links("b"), "b": ()}, None),  # what a was before does not count
    ],
)
def test_a_circle_is_named(others: dict[str, tuple[Link, ...]], way: list[str] | None) -> None:
    assert loop_through("a", links("b"), others) == way


def test_a_runbook_does_not_follow_itself() -> None:
    assert loop_through("a", links("a"), {}) == ["a", "a"]


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES), max_size=3)), max_size=12))
def test_whatever_is_saved_in_turn_no_walk_ever_comes_back(edits: list[tuple[str, list[str]]]) -> None:
    graph: dict[str, tuple[Link, ...]] = dict.fromkeys(NAMES, ())
    for name, following in edits:
        if loop_through(name, links(*following), graph) is None:
            graph[name] = links(*following)

    def walk(name: str, seen: frozenset[str]) -> None:
        assert name not in seen
        for link in graph[name]:
            walk(link.runbook, seen | {name})

    for name in NAMES:
        walk(name, frozenset())


B = Link(runbook="b", params={"where": "Web"})
C = Link(runbook="c", on="failure")


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (Link(runbook="d"), [B, C, Link(runbook="d")]),
        (B.model_copy(update={"approval": True}), [B.model_copy(update={"approval": True}), C]),
        (Link(runbook="c"), [B, C, Link(runbook="c")]),  # on success besides
        (Link(runbook="b", params={"where": "DB"}), [B, C, Link(runbook="b", params={"where": "DB"})]),
        (B, [B, C]),
    ],
)
def test_one_more_follows_or_is_approved_otherwise(link: Link, expected: list[Link]) -> None:
    assert [*linked((B, C), link)] == expected


@pytest.mark.parametrize(
    ("number", "values", "expected"),
    [
        (1, {"approval": True}, [B.model_copy(update={"approval": True}), C]),
        (1, {"on": "failure"}, [B.model_copy(update={"on": "failure"}), C]),
        (1, {"params": {"where": "DB"}}, [B.model_copy(update={"params": {"where": "DB"}}), C]),
        (1, {"runbook": "d"}, [Link(runbook="d"), C]),
        (2, None, [B]),
    ],
)
def test_one_of_what_follows_is_changed(number: int, values: dict[str, Any] | None, expected: list[Link]) -> None:
    assert [*changed((B, C), number, values)] == expected


@pytest.mark.parametrize(("number", "values", "says"), [(3, None, "2 follow"), (1, {}, "what is to change")])
def test_what_cannot_be_changed_is_said(number: int, values: dict[str, Any] | None, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        changed((B, C), number, values)
