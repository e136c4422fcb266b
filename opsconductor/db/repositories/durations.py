# SPDX-License-Identifier: Apache-2.0
"""Durations in the database."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert
from sqlmodel import Session, col, delete, select

from opsconductor.db.repositories.names import chunks
from opsconductor.db.tables.durations import DurationRow
from opsconductor.domain.durations import Duration, Part
from opsconductor.domain.history import NEWEST

#: The newest runs of an intent that stand for all of its targets.
COARSE = 400
#: Rows about single targets that are read for one job; beyond that fewer runs of each.
_MOST = 20_000
_FIELDS = tuple(Duration.model_fields)
_COLUMNS: Any = [getattr(DurationRow, name) for name in ("id", *_FIELDS)]


class DurationRepository:
    """All SQL about durations."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def replace(self, job_id: str, durations: Iterable[Duration]) -> None:
        """What a job took, in the place of what was stored of it before."""
        self.session.exec(delete(DurationRow).where(col(DurationRow.job_id) == job_id))
        if rows := [duration.model_dump() for duration in durations]:
            self.session.connection().execute(insert(DurationRow), rows)

    def about(self, intents: Collection[str], targets: Collection[str]) -> list[Duration]:
        """What an estimate of these steps on these targets can rest on: the newest of each intent, of each of these
        targets, and of slices."""
        found: list[Any] = []
        for part, intent in [*((Part.CELL, i) for i in intents), *((Part.DRAG, i) for i in intents)]:
            found += self._newest(part, intent)
        if not found:
            return []
        for part in (Part.BEGIN, Part.FINISH):
            found += self._newest(part, "")
        each = min(NEWEST, _MOST // max(len(intents) * len(targets), 1))
        for names in chunks(sorted(targets)) if each else ():
            found += self._of_targets(intents, names, each)
        # The first column identifies: a run may be among the newest of its intent and of its target.
        return [Duration(**dict(zip(_FIELDS, row[1:], strict=True))) for row in {row[0]: row for row in found}.values()]

    def forget(self, before: datetime) -> None:
        """Remove what is older."""
        self.session.exec(delete(DurationRow).where(col(DurationRow.at) < before))

    def _newest(self, part: Part, intent: str) -> list[Any]:
        statement: Any = select(*_COLUMNS)
        statement = statement.where(DurationRow.part == part.value, DurationRow.intent == intent)
        return list(self.session.exec(statement.order_by(col(DurationRow.at).desc()).limit(COARSE)))

    def _of_targets(self, intents: Collection[str], names: Collection[str], each: int) -> list[Any]:
        place = func.row_number().over(
            partition_by=[col(DurationRow.target), col(DurationRow.intent)], order_by=col(DurationRow.at).desc()
        )
        inner: Any = select(*_COLUMNS, place.label("place"))  # type: ignore[call-overload] # no typed form so long
        inner = inner.where(
            DurationRow.part == Part.CELL.value,
            col(DurationRow.target).in_(names),
            col(DurationRow.intent).in_(sorted(intents)),
        ).subquery()
        statement: Any = select(*(c for c in inner.c if c.name != "place")).where(inner.c.place <= each)
        return list(self.session.exec(statement))
