# SPDX-License-Identifier: Apache-2.0
"""Approvals: bound to one digest and one commit, void as soon as anything they cover has changed."""

from datetime import timedelta

from sqlmodel import Session

from opsconductor.clock import utc_now
from opsconductor.db.engine import Database
from opsconductor.db.repositories.approvals import ApprovalRepository
from opsconductor.db.repositories.jobs import JobRepository
from opsconductor.db.repositories.plans import PlanRepository
from opsconductor.db.repositories.schedules import ScheduleRepository
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

    def __init__(
        self,
        database: Database,
        planning: PlanningService,
        audit: AuditService,
        lifetime: timedelta,
        standing_lifetime: timedelta,
    ) -> None:
        self.database = database
        self.planning = planning
        self.audit = audit
        self.lifetime = lifetime
        self.standing_lifetime = standing_lifetime

    def approve(
        self, plan_id: str, digest: str, actor: str, comment: str | None = None, *, standing: bool = False
    ) -> Approval:
        """Approve the plan as it was shown, for one job: `digest` must be the one the approver saw.

        An approval that holds and has had no job yet is returned as it is: no second one is made beside it.
        A plan that says when it runs is approved for every job of its schedule, one of a runbook with `standing` for
        every job in chains too: until the standing approval expires, or anything it covers has changed.
        """
        record = self.planning.with_verdict(plan_id)
        refuse_obstacles(record.plan)
        if standing and record.plan.options.schedule is None and record.plan.runbook is None:
            raise Conflict(
                f"Plan {short(record.plan.id)} is of no runbook and has no schedule: there is nothing to stand for.",
                remedy="Approve it for one job, without standing.",
            )
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
        standing = standing or record.plan.options.schedule is not None
        return self._decide(record, Decision.APPROVED, actor, comment, standing=standing)

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

    def take(self, session: Session, plan_id: str, *, by_itself: bool) -> Approval | None:
        """The approval that the job added next uses up: one approval is for one execution, unless it is a standing one.

        A standing one is for any number of jobs that start `by_itself`, of a schedule or in a chain, and for one that
        somebody starts. None where the plan needs none: what only reads runs as often as anybody likes. Called in the
        unit of work that adds the job. The plan is held until its end: neither a rejection nor an edit, nor another
        run, comes between. Raises NotApproved when no approval stands, or each has had its job.
        """
        record = PlanRepository(session).hold(plan_id)
        last = self._require_standing(session, record)
        if last is None or (last.standing and by_itself):
            return last
        if unused := self._unused(session, record):
            return unused
        jobs = JobRepository(session)
        job_id = jobs.by_hand(last.id) if last.standing else jobs.by_approval(record.plan.id)[last.id]
        if job_id is None:
            return last
        used = "is for jobs that start by themselves, and" if last.standing else "was"
        raise NotApproved(
            f"The approval of plan {short(plan_id)} {used} for job {short(job_id)}, which has been started.",
            remedy=f"To run the plan once more, approve it once more: `opsc approve {short(plan_id)}`.",
        )

    def require_standing(self, session: Session, job: Job) -> None:
        """Raise NotApproved unless the plan is approved still, and the approval that the job used up has not expired;
        or needs none still.

        Called in the unit of work that starts the job; the plan is held until its end.
        """
        record = PlanRepository(session).hold(job.plan_id)
        if self._require_standing(session, record) is None:
            return
        used = JobRepository(session).approval_of(job.id)
        own = next((d for d in ApprovalRepository(session).of_plan(record.plan.id) if d.id == used), None)
        if own is None:
            raise NotApproved(f"Job {short(job.id)} has no approval, and needs one by now.", remedy=_look(record))
        if own.expires_at <= utc_now():
            raise NotApproved(
                f"The approval of job {short(job.id)} expired at {own.expires_at:%Y-%m-%d %H:%M}Z, before it started.",
                remedy=_look(record),
            )

    def take_again(self, session: Session, job: Job) -> Approval | None:
        """The approval of a further attempt of a job: its own while that holds, else one given since.

        None where the plan needs none. Called in the unit of work that begins the attempt. Raises NotApproved.
        """
        record = PlanRepository(session).hold(job.plan_id)
        if self._require_standing(session, record) is None:
            return None
        used = JobRepository(session).approval_of(job.id)
        own = next((d for d in ApprovalRepository(session).of_plan(record.plan.id) if d.id == used), None)
        return (
            own
            if own is not None and own.expires_at > utc_now()
            else self.take(session, job.plan_id, by_itself=job.by_itself)
        )

    def standing(self, plan_id: str) -> tuple[str | None, Approval | None]:
        """What speaks against running the plan as far as decisions go, whatever has changed; else the approval that
        holds. None, None: it needs none."""
        with self.database.reading() as session:
            try:
                return None, self._require_standing(session, PlanRepository(session).get(plan_id))
            except NotApproved as error:
                return error.message, None

    def decision(self, plan_id: str) -> Approval | None:
        """The newest decision about exactly the present plan."""
        with self.database.reading() as session:
            return next(reversed(_decisions(session, PlanRepository(session).get(plan_id))), None)

    def carrying(self, name: str, version: int, digest: str) -> str | None:
        """The plan of that version of a runbook, with that digest, that a standing approval holds for."""
        with self.database.reading() as session:
            for record in PlanRepository(session).of_digest(digest):
                use = record.plan.runbook
                if use is None or (use.name, use.version) != (name, version):
                    continue
                try:
                    approval = self._require_standing(session, record)
                except NotApproved:
                    continue
                if approval is not None and approval.standing:
                    return record.plan.id
        return None

    def needs_none(self, plan: Plan) -> bool:
        """Whether a plan runs without an approval: it was made as one that does, and still is by today's templates."""
        intents = [step.intent for step in plan.steps]
        why = why_no_approval(intents, self.planning.catalogue, dry_run=plan.options.dry_run)
        return not plan.needs_approval and why is not None

    def _require_standing(self, session: Session, record: PlanRecord) -> Approval | None:
        """The approval that holds longest, unless the plan was rejected; None where none is needed.

        Raises NotApproved.
        """
        name = short(record.plan.id)
        if record.digest is None or record.commit is None:
            raise NotApproved(f"Plan {name} is not complete.", remedy="Answer its questions first.")
        decisions = _decisions(session, record)
        last = next(reversed(decisions), None)
        free = self.needs_none(record.plan)
        if last is None and not free:
            raise NotApproved(f"Plan {name} is not approved.", remedy=_look(record))
        if last is not None and last.decision is Decision.REJECTED:
            raise NotApproved(f"Plan {name} was rejected by {last.actor}: {last.comment}", remedy="Make a new plan.")
        last = max(decisions, key=lambda d: d.expires_at, default=None)
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
                if decision.decision is Decision.APPROVED
                and not decision.standing
                and decision.expires_at > now
                and decision.id not in used
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

    def _decide(
        self, record: PlanRecord, decision: Decision, actor: str, comment: str | None, *, standing: bool = False
    ) -> Approval:
        now = utc_now()
        approval = Approval(
            id=new_id(),
            plan_id=record.plan.id,
            subject=approval_subject(record.digest or "", record.commit or ""),
            decision=decision,
            actor=actor,
            comment=comment,
            standing=standing,
            created_at=now,
            expires_at=now + (self.standing_lifetime if standing else self.lifetime),
        )
        status = PlanStatus.APPROVED if decision is Decision.APPROVED else PlanStatus.REJECTED
        with self.database.session() as session:
            allowed = frozenset({PlanStatus.PROPOSED, PlanStatus.APPROVED, PlanStatus.DRAFT})
            if not PlanRepository(session).set_status(record.plan.id, status, only_from=allowed):
                raise Conflict(f"Plan {short(record.plan.id)} is {record.status}.", remedy="Make a new plan.")
            if decision is Decision.APPROVED and not standing and (unused := self._unused(session, record)):
                return unused  # said twice, or by two people: still for one job
            ApprovalRepository(session).add(approval)
            if decision is Decision.APPROVED:
                ScheduleRepository(session).answered(record.plan.id)
            self.audit.append(
                session,
                actor,
                f"plan.{decision}",
                f"plan:{record.plan.id}",
                {"subject": approval.subject, "comment": comment, "standing": standing},
            )
        return approval


def _decisions(session: Session, record: PlanRecord) -> list[Approval]:
    """Every decision about exactly this plan, oldest first."""
    subject = approval_subject(record.digest or "", record.commit or "")
    return [d for d in ApprovalRepository(session).of_plan(record.plan.id) if d.subject == subject]


def _look(record: PlanRecord) -> str:
    return f"Look at it and approve it: `opsc approve {short(record.plan.id)}`."
