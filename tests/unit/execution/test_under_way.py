# SPDX-License-Identifier: Apache-2.0
"""What is under way where, told from a slice's events."""

from opsconductor.domain.events import EventKind
from opsconductor.execution.shapes import cells, restrict
from opsconductor.execution.under_way import UnderWay
from tests.fixtures.events import event, shape

BEGUN, OVER = EventKind.TARGET_STARTED, EventKind.TARGET_OK


def test_a_step_that_is_not_for_a_target_is_never_under_way_there() -> None:
    whole = shape(("a", "b"))
    first = whole.steps[0].model_copy(update={"targets": ("a",)})
    clock = [0.0]
    under_way = UnderWay(cells(whole.model_copy(update={"steps": (first, *whole.steps[1:])})), lambda: clock[0])
    under_way.heard(event(1, BEGUN, "a", 1))
    under_way.heard(event(2, BEGUN, "b", 1))
    clock[0] = 10.0
    assert under_way.steps() == under_way.over(9.0) == {"a": 1}
    under_way.heard(event(3, OVER, "a", 1))
    under_way.heard(event(4, BEGUN, "b", 2))
    assert under_way.steps() == {"b": 2}
    assert under_way.over(9.0) == {}


def test_the_cells_of_a_part_are_those_of_its_targets() -> None:
    assert cells(restrict(shape(("a", "b")), ("b",))) == {(step.n, "b") for step in shape(("a", "b")).steps}
