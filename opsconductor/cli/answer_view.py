# SPDX-License-Identifier: Apache-2.0
"""Answers as tables on a terminal."""

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from opsconductor.cli.plan_view import duration
from opsconductor.domain.answers import Answer, Cell, Unit
from opsconductor.domain.step_answers import StepAnswer

_SIZES = ("B", "KB", "MB", "GB", "TB", "PB")


def answer_tables(answers: Iterable[StepAnswer]) -> RenderableType:
    """Each step's title and summary, and below it the table."""
    parts: list[RenderableType] = []
    for told in answers:
        head = Text.assemble((f"Step {told.step}: {told.title}", "bold"), f"  {told.answer.summary}")
        parts += [Text(), head]
        if told.answer.rows:
            parts.append(answer_table(told.answer))
    return Group(*parts)


def answer_table(answer: Answer) -> Table:
    """The rows with units as people write them; cells are printed as they are, without markup."""
    units = answer.units or tuple(None for _ in answer.columns)
    table = Table(header_style="bold", box=None, pad_edge=False)
    for at, (title, unit) in enumerate(zip(answer.columns, units, strict=True)):
        numeric = unit is not None or any(_is_number(row[at]) for row in answer.rows)
        table.add_column(title, justify="right" if numeric else "left", overflow="fold", no_wrap=at == 0)
    for row in answer.rows:
        table.add_row(*(Text(shown(cell, unit)) for cell, unit in zip(row, units, strict=True)))
    return table


def shown(cell: Cell, unit: Unit | None) -> str:
    """A cell as text: "1.5 GB", "3 d 4 h", "yes"."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if unit is Unit.BYTES and _is_number(cell):
        return size(float(cell))
    if unit is Unit.SECONDS and _is_number(cell):
        return span(int(cell))
    return str(cell)


def size(count: float) -> str:
    """Bytes in units of 1024, as df and Windows count them: "1.5 GB"."""
    power = 0
    while abs(count) >= 1024 and power < len(_SIZES) - 1:
        count, power = count / 1024, power + 1
    return f"{count:.0f} {_SIZES[power]}" if power == 0 else f"{count:.1f} {_SIZES[power]}"


def span(seconds: int) -> str:
    """A length of time, days and hours from two days on; "-3 d 2 h" for one that is over."""
    if seconds < 0:
        return f"-{span(-seconds)}"
    days, rest = divmod(seconds, 86_400)
    return f"{days} d {rest // 3600} h" if days >= 2 else duration(seconds)


def _is_number(cell: Cell) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)
