# SPDX-License-Identifier: Apache-2.0
"""Answers on a terminal."""

import io
from datetime import UTC, datetime

import pytest

from opsconductor.cli.answer_view import answer_tables, shown
from opsconductor.cli.output import PlainConsole
from opsconductor.domain.answers import Answer, Cell, Unit
from opsconductor.domain.step_answers import StepAnswer


@pytest.mark.parametrize(
    ("cell", "unit", "text"),
    [
        (0, Unit.BYTES, "0 B"),
        (1023, Unit.BYTES, "1023 B"),
        (1536, Unit.BYTES, "1.5 KB"),
        (5 * 1024**4, Unit.BYTES, "5.0 TB"),
        ("", Unit.BYTES, ""),
        (45, Unit.SECONDS, "45 s"),
        (3 * 86_400 + 7_300, Unit.SECONDS, "3 d 2 h"),
        (-3 * 86_400, Unit.SECONDS, "-3 d 0 h"),
        (12.5, None, "12.5"),
        (True, None, "yes"),
        (None, Unit.SECONDS, ""),
    ],
)
def test_numbers_are_shown_in_the_unit_of_their_column(cell: Cell, unit: Unit | None, text: str) -> None:
    assert shown(cell, unit) == text


def test_a_table_has_its_sentence_above_it_and_prints_no_markup() -> None:
    answer = Answer(
        summary="2 targets: 1 matching",
        columns=("Target", "Line", "Size"),
        rows=(("web-1", "[red]x[/red] \x1b[31mred", 2048),),
        total=1,
        units=(None, None, Unit.BYTES),
        at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    out = io.StringIO()
    PlainConsole(file=out, width=80).print(answer_tables([StepAnswer(step=1, title="Search", answer=answer)]))
    lines = [line.rstrip() for line in out.getvalue().splitlines() if line.strip()]
    assert lines[0] == "Step 1: Search  2 targets: 1 matching"
    assert lines[1].split() == ["Target", "Line", "Size"]
    assert lines[2].split() == ["web-1", "[red]x[/red]", "red", "2.0", "KB"]
