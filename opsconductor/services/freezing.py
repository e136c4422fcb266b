# SPDX-License-Identifier: Apache-2.0
"""Freezing changes: while a freeze stands, nothing that changes a target starts."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

from sqlmodel import Session

from opsconductor.clock import utc_now
from opsconductor.db.engine import Database
from opsconductor.db.repositories.freezes import FreezeRepository
from opsconductor.db.repositories.jobs import JobRepository
from opsconductor.domain.freezes import Freeze
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.names import check_text
from opsconductor.domain.topics import DISPATCH
from opsconductor.errors import Conflict, OpsConductorError
from opsconductor.ids import new_id
from opsconductor.pubsub.broker import Broker
from opsconductor.services.audit import AuditService
from opsconductor.services.jobs import JobService


class NotFrozen(Conflict):
    """Changes are not frozen."""

    code = "not-frozen"


class FreezingService:
    """Freezes and lifts. The dispatchers look at what stands."""

    def __init__(
        self,
        database: Database,
        audit: AuditService,
        jobs: JobService,
        broker: Broker,
        frozen: Callable[[], object] = lambda: None,
    ) -> None:
        """`frozen` is called when a freeze begins: what is kept open for the next job is to be closed."""
        self.frozen = frozen
        self.database = database
        self.audit = audit
        self.jobs = jobs
        self.broker = broker

    def standing(self) -> Freeze | None:
        """The freeze there is, if any."""
        with self.database.reading() as session:
            return FreezeRepository(session).standing()

    def freeze(self, actor: str, reason: str | None = None, *, pause: bool = False) -> Freeze:
        """No job that changes a target starts, nor does a further batch of one; queries and dry runs do.

        `pause`: those that are running are paused, too: tasks under way finish. Said again while a freeze stands it
        pauses what runs, and is otherwise harmless. Raises InvalidInput for a reason of more than one line.
        """
        reason = check_text(reason, "reason")
        with self.database.session() as session:
            freezes = FreezeRepository(session)
            freezes.begin()
            found = freezes.standing()
            if found is None:
                found = Freeze(id=new_id(), actor=actor, reason=reason, created_at=utc_now())
                freezes.add(found)
                self.audit.append(session, actor, "freeze.begun", f"freeze:{found.id}", {"reason": found.reason})
        self.frozen()
        if pause:
            found = self._pause(found, actor)
        self.broker.publish(DISPATCH)
        return found

    def lift(self, actor: str) -> Freeze:
        """Changes may start again; the jobs that the freeze has paused go on. Raises NotFrozen."""
        now = utc_now()
        with self.database.session() as session:
            freezes = FreezeRepository(session)
            found = freezes.hold()
            if found is None:
                raise NotFrozen(remedy="`opsc freeze` freezes them.")
            freezes.lift(found.id, actor, now)
            self.audit.append(session, actor, "freeze.lifted", f"freeze:{found.id}", {"jobs": list(found.paused)})
        for job_id in found.paused:
            if self.jobs.get(job_id).status is JobStatus.PAUSED:
                with suppress(OpsConductorError):  # somebody was faster
                    self.jobs.resume(job_id, actor)
        self.broker.publish(DISPATCH)
        return found.model_copy(update={"lifted_at": now, "lifted_by": actor})

    def _pause(self, freeze: Freeze, actor: str) -> Freeze:
        with self.database.reading() as session:
            jobs = JobRepository(session)
            begun = [job.id for job in jobs.line() if job.started and job.status is not JobStatus.PAUSED]
            specs = jobs.specs(begun)
        found = freeze

        def keep(session: Session, job_id: str) -> None:
            """In the unit of work that pauses: whoever lifts the freeze finds the job, whatever happens to us."""
            nonlocal found
            freezes = FreezeRepository(session)
            held = freezes.hold()
            if held is None or held.id != freeze.id:
                raise NotFrozen(remedy="Somebody has lifted the freeze meanwhile; freeze once more.")
            found = held.model_copy(update={"paused": (*held.paused, job_id)})
            freezes.keep_paused(found.id, [*found.paused])

        for job_id in begun:
            if not specs[job_id]["read_only"]:
                with suppress(OpsConductorError):  # it has ended meanwhile, or is on its way to
                    self.jobs.pause(
                        job_id, actor, f"paused before the next step: {freeze.told}", partial(keep, job_id=job_id)
                    )
        return found
