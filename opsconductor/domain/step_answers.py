# SPDX-License-Identifier: Apache-2.0
"""What targets answered to the steps of a job, as tables: target × columns. Pure."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from opsconductor.domain.answers import Answer, Cell, Column
from opsconductor.domain.base import Frozen
from opsconductor.domain.plain_text import without_controls
from opsconductor.domain.results import Result
from opsconductor.domain.shapes import JobShape, StepShape


class StepAnswer(Frozen):
    """The table of one step."""

    step: int  #: 1-based
    title: str
    answer: Answer


def step_answers(shape: JobShape, results: Iterable[Result], at: datetime) -> tuple[StepAnswer, ...]:
    """A table for each step that answers something and has been answered on some target.

    `results` in target order; `at` is the time of the last event. Targets that failed at a check have rows, too: they
    hold what was found there.
    """
    cells: dict[int, list[Result]] = {}
    for result in results:
        cells.setdefault(result.step, []).append(result)
    found = ((step, cells.get(step.n, [])) for step in shape.steps if step.columns)
    return tuple(
        StepAnswer(step=step.n, title=step.title, answer=_answer(step, row, at))
        for step, row in found
        if any(_answered(result) for result in row)
    )


def first_rows(told: StepAnswer, limit: int) -> StepAnswer:
    """The same with at most `limit` rows; `total` still says how many there are."""
    rows = told.answer.rows[:limit]
    return told.model_copy(update={"answer": told.answer.model_copy(update={"rows": rows})})


def _answer(step: StepShape, row: list[Result], at: datetime) -> Answer:
    # Where a step can only report one thing, a column for it tells nothing.
    stated = len(step.states) > 1
    rows = tuple(_lines(step, row, stated=stated))
    columns = ("Target", *(["State"] if stated else []), *(column.title for column in step.columns))
    return Answer(
        summary=_summary(step, row),
        columns=columns,
        rows=rows,
        total=len(rows),
        units=(*(None for _ in range(1 + stated)), *(column.unit for column in step.columns)),
        at=at,
    )


def _answered(result: Result) -> bool:
    return isinstance(result.facts.get("state"), str)


def _label(step: StepShape, result: Result) -> str:
    state = str(result.facts["state"])
    return step.states.get(state, without_controls(state))


def _lines(step: StepShape, row: list[Result], *, stated: bool) -> Iterator[tuple[Cell, ...]]:
    for result in row:
        if not _answered(result):
            continue
        head = (result.target, _label(step, result)) if stated else (result.target,)
        entries = result.facts.get("rows", [result.facts])
        for entry in entries if isinstance(entries, list) else []:
            yield (*head, *_cells(step.columns, entry))


def _cells(columns: tuple[Column, ...], entry: Any) -> Iterator[Cell]:
    if isinstance(entry, dict):
        return (_cell(entry.get(column.name)) for column in columns)
    values = entry if isinstance(entry, list | tuple) else [entry]
    return (_cell(values[at] if at < len(values) else None) for at in range(len(columns)))


def _cell(value: Any) -> Cell:
    """Text of others moves nothing on a terminal; a list of plain values reads as one text."""
    if isinstance(value, str):
        return without_controls(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        return without_controls(", ".join(str(one) for one in value))
    return without_controls(json.dumps(value, ensure_ascii=False, default=str))


def _summary(step: StepShape, row: list[Result]) -> str:
    """ "20 targets: 3 matching, 16 not matching, 1 without an answer"."""
    labels = Counter(_label(step, result) for result in row if _answered(result))
    counts = [f"{count} {label}" for label, count in labels.most_common()]
    if silent := sum(not _answered(result) for result in row):
        counts.append(f"{silent} without an answer")
    return f"{len(row)} target{'' if len(row) == 1 else 's'}: {', '.join(counts)}"
