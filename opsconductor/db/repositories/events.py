# SPDX-License-Identifier: Apache-2.0
"""Events in the database: gap-free per job, each stored once."""

from collections.abc import Container, Iterable, Sequence
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select, update

from opsconductor.db.bulk import among, insert
from opsconductor.db.repositories.jobs import JobRepository
from opsconductor.db.repositories.slices import SliceRepository
from opsconductor.db.tables.events import EventRow
from opsconductor.db.tables.jobs import JobRow
from opsconductor.domain.events import EventKind, JobEvent
from opsconductor.domain.results import Role
from opsconductor.errors import Conflict

_ACTING = (Role.MAIN.value, Role.FALLBACK.value)
#: Keys looked up in one statement.
_CHUNK = 500


class FenceLost(Conflict):
    """The slice was taken over: its former supervisor may write no more."""

    code = "fence-lost"


class EventRepository:
    """All SQL about events."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def append(
        self, drafts: Sequence[JobEvent], *, fence: int | None = None, known: Container[str] | None = None
    ) -> list[JobEvent]:
        """Store events of one job (and one slice) with the next sequence numbers; those stored before are left out.

        `seq` of the drafts is ignored. With `fence` the slice must still be live under it, or FenceLost is raised.
        `known`: the keys of all stored events of the slice, from its only writer; None: they are looked up.
        Returns what was stored.
        """
        if not drafts:
            return []
        job_id, slice_id = drafts[0].job_id, drafts[0].slice_id
        # Job first, then slice: everybody takes the two rows in this order, so nobody waits in a circle.
        if known is None:
            JobRepository(self.session).claim(job_id, wait=True)
            known = self._stored(slice_id, drafts)
        fresh = list({draft.key: draft for draft in drafts if draft.key not in known}.values())
        last = self._take(job_id, len(fresh))
        if fence is not None and not SliceRepository(self.session).holds(slice_id or "", fence):
            raise FenceLost()
        events = [e.model_copy(update={"seq": last - len(fresh) + n}) for n, e in enumerate(fresh, start=1)]
        insert(self.session, EventRow, [e.model_dump() for e in events])
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

    def begun(self, job_id: str) -> set[tuple[int, str]]:
        """(step, target) of the cells in which a task that acts has begun, so that it may have done something."""
        columns = (col(EventRow.step), col(EventRow.target), col(EventRow.task), col(EventRow.kind))
        statement = select(*columns).where(
            EventRow.job_id == job_id, col(EventRow.role).in_(_ACTING), col(EventRow.target).is_not(None)
        )
        begun: set[tuple[int, str]] = set()
        open_tasks: set[tuple[int, str, str]] = set()
        for step, target, task, kind in self.session.exec(statement.order_by(col(EventRow.seq))):
            assert step is not None and target is not None  # noqa: S101, PT018 - what has a role has a step
            if kind == EventKind.TARGET_STARTED:
                open_tasks.add((step, target, task or ""))
            elif kind == EventKind.TARGET_SKIPPED:
                open_tasks.discard((step, target, task or ""))  # it was begun only to find that it is not needed
            else:
                begun.add((step, target))
        return begun | {(step, target) for step, target, _ in open_tasks}

    def gap_free(self, job_id: str, last_seq: int) -> bool:
        """Whether exactly the events 1 … `last_seq` are stored."""
        statement = select(func.count(), func.max(EventRow.seq)).where(EventRow.job_id == job_id)
        count, highest = self.session.exec(statement).one()
        return count == last_seq and (highest or 0) == last_seq

    def missing(self, job_id: str, last_seq: int, slice_ids: Iterable[str]) -> str | None:
        """What of a job's events is not there, None: nothing.

        Exactly the events 1 … `last_seq` are stored, the end of each slice among them, and no slice had reports that
        could not be read or stored (`data.lost` of its end).
        """
        if not self.gap_free(job_id, last_seq):
            return f"sequence numbers up to {last_seq} have gaps"
        ended = {e.slice_id: e.data for e in self.of_job(job_id, kinds=(EventKind.SLICE_ENDED,))}
        for slice_id in slice_ids:
            if slice_id not in ended:
                return f"the end of slice {slice_id}"
            if lost := int(ended[slice_id].get("lost") or 0):
                return f"{lost} reports of Ansible in slice {slice_id}"
        return None

    def _stored(self, slice_id: str | None, drafts: Sequence[JobEvent]) -> set[str]:
        """Which keys of the drafts are there already; keys of events without a slice are always new."""
        if slice_id is None:
            return set()
        keys = list({draft.key for draft in drafts})
        found: set[str] = set()
        for start in range(0, len(keys), _CHUNK):
            asked = among(self.session, col(EventRow.key), keys[start : start + _CHUNK])
            found.update(self.session.exec(select(EventRow.key).where(EventRow.slice_id == slice_id, asked)))
        return found

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
