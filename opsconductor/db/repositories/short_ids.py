# SPDX-License-Identifier: Apache-2.0
"""Rows named by a part of their id: its beginning, which is the time it was made, or its end, which is random."""

from typing import Any, TypeVar

from sqlalchemy import or_
from sqlmodel import Session, col
from sqlmodel.sql.expression import SelectOfScalar

from opsconductor.errors import Conflict
from opsconductor.ids import SHORT

Row = TypeVar("Row")


class AmbiguousId(Conflict):
    """A part of an id that several ids have."""

    code = "ambiguous-id"


def by_part(session: Session, statement: SelectOfScalar[Row], column: Any, part: str) -> Row | None:
    """The only row whose id begins or ends with `part` (eight characters or more); raises AmbiguousId for several."""
    if len(part) < SHORT:
        return None
    like = or_(col(column).startswith(part, autoescape=True), col(column).endswith(part, autoescape=True))
    rows = session.exec(statement.where(like).order_by(column.desc()).limit(6)).all()
    if len(rows) > 1:
        ids = ", ".join(row.id for row in rows[:5])  # type: ignore[attr-defined] # every row here has one
        raise AmbiguousId(
            f"'{part}' may mean several: {ids}{', …' if len(rows) > 5 else ''}.",
            remedy=f"Give the last {SHORT} characters of the id: they are random, the first ones are the time.",
        )
    return rows[0] if rows else None
