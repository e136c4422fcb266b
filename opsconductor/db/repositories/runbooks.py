# SPDX-License-Identifier: Apache-2.0
"""Runbooks in the database."""

from sqlalchemy import func, tuple_
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from opsconductor.db.repositories.names import missing
from opsconductor.db.tables.runbooks import RunbookRow
from opsconductor.domain.names import normal, sort_key
from opsconductor.domain.runbooks import Runbook
from opsconductor.errors import Conflict, NotFound


def _runbook(row: RunbookRow) -> Runbook:
    return Runbook.model_validate(row.model_dump(exclude={"name", "sort_key"}))


class RunbookRepository:
    """All SQL about runbooks."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def newest(self, name: str) -> Runbook | None:
        """The newest version, also one that says that the runbook was removed."""
        statement = select(RunbookRow).where(col(RunbookRow.name) == normal(name))
        row = self.session.exec(statement.order_by(col(RunbookRow.version).desc()).limit(1)).first()
        return _runbook(row) if row else None

    def get(self, name: str, version: int | None = None) -> Runbook:
        """One version of a runbook, the newest when `version` is None. Raises NotFound with near names."""
        newest = self.newest(name)
        if newest is None or newest.removed:
            raise missing(name, tuple(r.name for r in self.all()), "runbook", "opsc runbooks list")
        if version is None or version == newest.version:
            return newest
        statement = select(RunbookRow).where(col(RunbookRow.name) == newest.name, col(RunbookRow.version) == version)
        row = self.session.exec(statement).first()
        if row is None or row.removed:
            raise NotFound(
                f"The runbook {newest.name!r} has no version {version}.",
                remedy=f"Its newest is {newest.version}; `opsc runbooks show` lists all of them.",
                name=newest.name,
            )
        return _runbook(row)

    def all(self) -> tuple[Runbook, ...]:
        """The newest version of every runbook that was not removed, in the natural order of names."""
        last = select(RunbookRow.name, func.max(RunbookRow.version)).group_by(col(RunbookRow.name))
        statement = (
            select(RunbookRow)
            .where(tuple_(col(RunbookRow.name), col(RunbookRow.version)).in_(last), col(RunbookRow.removed).is_(False))
            .order_by(col(RunbookRow.sort_key), col(RunbookRow.name))
        )
        return tuple(_runbook(row) for row in self.session.exec(statement))

    def versions(self, name: str) -> tuple[Runbook, ...]:
        """All versions of a runbook, newest first. Raises NotFound with near names."""
        name = self.get(name).name
        statement = select(RunbookRow).where(col(RunbookRow.name) == name).order_by(col(RunbookRow.version).desc())
        return tuple(_runbook(row) for row in self.session.exec(statement))

    def add(self, runbook: Runbook) -> None:
        """Store a new version. Raises Conflict where someone else stored it meanwhile."""
        fields = runbook.model_dump(mode="json", include={"document"})
        row = runbook.model_dump(exclude={"document"})
        self.session.add(RunbookRow(name=runbook.name, sort_key=sort_key(runbook.name), **row, **fields))
        try:
            self.session.flush()
        except IntegrityError:
            raise Conflict(
                f"The runbook '{runbook.name}' was changed by someone else at the same time.",
                remedy="Look at it, then try again.",
            ) from None
