# SPDX-License-Identifier: Apache-2.0
"""Approvals: bound to one digest and one commit, void as soon as anything they cover has changed."""

from datetime import timedelta

from sqlmodel import Session

from opsconductor.clock import utc_now
from opsconductor.db.engine import Database
from opsconductor.db.repositories.approvals import ApprovalRepository
from opsconductor.db.repositories.jobs import JobRepository
from opsconductor.db.repositories.plans import PlanRepository
from opsconductor.domain.approvals import Approval, Decision, approval_subject, why_no_approval
from opsconductor.domain.jobs import Job
from opsconductor.domain.lint import LintStatus
from opsconductor.domain.plans import Plan, PlanRecord, PlanStatus
from opsconductor.errors import Conflict, NotApproved
from opsconductor.ids import new_id, short
from opsconductor.services.audit import AuditService
from opsconductor.services.planning import PlanningService, refuse_obstacles


class ApprovingService:
    """Records decisions and tells whether one is valid now. Who may decide comes with users and roles."""

    def __init__(self, database: Database, planning: PlanningService, audit: AuditService, lifetime: timedelta) -> None:
        self.database = database
        self.planning = planning
        self.audit = audit
        self.lifetime = lifetime

    def approve(self, plan_id: str, digest: str, actor: str, comment: str | None = None) -> Approval:
        """Approve the plan as it was shown, for one job: `digest` must be the one the approver saw.

        An approval that holds and has had no job yet is returned as it is: no second one is made beside it.
        """
        record = self.planning.with_verdict(plan_id)
        refuse_obstacles(record.plan)
        if record.digest is None or record.commit is None:
            lacking = ", ".join(record.plan.missing) or "questions are open"
            raise Conflict(
                f"Plan {short(record.plan.id)} is not complete: {lacking}.",
                remedy="Answer its questions first: `opsc answer`.",
            )
        if digest != record.digest:
            raise Conflict(
                "The digest is not the one of this plan: it has changed since it was shown, or the digest is mistyped.",
                remedy="Look at the plan again, then approve what you see.",
            )
        if record.lint.status is not LintStatus.GREEN:
            raise Conflict(
                "The rendered playbook did not pass its checks: " + "; ".join(record.lint.findings[:3]),
                remedy="See all findings: `opsc plans show`. A template of your own may need mending.",
            )
        self._refuse_differences(record)
        return self._decide(record, Decision.APPROVED, actor, comment)

    def reject(self, plan_id: str, actor: str, comment: str) -> Approval:
        """Reject the plan; says why."""
        if not comment.strip():
            raise Conflict("A rejection needs a comment.", remedy="Say what should be different.")
        record = self.planning.get(plan_id)
        if record.plan.answer is not None:
            refuse_obstacles(record.plan)
        return self._decide(record, Decision.REJECTED, actor, comment)

    def require_valid(self, plan_id: str) -> PlanRecord:
        """The plan, if exactly what it says now is approved, or needs no approval; then its checks are waited for.

        Raises NotApproved with the reason: never approved, rejected, expired, or what has changed since.
        """
        record = self.planning.get(plan_id)
        refuse_obstacles(record.plan)
        if record.commit is not None and not record.plan.needs_approval:
            self._refuse_differences(record)
            record = self.planning.with_verdict(plan_id)
        with self.database.reading() as session:
            self._require_standing(session, record)
        if record.lint.status is not LintStatus.GREEN:
            raise NotApproved(
                f"The playbook of plan {short(record.plan.id)} has not passed its checks.", remedy=_look(record)
            )
        self._refuse_differences(record)
        return record

    def take(self, session: Session, plan_id: str) -> str | None:
        """The id of the approval that the job added next uses up: one approval is for one execution.

        None where the plan needs none: what only reads runs as often as anybody likes. Called in the unit of work
        that adds the job. The plan is held until its end: neither a rejection nor an edit, nor another run, comes
        between. Raises NotApproved when no approval stands, or each has had its job.
        """
        record = PlanRepository(session).hold(plan_id)
        last = self._require_standing(session, record)
        if last is None:
            return None
        unused = self._unused(session, record)
        if unused is None:
            job_id = JobRepository(session).by_approval(record.plan.id)[last.id]
            raise NotApproved(
                f"The approval of plan {short(plan_id)} was for job {short(job_id)}, which has been started.",
                remedy=f"To run the plan once more, approve it once more: `opsc approve {short(plan_id)}`.",
            )
        return unused.id

    def require_standing(self, session: Session, job: Job) -> None:
        """Raise NotApproved unless the plan is approved still, and the approval that the job used up has not expired;
        or needs none still.

        Called in the unit of work that starts the job; the plan is held until its end.
        """
        record = PlanRepository(session).hold(job.plan_id)
        if self._require_standing(session, record) is None:
            return
        used = JobRepository(session).by_approval(record.plan.id)
        own = next((d for d in ApprovalRepository(session).of_plan(record.plan.id) if used.get(d.id) == job.id), None)
        if own is None:
            raise NotApproved(f"Job {short(job.id)} has no approval, and needs one by now.", remedy=_look(record))
        if own.expires_at <= utc_now():
            raise NotApproved(
                f"The approval of job {short(job.id)} expired at {own.expires_at:%Y-%m-%d %H:%M}Z, before it started.",
                remedy=_look(record),
            )

    def needs_none(self, plan: Plan) -> bool:
        """Whether a plan runs without an approval: it was made as one that does, and still is by today's templates."""
        intents = [step.intent for step in plan.steps]
        why = why_no_approval(intents, self.planning.catalogue, dry_run=plan.options.dry_run)
        return not plan.needs_approval and why is not None

    def _require_standing(self, session: Session, record: PlanRecord) -> Approval | None:
        """The newest decision, if it is an approval that holds; None where none is needed. Raises NotApproved."""
        name = short(record.plan.id)
        if record.digest is None or record.commit is None:
            raise NotApproved(f"Plan {name} is not complete.", remedy="Answer its questions first.")
        last = next(reversed(_decisions(session, record)), None)
        free = self.needs_none(record.plan)
        if last is None and not free:
            raise NotApproved(f"Plan {name} is not approved.", remedy=_look(record))
        if last is not None and last.decision is Decision.REJECTED:
            raise NotApproved(f"Plan {name} was rejected by {last.actor}: {last.comment}", remedy="Make a new plan.")
        if not free and last is not None and last.expires_at <= utc_now():
            raise NotApproved(f"The approval of plan {name} has expired.", remedy=_look(record))
        if record.status is not PlanStatus.APPROVED and not (free and record.status is PlanStatus.PROPOSED):
            raise NotApproved(f"Plan {name} is {record.status}.", remedy="Make a new plan from the request.")
        return None if free else last

    def _unused(self, session: Session, record: PlanRecord) -> Approval | None:
        """The oldest approval that holds and has had no job. A plan that was rejected is never approved again."""
        used = JobRepository(session).by_approval(record.plan.id)
        now = utc_now()
        return next(
            (
                decision
                for decision in _decisions(session, record)
                if decision.decision is Decision.APPROVED and decision.expires_at > now and decision.id not in used
            ),
            None,
        )

    def _refuse_differences(self, record: PlanRecord) -> None:
        if differences := self.planning.differences(record):
            raise NotApproved(
                f"Plan {short(record.plan.id)} is not what it was any more: {'; '.join(differences)}.",
                remedy="Make a new plan from the request; nothing was run.",
                differences=differences,
            )

    def _decide(self, record: PlanRecord, decision: Decision, actor: str, comment: str | None) -> Approval:
        now = utc_now()
        approval = Approval(
            id=new_id(),
            plan_id=record.plan.id,
            subject=approval_subject(record.digest or "", record.commit or ""),
            decision=decision,
            actor=actor,
            comment=comment,
            created_at=now,
            expires_at=now + self.lifetime,
        )
        status = PlanStatus.APPROVED if decision is Decision.APPROVED else PlanStatus.REJECTED
        with self.database.session() as session:
            allowed = frozenset({PlanStatus.PROPOSED, PlanStatus.APPROVED, PlanStatus.DRAFT})
            if not PlanRepository(session).set_status(record.plan.id, status, only_from=allowed):
                raise Conflict(f"Plan {short(record.plan.id)} is {record.status}.", remedy="Make a new plan.")
            if decision is Decision.APPROVED and (unused := self._unused(session, record)):
                return unused  # said twice, or by two people: still for one job
            ApprovalRepository(session).add(approval)
            self.audit.append(
                session,
                actor,
                f"plan.{decision}",
                f"plan:{record.plan.id}",
                {"subject": approval.subject, "comment": comment},
            )
        return approval


def _decisions(session: Session, record: PlanRecord) -> list[Approval]:
    """Every decision about exactly this plan, oldest first."""
    subject = approval_subject(record.digest or "", record.commit or "")
    return [d for d in ApprovalRepository(session).of_plan(record.plan.id) if d.subject == subject]


def _look(record: PlanRecord) -> str:
    return f"Look at it and approve it: `opsc approve {short(record.plan.id)}`."
