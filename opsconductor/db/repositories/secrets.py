# SPDX-License-Identifier: Apache-2.0
"""Sealed secrets in the database; this module never sees one open."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, select

from opsconductor.db.repositories.names import within
from opsconductor.db.tables.credentials import SealedSecretRow


class SealedSecretRepository:
    """All SQL about sealed secrets."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def put(self, record_id: str, sealed: str, now: datetime) -> None:
        """Store or replace the sealed secret of a record."""
        row = self.session.get(SealedSecretRow, record_id) or SealedSecretRow(id=record_id, sealed="", updated_at=now)
        row.sealed = sealed
        row.updated_at = now
        self.session.add(row)
        self.session.flush()

    def get(self, record_ids: Iterable[str]) -> dict[str, str]:
        """Record id → sealed secret, for those that have one."""
        found: dict[str, str] = {}
        for condition in within(col(SealedSecretRow.id), list(record_ids)):
            found.update((row.id, row.sealed) for row in self.session.exec(select(SealedSecretRow).where(condition)))
        return found

    def remove(self, record_id: str) -> None:
        """Remove the sealed secret of a record, if it has one."""
        if row := self.session.get(SealedSecretRow, record_id):
            self.session.delete(row)
            self.session.flush()
