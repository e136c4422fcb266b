# SPDX-License-Identifier: Apache-2.0
"""Approvals: bound to one digest and one commit, void as soon as anything they cover has changed."""

from datetime import timedelta

from sqlmodel import Session

from opsconductor.clock import utc_now
from opsconductor.db.engine import Database
from opsconductor.db.repositories.approvals import ApprovalRepository
from opsconductor.db.repositories.jobs import JobRepository
from opsconductor.db.repositories.plans import PlanRepository
from opsconductor.domain.approvals import Approval, Decision, approval_subject
from opsconductor.domain.lint import LintStatus
from opsconductor.domain.plans import PlanRecord, PlanStatus
from opsconductor.errors import Conflict, NotApproved
from opsconductor.ids import new_id
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
        """Approve the plan as it was shown: `digest` must be the one the approver saw."""
        record = self.planning.with_verdict(plan_id)
        refuse_obstacles(record.plan)
        if record.digest is None or record.commit is None:
            raise Conflict(
                f"Plan {record.plan.id[:8]} is not complete: {', '.join(record.plan.missing) or 'questions are open'}.",
                remedy="Answer its questions first: `opsc answer`.",
            )
        if digest != record.digest:
            raise Conflict(
                "The digest is not the one of this plan: it has changed since it was shown.",
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
        return self._decide(record, Decision.REJECTED, actor, comment)

    def require_valid(self, plan_id: str) -> PlanRecord:
        """The plan, if exactly what it says now is approved.

        Raises NotApproved with the reason: never approved, rejected, expired, or what has changed since.
        """
        record = self.planning.get(plan_id)
        name = record.plan.id[:8]
        remedy = f"Look at it and approve it: `opsc approve {name}`."
        refuse_obstacles(record.plan)
        if record.digest is None or record.commit is None:
            raise NotApproved(f"Plan {name} is not complete.", remedy="Answer its questions first.")
        with self.database.reading() as session:
            decisions = ApprovalRepository(session).of_plan(record.plan.id)
        subject = approval_subject(record.digest, record.commit)
        last = next((d for d in reversed(decisions) if d.subject == subject), None)
        if last is None:
            raise NotApproved(f"Plan {name} is not approved.", remedy=remedy)
        if last.decision is Decision.REJECTED:
            raise NotApproved(f"Plan {name} was rejected by {last.actor}: {last.comment}", remedy="Make a new plan.")
        if last.expires_at <= utc_now():
            raise NotApproved(f"The approval of plan {name} has expired.", remedy=remedy)
        if record.lint.status is not LintStatus.GREEN:
            raise NotApproved(f"The playbook of plan {name} has not passed its checks.", remedy=remedy)
        if record.status is not PlanStatus.APPROVED:
            raise NotApproved(f"Plan {name} is {record.status}.", remedy="Make a new plan from the request.")
        self._refuse_differences(record)
        return record

    def require_unused(self, session: Session, plan_id: str) -> None:
        """Raise NotApproved when every approval of the plan has had its job: one approval is for one execution.

        Called in the unit of work that adds the job, so that two runs at once do not share an approval.
        """
        approvals = [a for a in ApprovalRepository(session).of_plan(plan_id) if a.decision is Decision.APPROVED]
        jobs = JobRepository(session).page(None, len(approvals) + 1, plan_id)
        if len(jobs) >= len(approvals):
            raise NotApproved(
                f"The approval of plan {plan_id[:8]} was for job {jobs[0].id[:8]}, which has been started.",
                remedy=f"To run the plan once more, approve it once more: `opsc approve {plan_id[:8]}`.",
            )

    def _refuse_differences(self, record: PlanRecord) -> None:
        if differences := self.planning.differences(record):
            raise NotApproved(
                f"Plan {record.plan.id[:8]} is not what it was any more: {'; '.join(differences)}.",
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
                raise Conflict(f"Plan {record.plan.id[:8]} is {record.status}.", remedy="Make a new plan.")
            ApprovalRepository(session).add(approval)
            self.audit.append(
                session,
                actor,
                f"plan.{decision}",
                f"plan:{record.plan.id}",
                {"subject": approval.subject, "comment": comment},
            )
        return approval
