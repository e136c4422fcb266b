# SPDX-License-Identifier: Apache-2.0
"""From an approved plan to a queued job."""

from typing import Protocol

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from opsconductor.clock import utc_now
from opsconductor.db.engine import Database
from opsconductor.db.repositories.events import EventRepository
from opsconductor.db.repositories.jobs import JobRepository
from opsconductor.db.repositories.plans import PlanRepository
from opsconductor.domain.approvals import why_no_approval
from opsconductor.domain.jobs import Job, JobStatus
from opsconductor.domain.plans import PlanRecord
from opsconductor.domain.templates import Catalogue
from opsconductor.errors import Conflict, NotApproved
from opsconductor.ids import new_id, short
from opsconductor.queue.queue import Queue
from opsconductor.services.audit import AuditService
from opsconductor.services.job_status import status_event
from opsconductor.services.shaping import CommitReader, generated_credentials, job_spec


class Approvals(Protocol):
    """Who knows whether a plan may run."""

    def require_valid(self, plan_id: str) -> PlanRecord:
        """The plan, approved as it is now or in need of no approval; raises NotApproved otherwise."""

    def take(self, session: Session, plan_id: str) -> str | None:
        """The id of an approval that stands and is unused, for the job added next; None where none is needed.

        Raises NotApproved otherwise.
        """


class Generator(Protocol):
    """Who makes and stores random passwords."""

    def generate(self, name: str, actor: str, description: str) -> None:
        """Store a random password under the name, unless there is one."""


class KeyReused(Conflict):
    """An idempotency key came again with another request."""

    code = "idempotency-key-reused"


class LaunchingService:
    """Launches jobs. What a dispatcher does with them is not its business."""

    def __init__(
        self,
        database: Database,
        approvals: Approvals,
        commits: CommitReader,
        catalogue: Catalogue,
        audit: AuditService,
        queue: Queue,
        generator: Generator,
    ) -> None:
        self.database = database
        self.approvals = approvals
        self.commits = commits
        self.catalogue = catalogue
        self.audit = audit
        self.queue = queue
        self.generator = generator

    def launch(self, plan_id: str, actor: str, idempotency_key: str | None = None) -> Job:
        """Queue one execution of the plan.

        The same actor with the same key gets the job it started before; KeyReused when that was of another plan.
        Raises NotApproved unless exactly the present plan is approved, or needs no approval, and its playbook passed
        its checks.
        """
        if idempotency_key and (job := self._earlier(plan_id, actor, idempotency_key)):
            return job
        record = self.approvals.require_valid(plan_id)
        job_id = new_id()
        commit = record.commit or ""
        spec = job_spec(job_id, record.plan, commit, self.commits, self.catalogue)
        for name in generated_credentials(record.plan, commit, self.commits, self.catalogue):
            self.generator.generate(name, actor, f"Random password of plan {short(record.plan.id)}")
        job = Job(
            id=job_id,
            plan_id=record.plan.id,
            title=spec.shape.title,
            status=JobStatus.QUEUED,
            commit=commit,
            digest=record.digest or "",
            actor=actor,
            created_at=utc_now(),
        )
        try:
            with self.database.session() as session:
                # Whatever was decided since the plan was found valid is seen here, and nothing is decided meanwhile.
                approval_id = self.approvals.take(session, job.plan_id)
                JobRepository(session).add(job, spec, approval_id, idempotency_key)
                EventRepository(session).append([status_event(job.id, JobStatus.QUEUED, None, job.created_at)])
                details = {
                    "plan": job.plan_id,
                    "commit": job.commit,
                    "digest": job.digest,
                    "approval": approval_id,
                }
                if approval_id is None:
                    intents = [step.intent for step in record.plan.steps]
                    details["no_approval_needed"] = why_no_approval(
                        intents, self.catalogue, dry_run=record.plan.options.dry_run
                    )
                self.audit.append(session, actor, "job.queued", f"job:{job.id}", details)
        except (IntegrityError, NotApproved):
            if idempotency_key and (earlier := self._earlier(plan_id, actor, idempotency_key)):
                return earlier  # the same request came twice at the same time
            raise
        self.queue.submit(job.id)
        with self.database.reading() as session:
            return JobRepository(session).get(job.id)

    def _earlier(self, plan_id: str, actor: str, idempotency_key: str) -> Job | None:
        with self.database.reading() as session:
            job = JobRepository(session).by_key(actor, idempotency_key)
            if job is not None and job.plan_id != PlanRepository(session).get(plan_id).plan.id:
                raise KeyReused(
                    f"The idempotency key was used for job {short(job.id)} of another plan.",
                    remedy="Send a new key with every new request.",
                )
        return job
