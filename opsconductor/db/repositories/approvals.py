# SPDX-License-Identifier: Apache-2.0
"""Approvals in the database."""

from sqlmodel import Session, col, select

from opsconductor.db.tables.approvals import ApprovalRow
from opsconductor.domain.approvals import Approval


class ApprovalRepository:
    """All SQL about approvals."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def add(self, approval: Approval) -> None:
        """Store a decision."""
        self.session.add(ApprovalRow.model_validate(approval.model_dump()))
        self.session.flush()

    def of_plan(self, plan_id: str) -> list[Approval]:
        """Every decision about a plan, oldest first."""
        rows = self.session.exec(
            select(ApprovalRow).where(col(ApprovalRow.plan_id) == plan_id).order_by(col(ApprovalRow.id))
        )
        return [Approval.model_validate(row.model_dump()) for row in rows]
