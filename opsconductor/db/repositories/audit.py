# SPDX-License-Identifier: Apache-2.0
"""Audit entries in the database: added and read, never changed."""

from collections.abc import Iterable

from sqlalchemy import func, insert, or_
from sqlmodel import Session, col, select

from opsconductor.db.tables.audit import AuditEntryRow
from opsconductor.domain.audit import AuditEntry
from opsconductor.domain.pages import Page, decode_cursor, encode_cursor


class AuditRepository:
    """All SQL about audit entries."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def add(self, entry: AuditEntry) -> None:
        """Store a new entry."""
        self.add_all((entry,))

    def add_all(self, entries: Iterable[AuditEntry]) -> None:
        """Store new entries in one statement."""
        if rows := [entry.model_dump() for entry in entries]:
            self.session.exec(insert(AuditEntryRow), params=rows)

    def count(self, *families: str) -> int:
        """How many entries there are of actions of these families: "asset" for asset.added, asset.changed…"""
        spoken = or_(*(col(AuditEntryRow.action).startswith(f"{family}.", autoescape=True) for family in families))
        return self.session.exec(select(func.count()).where(spoken)).one()

    def page(
        self, *, subject: str | None, action: str | None, actor: str | None, after: str | None, limit: int
    ) -> Page[AuditEntry]:
        """Newest first; `subject`, `action` and `actor` must match exactly where given."""
        statement = select(AuditEntryRow).order_by(col(AuditEntryRow.id).desc()).limit(limit + 1)
        for column, value in (
            (AuditEntryRow.subject, subject),
            (AuditEntryRow.action, action),
            (AuditEntryRow.actor, actor),
        ):
            if value is not None:
                statement = statement.where(col(column) == value)
        if after:
            statement = statement.where(col(AuditEntryRow.id) < decode_cursor(after, 1)[0])
        rows = list(self.session.exec(statement))
        more = encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
        return Page(items=tuple(AuditEntry.model_validate(row.model_dump()) for row in rows[:limit]), next=more)
