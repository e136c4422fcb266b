# SPDX-License-Identifier: Apache-2.0
"""Events in the database: gap-free per job, each stored once."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, insert
from sqlmodel import Session, col, select, update

from opsconductor.db.repositories.jobs import JobRepository
from opsconductor.db.repositories.slices import SliceRepository
from opsconductor.db.tables.events import EventRow
from opsconductor.db.tables.jobs import JobRow
from opsconductor.domain.events import EventKind, JobEvent
from opsconductor.errors import Conflict

#: Keys looked up in one statement.
_CHUNK = 500


class FenceLost(Conflict):
    """The slice was taken over: its former supervisor may write no more."""

    code = "fence-lost"


class EventRepository:
    """All SQL about events."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def append(self, drafts: Sequence[JobEvent], *, fence: int | None = None) -> list[JobEvent]:
        """Store events of one job (and one slice) with the next sequence numbers; those stored before are left out.

        `seq` of the drafts is ignored. With `fence` the slice must still be live under it, or FenceLost is raised.
        Returns what was stored.
        """
        if not drafts:
            return []
        job_id, slice_id = drafts[0].job_id, drafts[0].slice_id
        # Job first, then slice: everybody takes the two rows in this order, so nobody waits in a circle.
        JobRepository(self.session).claim(job_id, wait=True)
        if fence is not None and not SliceRepository(self.session).holds(slice_id or "", fence):
            raise FenceLost()
        fresh = self._fresh(slice_id, drafts)
        if not fresh:
            return []
        last = self._take(job_id, len(fresh))
        events = [e.model_copy(update={"seq": last - len(fresh) + n}) for n, e in enumerate(fresh, start=1)]
        self.session.connection().execute(insert(EventRow), [e.model_dump() for e in events])
        return events

    def of_job(
        self,
        job_id: str,
        after: int = 0,
        limit: int | None = None,
        *,
        kinds: Iterable[EventKind] | None = None,
        target: str | None = None,
        step: int | None = None,
    ) -> list[JobEvent]:
        """Events of a job in order, those after sequence number `after`."""
        statement = select(EventRow).where(EventRow.job_id == job_id, col(EventRow.seq) > after)
        if kinds is not None:
            statement = statement.where(col(EventRow.kind).in_([k.value for k in kinds]))
        if target is not None:
            statement = statement.where(EventRow.target == target)
        if step is not None:
            statement = statement.where(EventRow.step == step)
        statement = statement.order_by(col(EventRow.seq))
        if limit is not None:
            statement = statement.limit(limit)
        return [JobEvent.model_validate(row.model_dump()) for row in self.session.exec(statement)]

    def last_of_job(self, job_id: str, count: int, *, kinds: Iterable[EventKind]) -> list[JobEvent]:
        """The last `count` events of these kinds, oldest first."""
        statement = (
            select(EventRow)
            .where(EventRow.job_id == job_id, col(EventRow.kind).in_([k.value for k in kinds]))
            .order_by(col(EventRow.seq).desc())
            .limit(count)
        )
        rows = self.session.exec(statement).all()
        return [JobEvent.model_validate(row.model_dump()) for row in reversed(rows)]

    def gap_free(self, job_id: str, last_seq: int) -> bool:
        """Whether exactly the events 1 … `last_seq` are stored."""
        statement = select(func.count(), func.max(EventRow.seq)).where(EventRow.job_id == job_id)
        count, highest = self.session.exec(statement).one()
        return count == last_seq and (highest or 0) == last_seq

    def _fresh(self, slice_id: str | None, drafts: Sequence[JobEvent]) -> list[JobEvent]:
        by_key = {draft.key: draft for draft in drafts}
        if slice_id is None:
            return list(by_key.values())
        keys = list(by_key)
        for start in range(0, len(keys), _CHUNK):
            statement = select(EventRow.key).where(
                EventRow.slice_id == slice_id, col(EventRow.key).in_(keys[start : start + _CHUNK])
            )
            for key in self.session.exec(statement):
                del by_key[key]
        return list(by_key.values())

    def _take(self, job_id: str, count: int) -> int:
        statement = (
            update(JobRow)
            .where(col(JobRow.id) == job_id)
            .values(last_seq=JobRow.last_seq + count)
            .returning(col(JobRow.last_seq))
            .execution_options(synchronize_session=False)
        )
        result: Any = self.session.exec(statement)
        return int(result.scalar_one())
