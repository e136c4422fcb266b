# SPDX-License-Identifier: Apache-2.0
"""The answer to a question: a table, as it was when it was asked."""

from datetime import datetime
from enum import StrEnum

from opsconductor.domain.base import Frozen

Cell = str | int | float | bool | None


class Unit(StrEnum):
    """What the numbers of a column count; cells hold plain numbers, people are shown "1.5 GB"."""

    BYTES = "bytes"
    SECONDS = "seconds"
    PERCENT = "percent"


class Column(Frozen):
    """One column of what a step answers on each target."""

    name: str  #: key in the rows of the step's fact
    title: str
    unit: Unit | None = None


class Answer(Frozen):
    """Rows under column titles. Times in cells are ISO 8601, UTC."""

    summary: str  #: the answer in one sentence: "3 jobs ran on web-03 in the last 7 days"
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    total: int = 0  #: rows there are; more than `rows` holds when the oldest were left out, as the summary then says
    units: tuple[Unit | None, ...] = ()  #: of each column; empty: none has one
    at: datetime
