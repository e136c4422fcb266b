# SPDX-License-Identifier: Apache-2.0
"""Slices in the database."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select, update

from opsconductor.db.tables.jobs import SliceRow
from opsconductor.domain.jobs import Slice, SliceStatus
from opsconductor.errors import NotFound

_LIVE = (SliceStatus.CLAIMED.value, SliceStatus.RUNNING.value)


def _slice(row: SliceRow) -> Slice:
    return Slice.model_validate(row.model_dump())


class SliceRepository:
    """All SQL about slices."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def add(self, slices: Iterable[Slice]) -> None:
        """Store new slices."""
        for piece in slices:
            self.session.add(SliceRow.model_validate(piece.model_dump()))
        self.session.flush()

    def get(self, slice_id: str) -> Slice:
        """The slice of that id."""
        row = self.session.get(SliceRow, slice_id)
        if row is None:
            raise NotFound(f"There is no slice '{slice_id}'.")
        return _slice(row)

    def fence(self, slice_id: str) -> int:
        """The fence of the present claim."""
        return self.session.exec(select(SliceRow.fence).where(SliceRow.id == slice_id)).one()

    def of_job(self, job_id: str) -> list[Slice]:
        """Every slice of a job in the order of attempt, batch and lane."""
        statement = (
            select(SliceRow)
            .where(SliceRow.job_id == job_id)
            .order_by(col(SliceRow.attempt), col(SliceRow.batch), col(SliceRow.lane))
        )
        return [_slice(row) for row in self.session.exec(statement)]

    def live(self) -> list[tuple[int, datetime | None]]:
        """Of every live slice, the number of its targets and since when it runs (None: it is starting)."""
        statement = select(SliceRow.targets, SliceRow.started_at).where(col(SliceRow.status).in_(_LIVE))
        return [(len(targets), started) for targets, started in self.session.exec(statement)]

    def begin(self, slice_id: str, fence: int, pid: int, at: datetime, lease_until: datetime) -> bool:
        """A supervisor takes the claimed slice; False when it is not the one the slice waits for."""
        values = {"status": "running", "supervisor_pid": pid, "started_at": at, "lease_until": lease_until}
        return self._update(slice_id, fence, values, only_from=(SliceStatus.CLAIMED.value,))

    def renew(self, slice_id: str, fence: int, lease_until: datetime) -> bool:
        """Lengthen the lease; False when it was taken away."""
        return self._update(slice_id, fence, {"lease_until": lease_until}, only_from=_LIVE)

    def holds(self, slice_id: str, fence: int) -> bool:
        """Whether the slice is still live under this fence; keeps its row until the session ends."""
        return self._update(slice_id, fence, {"fence": fence}, only_from=_LIVE)

    def finish(self, slice_id: str, fence: int, status: SliceStatus, at: datetime) -> bool:
        """The slice is over; False when it was over before or belongs to another claim."""
        values = {"status": status.value, "ended_at": at, "lease_until": None}
        return self._update(slice_id, fence, values, only_from=_LIVE)

    def claim_again(self, slice_id: str, fence: int, lease_until: datetime) -> bool:
        """Take a live slice over: its former holder can write no more."""
        return self._update(slice_id, fence, {"fence": fence + 1, "lease_until": lease_until}, only_from=_LIVE)

    def _update(self, slice_id: str, fence: int, values: dict[str, Any], only_from: tuple[str, ...]) -> bool:
        statement = (
            update(SliceRow)
            .where(col(SliceRow.id) == slice_id, col(SliceRow.fence) == fence, col(SliceRow.status).in_(only_from))
            .values(**values)
            .execution_options(synchronize_session=False)
        )
        result: Any = self.session.exec(statement)
        return bool(result.rowcount)
