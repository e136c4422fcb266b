# SPDX-License-Identifier: Apache-2.0
"""From an approved plan to a queued job."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from opsconductor.clock import utc_now
from opsconductor.db.engine import Database
from opsconductor.db.repositories.chains import ChainRepository
from opsconductor.db.repositories.events import EventRepository
from opsconductor.db.repositories.jobs import JobRepository
from opsconductor.db.repositories.plans import PlanRepository
from opsconductor.db.repositories.runbooks import RunbookRepository
from opsconductor.domain.approvals import Approval, why_no_approval
from opsconductor.domain.chains import ChainStatus, ChainStep
from opsconductor.domain.jobs import Job, JobStatus, Priority
from opsconductor.domain.plans import PlanRecord
from opsconductor.domain.templates import Catalogue
from opsconductor.domain.watching import WATCHED
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

    def take(self, session: Session, plan_id: str, *, by_itself: bool) -> Approval | None:
        """An approval that stands and may have another job, for the job added next; None where none is needed.

        `by_itself`: a schedule or a chain starts it. Raises NotApproved otherwise.
        """


class Generator(Protocol):
    """Who makes and stores random passwords."""

    def generate(self, name: str, actor: str, description: str) -> None:
        """Store a random password under the name, unless there is one."""


class KeyReused(Conflict):
    """An idempotency key came again with another request."""

    code = "idempotency-key-reused"


class RunsBySchedule(Conflict):
    """The plan runs at its times, not at once."""

    code = "runs-by-schedule"


@dataclass(frozen=True, slots=True)
class Origin:
    """What starts a job where no person does: a schedule, or the job before in a chain.

    `within` is called in the unit of work that adds the job, and may raise to take it back.
    """

    schedule_id: str | None = None
    after_job_id: str | None = None
    within: Callable[[Session, Job], None] | None = None


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
        watched: int = WATCHED,
    ) -> None:
        """`watched`: seconds for which a step watches what it started, at most."""
        self.database = database
        self.approvals = approvals
        self.commits = commits
        self.catalogue = catalogue
        self.audit = audit
        self.queue = queue
        self.generator = generator
        self.watched = watched

    def launch(
        self,
        plan_id: str,
        actor: str,
        idempotency_key: str | None = None,
        origin: Origin | None = None,
        *,
        priority: Priority = Priority.NORMAL,
    ) -> Job:
        """Queue one execution of the plan.

        The same actor with the same key gets the job it started before; KeyReused when that was of another plan.
        Raises NotApproved unless exactly the present plan is approved, or needs no approval, and its playbook passed
        its checks; RunsBySchedule for a plan that says when it runs, unless its schedule starts it.
        """
        origin = origin or Origin()
        if idempotency_key and (job := self._earlier(plan_id, actor, idempotency_key)):
            return job
        record = self.approvals.require_valid(plan_id)
        if record.plan.options.schedule is not None and origin.schedule_id is None:
            raise RunsBySchedule(
                f"Plan {short(record.plan.id)} says when it runs.",
                remedy="Put its schedule in force: `opsc run`, POST /api/schedules; then `opsc schedules run-now`.",
            )
        job_id = new_id()
        commit = record.commit or ""
        spec = job_spec(job_id, record.plan, commit, self.commits, self.catalogue, self.watched)
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
            priority=priority,
            schedule_id=origin.schedule_id,
            after_job_id=origin.after_job_id,
            created_at=utc_now(),
        )
        try:
            with self.database.session() as session:
                # Whatever was decided since the plan was found valid is seen here, and nothing is decided meanwhile.
                approval = self.approvals.take(session, job.plan_id, by_itself=job.by_itself)
                waiting = ChainRepository(session).waits_for(job.plan_id)
                if waiting is not None:
                    job = job.model_copy(update={"after_job_id": waiting.after_job_id})
                JobRepository(session).add(job, spec, approval, idempotency_key)
                EventRepository(session).append([status_event(job.id, JobStatus.QUEUED, None, job.created_at)])
                if waiting is not None:
                    ChainRepository(session).settle(
                        waiting, ChainStatus.STARTED, job.created_at, job_id=job.id, reason=None
                    )
                self._chain(session, record, job)
                self.audit.append(session, actor, "job.queued", f"job:{job.id}", self._details(record, job, approval))
                if origin.within is not None:
                    origin.within(session, job)
        except (IntegrityError, NotApproved):
            if idempotency_key and (earlier := self._earlier(plan_id, actor, idempotency_key)):
                return earlier  # the same request came twice at the same time
            raise
        self.queue.submit(job.id)
        with self.database.reading() as session:
            return JobRepository(session).get(job.id)

    def _chain(self, session: Session, record: PlanRecord, job: Job) -> None:
        """What follows the job, as its runbook says now: a chain is no part of what is approved, for each of its
        runbooks has an approval of its own. A dry run, which does nothing, is followed by nothing."""
        use = record.plan.runbook
        if use is None or record.plan.options.dry_run:
            return
        runbook = RunbookRepository(session).newest(use.name)
        if runbook is not None and runbook.removed:
            runbook = None
        ChainRepository(session).add(
            ChainStep(id=new_id(), after_job_id=job.id, place=place, link=link, created_at=job.created_at)
            for place, link in enumerate(runbook.document.then if runbook else ())
        )

    def _details(self, record: PlanRecord, job: Job, approval: Approval | None) -> dict[str, Any]:
        """What the audit keeps of a new job."""
        details: dict[str, Any] = {"plan": job.plan_id, "commit": job.commit, "digest": job.digest}
        details["approval"] = approval.id if approval else None
        details["priority"] = job.priority.value
        if approval is None:
            intents = [step.intent for step in record.plan.steps]
            dry_run = record.plan.options.dry_run
            details["no_approval_needed"] = why_no_approval(intents, self.catalogue, dry_run=dry_run)
        elif approval.standing:
            details["standing_approval_of"] = approval.actor
        if job.schedule_id is not None:
            details["schedule"] = job.schedule_id
        if job.after_job_id is not None:
            details["after"] = job.after_job_id
        return details

    def _earlier(self, plan_id: str, actor: str, idempotency_key: str) -> Job | None:
        with self.database.reading() as session:
            job = JobRepository(session).by_key(actor, idempotency_key)
            if job is not None and job.plan_id != PlanRepository(session).get(plan_id).plan.id:
                raise KeyReused(
                    f"The idempotency key was used for job {short(job.id)} of another plan.",
                    remedy="Send a new key with every new request.",
                )
        return job
