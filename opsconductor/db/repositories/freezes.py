# SPDX-License-Identifier: Apache-2.0
"""Freezes in the database."""

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session, col, select, update
from sqlmodel.sql.expression import SelectOfScalar

from opsconductor.db.tables.freezes import FreezeRow
from opsconductor.domain.freezes import Freeze

_STANDING = select(FreezeRow).where(col(FreezeRow.standing).is_(True))
#: Any number; the same in every process that freezes or starts something in one PostgreSQL database.
_POSTGRESQL_LOCK = 0x6F707366


class FreezeRepository:
    """All SQL about freezes."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def standing(self) -> Freeze | None:
        """The freeze that has not been lifted."""
        return self._first(_STANDING)

    def hold(self) -> Freeze | None:
        """The same, as it is until the session ends."""
        return self._first(_STANDING.with_for_update().execution_options(populate_existing=True))

    def none_begins(self) -> None:
        """No freeze begins before the session ends: what it finds may start, is seen by whoever freezes then."""
        self._lock("pg_advisory_xact_lock_shared")

    def begin(self) -> None:
        """Wait for the sessions before which none may begin, and let no other one begin before this one ends."""
        self._lock("pg_advisory_xact_lock")

    def _lock(self, function: str) -> None:
        if self.session.get_bind().dialect.name == "postgresql":  # SQLite has one writer anyway
            self.session.connection().execute(text(f"SELECT {function}(:key)"), {"key": _POSTGRESQL_LOCK})

    def _first(self, statement: SelectOfScalar[FreezeRow]) -> Freeze | None:
        row = self.session.exec(statement).first()
        return Freeze.model_validate(row.model_dump(exclude={"standing"})) if row else None

    def add(self, freeze: Freeze) -> None:
        """Store a new freeze. Raises IntegrityError while another one stands; see `begin`."""
        self.session.add(FreezeRow.model_validate(freeze.model_dump()))
        self.session.flush()

    def keep_paused(self, freeze_id: str, jobs: list[str]) -> None:
        """Remember which jobs it has paused."""
        self.session.exec(update(FreezeRow).where(col(FreezeRow.id) == freeze_id).values(paused=jobs))

    def lift(self, freeze_id: str, actor: str, at: datetime) -> None:
        """The freeze is over."""
        self.session.exec(
            update(FreezeRow).where(col(FreezeRow.id) == freeze_id).values(standing=None, lifted_at=at, lifted_by=actor)
        )
