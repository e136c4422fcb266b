# SPDX-License-Identifier: Apache-2.0
"""The audit: every change leaves an entry in the transaction that makes it."""

from collections.abc import Iterable
from typing import Any

from sqlmodel import Session

from opsconductor.clock import utc_now
from opsconductor.db.engine import Database
from opsconductor.db.repositories.audit import AuditRepository
from opsconductor.domain.audit import AuditEntry
from opsconductor.domain.pages import Page, page_size
from opsconductor.ids import new_id


class AuditService:
    """Adds and lists audit entries."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def append(
        self, session: Session, actor: str, action: str, subject: str, details: dict[str, Any] | None = None
    ) -> AuditEntry:
        """Add an entry to the caller's unit of work. `details` is JSON-ready and never holds a secret."""
        entry = AuditEntry(
            id=new_id(), at=utc_now(), actor=actor, action=action, subject=subject, details=details or {}
        )
        AuditRepository(session).add(entry)
        return entry

    def append_all(self, session: Session, actor: str, entries: Iterable[tuple[str, str, dict[str, Any]]]) -> None:
        """Add entries (action, subject, details) to the caller's unit of work, in their order."""
        AuditRepository(session).add_all(
            AuditEntry(id=new_id(), at=utc_now(), actor=actor, action=action, subject=subject, details=details)
            for action, subject, details in entries
        )

    def list(
        self,
        *,
        subject: str | None = None,
        action: str | None = None,
        actor: str | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> Page[AuditEntry]:
        """Entries newest first, each filter an exact match; `after` is the `next` of the page before."""
        with self.database.reading() as session:
            return AuditRepository(session).page(
                subject=subject, action=action, actor=actor, after=after, limit=page_size(limit)
            )
