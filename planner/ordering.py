# SPDX-License-Identifier: Apache-2.0
"""The order of work: "before X, do Y" and "do Y after X" as they are to be done."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.clauses import Clause


def ordered(clauses: list["Clause"]) -> list["Clause"]:
    """Puts "before X, do Y" and "do Y after X" into the order of work."""
    placed: list[Clause] = []
    held: Clause | None = None
    last: list[Clause] = []
    for number, clause in enumerate(clauses):
        if clause.order == "instead" and placed:
            last.insert(0, placed.pop())
        if clause.order == "before" and clause.leading and number + 1 < len(clauses):
            held = clause
            continue
        if clause.order == "after" and not clause.leading and placed:
            place = len(placed) - 1
            while place and placed[place].joined and len(placed[place - 1].tokens) == 1:  # "enable and start X"
                place -= 1
            placed.insert(place, clause)
            continue
        if held is not None and (clause.fresh or clause.then) and any(c.tokens for c in placed):
            placed.append(held)
            held = None
        placed.append(clause)
    return [*placed, *([held] if held is not None else ()), *last]
