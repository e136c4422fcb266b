# SPDX-License-Identifier: Apache-2.0
"""Misread requests in the database."""

from sqlmodel import Session, col, select

from opsconductor.db.tables.misses import MissRow
from opsconductor.domain.misses import Miss


class MissRepository:
    """All SQL about misses."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def of_plan(self, plan_id: str) -> Miss | None:
        """The miss of a plan, if its actor said that it was one."""
        row = self.session.exec(select(MissRow).where(col(MissRow.plan_id) == plan_id)).one_or_none()
        return _miss(row) if row is not None else None

    def put(self, miss: Miss) -> None:
        """Store a new miss, or the correction of one that is there."""
        row = self.session.get(MissRow, miss.id)
        if row is None:
            self.session.add(MissRow.model_validate(miss.model_dump()))
        else:
            row.meant, row.meant_plan_id = miss.meant, miss.meant_plan_id
            self.session.add(row)
        self.session.flush()

    def all(self) -> list[Miss]:
        """All misses, oldest first."""
        return [_miss(row) for row in self.session.exec(select(MissRow).order_by(col(MissRow.id)))]


def _miss(row: MissRow) -> Miss:
    return Miss.model_validate(row.model_dump())
