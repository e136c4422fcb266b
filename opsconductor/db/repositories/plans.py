# SPDX-License-Identifier: Apache-2.0
"""Plans in the database."""

from typing import Any

from sqlmodel import Session, col, select, update

from opsconductor.db.repositories.short_ids import by_part
from opsconductor.db.tables.plans import PlanRow
from opsconductor.domain.lint import LintVerdict
from opsconductor.domain.plans import Plan, PlanRecord, PlanStatus
from opsconductor.errors import NotFound


def _record(row: PlanRow) -> PlanRecord:
    return PlanRecord(
        plan=Plan.model_validate(row.document),
        status=PlanStatus(row.status),
        digest=row.digest,
        commit=row.commit,
        parts=row.parts,
        lint=LintVerdict.model_validate(row.lint),
        parent_id=row.parent_id,
        actor=row.actor,
        created_at=row.created_at,
    )


class PlanRepository:
    """All SQL about plans."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def add(self, record: PlanRecord) -> None:
        """Store a new plan."""
        plan = record.plan
        self.session.add(
            PlanRow(
                id=plan.id,
                status=record.status,
                outcome=plan.outcome,
                title=plan.title,
                document=plan.model_dump(mode="json"),
                digest=record.digest,
                commit=record.commit,
                parts=record.parts,
                lint=record.lint.model_dump(mode="json"),
                parent_id=record.parent_id,
                actor=record.actor,
                created_at=record.created_at,
            )
        )
        self.session.flush()

    def get(self, plan_id: str) -> PlanRecord:
        """The plan of that id, or of the only id that begins or ends so (eight characters or more)."""
        row = self.session.get(PlanRow, plan_id)
        if row is None:
            row = by_part(self.session, select(PlanRow), PlanRow.id, plan_id)
        if row is None:
            raise NotFound(f"There is no plan '{plan_id}'.", remedy="`opsc plans list` shows the plans there are.")
        return _record(row)

    def hold(self, plan_id: str) -> PlanRecord:
        """The plan of that id; nobody else changes its status until the session ends."""
        statement = select(PlanRow).where(PlanRow.id == plan_id).with_for_update()
        return _record(self.session.exec(statement.execution_options(populate_existing=True)).one())

    def of_digest(self, digest: str) -> list[PlanRecord]:
        """All plans with that digest, newest first."""
        statement = select(PlanRow).where(PlanRow.digest == digest).order_by(col(PlanRow.id).desc())
        return [_record(row) for row in self.session.exec(statement)]

    def successor(self, plan_id: str) -> PlanRecord | None:
        """The plan that took the place of this one."""
        statement = select(PlanRow).where(PlanRow.parent_id == plan_id).order_by(col(PlanRow.id).desc())
        row = self.session.exec(statement.limit(1)).first()
        return _record(row) if row else None

    def page(self, after: str | None, limit: int) -> list[PlanRecord]:
        """Newest first; `after` is the id of the last plan of the page before."""
        statement = select(PlanRow).order_by(col(PlanRow.id).desc()).limit(limit)
        if after:
            statement = statement.where(col(PlanRow.id) < after)
        return [_record(row) for row in self.session.exec(statement)]

    def newest_of(self, actor: str, limit: int, before: str | None = None) -> list[PlanRecord]:
        """An actor's plans, newest first; `before` leaves out that one and all newer ones."""
        statement = select(PlanRow).where(PlanRow.actor == actor).order_by(col(PlanRow.id).desc()).limit(limit)
        if before:
            statement = statement.where(col(PlanRow.id) < before)
        return [_record(row) for row in self.session.exec(statement)]

    def set_status(self, plan_id: str, status: PlanStatus, *, only_from: frozenset[PlanStatus]) -> bool:
        """Move a plan on; False when it is not in one of the states `only_from`."""
        statement = (
            update(PlanRow)
            .where(col(PlanRow.id) == plan_id, col(PlanRow.status).in_([s.value for s in only_from]))
            .values(status=status.value)
        )
        result: Any = self.session.exec(statement)
        return bool(result.rowcount)

    def set_lint(self, plan_id: str, verdict: LintVerdict) -> None:
        """Attach the verdict to the plan's commit."""
        self.session.exec(
            update(PlanRow).where(col(PlanRow.id) == plan_id).values(lint=verdict.model_dump(mode="json"))
        )
