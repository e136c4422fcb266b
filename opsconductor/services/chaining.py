# SPDX-License-Identifier: Apache-2.0
"""Brings chained runbooks from the end of one job to the start of the next. No step runs without its own approval."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Protocol

from sqlmodel import Session

from opsconductor.clock import utc_now
from opsconductor.db.engine import Database
from opsconductor.db.repositories.chains import ChainRepository
from opsconductor.db.repositories.jobs import JobRepository
from opsconductor.db.repositories.plans import PlanRepository
from opsconductor.domain.approvals import Decision
from opsconductor.domain.chains import ChainStatus, ChainStep, why_not
from opsconductor.domain.jobs import Job, JobStatus
from opsconductor.domain.plans import PlanRecord, PlanStatus
from opsconductor.errors import NotApproved, OpsConductorError
from opsconductor.ids import short
from opsconductor.logging import get_logger
from opsconductor.services.audit import AuditService
from opsconductor.services.launching import Origin

if TYPE_CHECKING:
    from opsconductor.services.approving import ApprovingService
    from opsconductor.services.launching import LaunchingService
    from opsconductor.services.planning import PlanningService
    from opsconductor.services.runbooks import RunbookService

_log = get_logger(__name__)
#: Seconds somebody may take to make the plan of a step, before another tries.
CLAIM = timedelta(seconds=120)
#: How long a step waits for the approval of its plan. The plan stays, and may be approved and run by hand.
PATIENCE = timedelta(days=7)
#: Why a step waits whose plan needs no approval.
_CHECKS = "the checks of its playbook"


class _SettledByAnother(Exception):
    """Another dispatcher was faster; nothing is wrong."""


class Needed(Protocol):
    """What is loaded when the first job with a chain has ended."""

    @property
    def runbooks(self) -> "RunbookService": ...

    @property
    def planning(self) -> "PlanningService": ...

    @property
    def approving(self) -> "ApprovingService": ...

    @property
    def launching(self) -> "LaunchingService": ...


class ChainingService:
    """One tick: make plans for what follows ended jobs, start what is approved."""

    def __init__(
        self,
        database: Database,
        audit: AuditService,
        needed: Callable[[], Needed],
    ) -> None:
        self.database = database
        self.audit = audit
        self.needed = needed

    def after(self, job_id: str) -> tuple[ChainStep, ...]:
        """What follows a job, and what became of it."""
        with self.database.reading() as session:
            return tuple(ChainRepository(session).after(job_id))

    def tick(self) -> None:
        """Do what is to be done now."""
        with self.database.reading() as session:
            ready = ChainRepository(session).ready(utc_now())
            waiting = ChainRepository(session).waiting()
        for step, status in ready:
            self._quietly(step, partial(self._follow, step, status))
        for step in waiting:
            self._quietly(step, partial(self._go_on, step))

    # -- inside -------------------------------------------------------------------------------------------

    def _quietly(self, step: ChainStep, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:
            _log.exception("the chain could not be worked on", step=step.id, after=step.after_job_id)

    def _follow(self, step: ChainStep, status: JobStatus) -> None:
        """The job before has ended."""
        if reason := why_not(step.link, status):
            self._settle(step, ChainStatus.SKIPPED, reason, ended=status)
            return
        until = utc_now() + CLAIM
        with self.database.session() as session:
            if not (_stands(session, step, status) and ChainRepository(session).claim(step, until)):
                return
        step = step.model_copy(update={"claimed_until": until})
        if ancestor := self._ancestor(step):
            self._settle(step, ChainStatus.FAILED, f"it would go in a circle: job {short(ancestor)} was of it already")
            return
        try:
            self._plan(step)
        except _SettledByAnother:
            return
        except OpsConductorError as error:
            self._settle(step, ChainStatus.FAILED, error.message)

    def _ancestor(self, step: ChainStep) -> str | None:
        """A job on the way here that was of the same runbook: definitions may have changed under way."""
        at: str | None = step.after_job_id
        with self.database.reading() as session:
            while at is not None:
                job = JobRepository(session).get(at)
                use = PlanRepository(session).get(job.plan_id).plan.runbook
                if use is not None and use.name == step.link.runbook:
                    return job.id
                at = job.after_job_id
        return None

    def _plan(self, step: ChainStep) -> None:
        """Start the runbook by a standing approval, or without one where none is needed; else let its plan wait."""
        needed, link = self.needed(), step.link
        actor = f"runbook:{link.runbook}"[:200]
        if not link.approval and (carried := self._carried(step)):
            self._launch(step, carried)
            return
        record = needed.runbooks.run(link.runbook, link.params, actor)
        if record.commit is None:
            asked = [q.text for q in record.plan.questions] or [*record.plan.obstacles] or ["it is not complete"]
            self._settle(step, ChainStatus.FAILED, "; ".join(asked), plan_id=record.plan.id)
        elif not link.approval and needed.approving.needs_none(record.plan):
            # They take seconds: it is started when they are done.
            self._settle(step, ChainStatus.WAITING, _CHECKS, plan_id=record.plan.id)
            needed.planning.has_verdict(record)
        else:
            reason = f"approval of plan {short(record.plan.id)}"
            self._settle(step, ChainStatus.WAITING, reason, plan_id=record.plan.id)

    def _carried(self, step: ChainStep) -> str | None:
        """The approved plan that the runbook gives again, unchanged."""
        needed = self.needed()
        runbook, plan = needed.runbooks.composed(step.link.runbook, step.link.params)
        if not plan.complete or not plan.targets.names:
            return None
        return needed.approving.carrying(runbook.name, runbook.version, needed.planning.digest(plan))

    def _launch(self, step: ChainStep, plan_id: str) -> None:
        """Start it, with the priority of the job before. Raises NotApproved, and _SettledByAnother."""
        with self.database.reading() as session:
            priority = JobRepository(session).get(step.after_job_id).priority
        actor = f"runbook:{step.link.runbook}"[:200]
        self.needed().launching.launch(plan_id, actor, step.id, self._origin(step), priority=priority)

    def _origin(self, step: ChainStep) -> Origin:
        def settle(session: Session, job: Job) -> None:
            started = {"plan_id": job.plan_id, "job_id": job.id, "reason": None}
            chains = ChainRepository(session)
            if any(after.job_id == job.id for after in chains.after(step.after_job_id)):
                return  # the launch has found the step by its plan
            if not chains.settle(step, ChainStatus.STARTED, utc_now(), **started):
                raise _SettledByAnother

        return Origin(after_job_id=step.after_job_id, within=settle)

    def _go_on(self, step: ChainStep) -> None:
        """A step waits for the approval of its plan: start it when that is there."""
        needed = self.needed()
        record = needed.planning.get(step.plan_id or "")
        if record.status is PlanStatus.SUPERSEDED:
            self._moved(step, record)
            return
        decision = needed.approving.decision(record.plan.id)
        if decision is not None and decision.decision is Decision.REJECTED:
            self._settle(step, ChainStatus.SKIPPED, f"rejected by {decision.actor}: {decision.comment}")
            return
        if decision is None and (step.link.approval or not needed.approving.needs_none(record.plan)):
            self._wait(step, step.reason or "")
            return
        if not needed.planning.has_verdict(record):
            return
        try:
            self._launch(step, record.plan.id)
        except _SettledByAnother:
            return
        except NotApproved as error:
            self._wait(step, error.message)
        except OpsConductorError as error:
            self._settle(step, ChainStatus.FAILED, error.message)

    def _wait(self, step: ChainStep, reason: str) -> None:
        """It waits, for this reason, but not for ever: who approves it much later would not expect that it starts."""
        if reason == step.reason and step.decided_at is not None and utc_now() - step.decided_at > PATIENCE:
            why = f"waited {PATIENCE.days} days in vain: {reason}"
            self._settle(step, ChainStatus.SKIPPED, why)
            return
        self._settle(step, ChainStatus.WAITING, reason)

    def _moved(self, step: ChainStep, record: PlanRecord) -> None:
        """Somebody edited the plan: the one in its place is waited for."""
        with self.database.reading() as session:
            successor = PlanRepository(session).successor(record.plan.id)
        if successor is not None:
            plan_id = successor.plan.id
            self._settle(step, ChainStatus.WAITING, f"approval of plan {short(plan_id)}", plan_id=plan_id)

    def _settle(
        self, step: ChainStep, status: ChainStatus, reason: str, *, ended: JobStatus | None = None, **values: str
    ) -> None:
        """Move it on, unless another has; where it rests on how the job before `ended`, only while that stands."""
        if (status, reason) == (step.status, step.reason):
            return
        with self.database.session() as session:
            if ended is not None and not _stands(session, step, ended):
                return
            if not ChainRepository(session).settle(step, status, utc_now(), reason=reason, **values):
                return
            details = {"after": step.after_job_id, "runbook": step.link.runbook, "reason": reason, **values}
            self.audit.append(
                session, f"runbook:{step.link.runbook}"[:200], f"chain.{status}", f"chain:{step.id}", details
            )


def _stands(session: Session, step: ChainStep, status: JobStatus) -> bool:
    """Whether the job before is still at the end that was seen, and stays so until the session ends: it was not
    retried meanwhile."""
    job = JobRepository(session).claim(step.after_job_id, wait=True)
    return job is not None and job.status is status
