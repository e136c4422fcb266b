# SPDX-License-Identifier: Apache-2.0
"""Jobs from the outside: look at them, hold them, end them."""

from collections.abc import Callable
from functools import partial
from typing import Any

from sqlmodel import Session

from opsconductor.clock import utc_now
from opsconductor.db.engine import Database
from opsconductor.db.repositories.events import EventRepository
from opsconductor.db.repositories.freezes import FreezeRepository
from opsconductor.db.repositories.jobs import JobRepository
from opsconductor.domain.jobs import ENDED, Job, JobStatus
from opsconductor.domain.topics import job_topic
from opsconductor.errors import Conflict
from opsconductor.ids import short
from opsconductor.pubsub.broker import Broker
from opsconductor.queue.queue import Queue
from opsconductor.services.audit import AuditService
from opsconductor.services.job_status import status_event


class Frozen(Conflict):
    """Changes are frozen."""

    code = "frozen"


#: A job that has not ended and is not on its way to.
_HOLDABLE = frozenset({JobStatus.QUEUED, JobStatus.WAITING, JobStatus.RUNNING})
_CANCELLABLE = frozenset(JobStatus) - ENDED - {JobStatus.CANCELLING}


class JobService:
    """Reads and controls jobs. What a dispatcher does with them is not its business."""

    def __init__(self, database: Database, audit: AuditService, queue: Queue, broker: Broker) -> None:
        self.database = database
        self.audit = audit
        self.queue = queue
        self.broker = broker

    def get(self, job_id: str) -> Job:
        """The job of that id, or of the only id that begins so."""
        with self.database.reading() as session:
            return JobRepository(session).get(job_id)

    def recent(self, after: str | None = None, limit: int = 50, plan_id: str | None = None) -> list[Job]:
        """Newest first; `after` is the id of the last job of the page before."""
        with self.database.reading() as session:
            return JobRepository(session).page(after, limit, plan_id)

    def active(self) -> list[str]:
        """Ids of the jobs that have not ended, oldest first."""
        with self.database.reading() as session:
            return JobRepository(session).active()

    def cancel(self, job_id: str, actor: str, reason: str | None = None) -> Job:
        """End the job: no further step starts, what is under way is ended. Harmless when it is ending already."""
        job = self.get(job_id)
        if job.status is JobStatus.CANCELLING:
            return job
        text = f"cancelled by {actor}" + (f": {reason}" if reason else "")
        return self._move(job, JobStatus.CANCELLING, _CANCELLABLE, actor, "job.cancelled", text)

    def pause(
        self, job_id: str, actor: str, reason: str | None = None, within: Callable[[Session], None] | None = None
    ) -> Job:
        """Hold the job: tasks under way finish, no further step starts.

        `within` is called in the unit of work that holds it, and may raise to take it back.
        """
        return self._move(
            self.get(job_id),
            JobStatus.PAUSED,
            _HOLDABLE,
            actor,
            "job.paused",
            reason or f"paused by {actor} before the next step",
            within,
        )

    def resume(self, job_id: str, actor: str) -> Job:
        """Go on after a pause. Raises Frozen where that changes targets and changes are frozen."""
        job = self.get(job_id)
        status = JobStatus.RUNNING if job.started_at else JobStatus.QUEUED
        from_, told = frozenset({JobStatus.PAUSED}), f"resumed by {actor}"
        return self._move(job, status, from_, actor, "job.resumed", told, partial(_require_no_freeze, job=job))

    def _move(
        self,
        job: Job,
        status: JobStatus,
        only_from: frozenset[JobStatus],
        actor: str,
        action: str,
        reason: str,
        within: Callable[[Session], None] | None = None,
    ) -> Job:
        now = utc_now()
        with self.database.session() as session:
            current = self._held(session, job.id)
            if current.status not in only_from:
                verb = action.removeprefix("job.")
                raise Conflict(
                    f"Job {short(job.id)} is {current.status.value.replace('_', ' ')}; it cannot be {verb}.",
                    remedy=f"See how it stands: `opsc jobs show {short(job.id)}`.",
                )
            if within is not None:
                within(session)
            jobs = JobRepository(session)
            jobs.set_status(job.id, status, only_from=only_from, reason=reason, at=now)
            EventRepository(session).append([status_event(job.id, status, reason, now)])
            self.audit.append(session, actor, action, f"job:{job.id}", _details(current))
            moved = jobs.get(job.id)
        self.broker.publish(job_topic(job.id))
        self.queue.submit(job.id)
        return moved

    @staticmethod
    def _held(session: Session, job_id: str) -> Job:
        job = JobRepository(session).claim(job_id, wait=True)
        assert job is not None  # noqa: S101 - jobs are never deleted
        return job


def _require_no_freeze(session: Session, job: Job) -> None:
    freezes = FreezeRepository(session)
    freezes.none_begins()  # who freezes pauses what runs by then
    freeze = freezes.standing()
    if freeze and not JobRepository(session).launched(job.id).spec.read_only:
        raise Frozen(
            f"Job {short(job.id)} changes targets, and {freeze.told}.",
            remedy="`opsc freeze --off` lifts the freeze, and goes on with the jobs it has paused.",
        )


def _details(job: Job) -> dict[str, Any]:
    return {"plan": job.plan_id, "from": job.status.value}
