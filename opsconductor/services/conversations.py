# SPDX-License-Identifier: Apache-2.0
"""What each actor spoke of last: read before a request is read, kept with the plan it became."""

from datetime import timedelta

from sqlmodel import Session

from opsconductor.clock import utc_now
from opsconductor.db.engine import Database
from opsconductor.db.repositories.conversations import ConversationRepository
from opsconductor.db.repositories.plans import PlanRepository
from opsconductor.domain.conversations import JobOutcome
from opsconductor.domain.plans import Plan, PlanRecord
from planner.followups import Before, memorable


class ConversationService:
    """Remembers the plan that an actor's next request may follow up."""

    def __init__(self, database: Database, lifetime: timedelta) -> None:
        self.database = database
        self.lifetime = lifetime

    def before(self, actor: str) -> tuple[Before, PlanRecord | None]:
        """The plan that the actor spoke of last with its newest job; nothing after some hours of silence."""
        with self.database.reading() as session:
            spoken = ConversationRepository(session).get(actor)
            if spoken.plan_id is None or spoken.updated_at is None or utc_now() - spoken.updated_at > self.lifetime:
                return Before(), None
            record = PlanRepository(session).get(spoken.plan_id)
            return Before(record.plan, _outcome(session, record.plan)), record

    def remember(self, session: Session, actor: str, plan: Plan) -> None:
        """Make a plan what the actor spoke of last, where there is anything in it to follow up."""
        if memorable(plan):
            ConversationRepository(session).put(actor, plan.id, utc_now())

    def forget(self, session: Session, actor: str) -> None:
        """Let the actor's next request stand on its own."""
        ConversationRepository(session).put(actor, None, utc_now())

    def go_on(self, session: Session, actor: str, before: Plan, plan: Plan) -> bool:
        """As `remember`, for a plan that follows up another; False when the actor spoke of something else meanwhile."""
        return ConversationRepository(session).move(actor, before.id, plan.id, utc_now())


def _outcome(session: Session, plan: Plan) -> JobOutcome | None:
    # Not at the top: what stands alone follows no job up, and need not load their tables.
    from opsconductor.db.repositories.jobs import JobRepository
    from opsconductor.db.repositories.results import ResultRepository

    jobs = JobRepository(session).page(None, 1, plan.id)
    if not jobs:
        return None
    cells = tuple(ResultRepository(session).of_job(jobs[0].id))
    return JobOutcome(job_id=jobs[0].id, status=jobs[0].status, targets=plan.targets.names, cells=cells)
