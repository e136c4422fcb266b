# SPDX-License-Identifier: Apache-2.0
"""Target locks in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, text
from sqlmodel import Session, col, delete, select

from opsconductor.db.tables.target_locks import TargetLockRow
from opsconductor.domain.job_specs import JobTarget
from opsconductor.domain.queueing import Claims

SHARED = "shared"
EXCLUSIVE = "exclusive"
#: Assets looked up in one statement.
_CHUNK = 500
#: Any number; the same in every process that claims targets in one PostgreSQL database.
_POSTGRESQL_LOCK = 0x6F70736C


class TargetLockRepository:
    """All SQL about target locks."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def acquire(
        self, job_id: str, targets: Sequence[JobTarget], *, exclusive: bool, at: datetime
    ) -> tuple[str, str] | None:
        """Take all targets or none, in id order. Returns (job, target) of the lock that is in the way, else None."""
        if self.session.get_bind().dialect.name == "postgresql":
            # Two claims that look at the same time would both find nothing; SQLite has one writer anyway. No lock of
            # the table: who has released some there already would wait for another one that has done so, too.
            self.session.connection().execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _POSTGRESQL_LOCK})
        ordered = sorted({t.asset_id: t for t in targets}.values(), key=lambda t: t.asset_id)
        if held := self._in_the_way(job_id, [t.asset_id for t in ordered], exclusive=exclusive):
            return held.job_id, held.target
        mode = EXCLUSIVE if exclusive else SHARED
        for target in ordered:
            self.session.add(
                TargetLockRow(asset_id=target.asset_id, job_id=job_id, target=target.name, mode=mode, acquired=at)
            )
        self.session.flush()
        return None

    def claims(self) -> Claims:
        """Every lock there is, as a walk along the queue looks at them."""
        claims = Claims()
        columns = (TargetLockRow.asset_id, TargetLockRow.job_id, TargetLockRow.mode)
        for asset, job, mode in self.session.exec(select(*columns)):
            claims.held.setdefault(asset, []).append((job, mode == EXCLUSIVE))
        return claims

    def stamp(self) -> tuple[int, datetime | None]:
        """How many locks there are, and when the last was taken: another one after each that is given back or taken."""
        return self.session.exec(select(func.count(), func.max(TargetLockRow.acquired))).one()

    def release(self, job_id: str) -> int:
        """Give back everything the job holds; returns how many locks that were."""
        statement = delete(TargetLockRow).where(col(TargetLockRow.job_id) == job_id)
        result: Any = self.session.exec(statement)
        return int(result.rowcount)

    def _in_the_way(self, job_id: str, assets: list[str], *, exclusive: bool) -> TargetLockRow | None:
        for start in range(0, len(assets), _CHUNK):
            statement = select(TargetLockRow).where(
                col(TargetLockRow.asset_id).in_(assets[start : start + _CHUNK]), TargetLockRow.job_id != job_id
            )
            if not exclusive:
                statement = statement.where(TargetLockRow.mode == EXCLUSIVE)
            if found := self.session.exec(statement.order_by(col(TargetLockRow.asset_id))).first():
                return found
        return None
