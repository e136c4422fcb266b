# SPDX-License-Identifier: Apache-2.0
"""The answer to a question that records know: a table, as it was when it was asked."""

from datetime import datetime

from opsconductor.domain.base import Frozen

Cell = str | int | float | bool | None


class Answer(Frozen):
    """Rows under column titles. Times in cells are ISO 8601, UTC."""

    summary: str  #: the answer in one sentence: "3 jobs ran on web-03 in the last 7 days"
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    total: int = 0  #: rows there are; more than `rows` holds when the oldest were left out, as the summary then says
    at: datetime
