# SPDX-License-Identifier: Apache-2.0
"""Requests that were misread: kept with their corrections, so that the catalogue can learn from them."""

from datetime import timedelta

from sqlmodel import Session

from opsconductor.clock import utc_now
from opsconductor.db.engine import Database
from opsconductor.db.repositories.misses import MissRepository
from opsconductor.db.repositories.plans import PlanRepository
from opsconductor.domain.misses import Miss
from opsconductor.domain.plans import Origin, Outcome, Plan, PlanRecord, Question
from opsconductor.errors import Conflict
from opsconductor.ids import new_id, short
from opsconductor.services.audit import AuditService
from planner.masking import mask_secrets

#: How long after "that is not what I meant" the next request still counts as the correction.
PATIENCE = timedelta(hours=1)
#: Requests that may lie between the two: those that were not understood either.
_TRIES = 10


def plan_before(session: Session, actor: str) -> PlanRecord | None:
    """The plan that an actor's next request speaks of: the newest one the actor made."""
    plans = PlanRepository(session)
    newest = next(iter(plans.newest_of(actor, 1)), None)
    if newest is not None and newest.plan.follows and not newest.plan.steps:
        return plans.get(newest.plan.follows)  # it only asked what had been meant
    return newest


class MissService:
    """Keeps misses. A text of theirs has passed the guard, or is masked."""

    def __init__(self, database: Database, audit: AuditService) -> None:
        self.database = database
        self.audit = audit

    def before(self, actor: str) -> PlanRecord | None:
        """The plan that "that is not what I meant" is said of; None where the last one was written by hand."""
        with self.database.reading() as session:
            record = plan_before(session, actor)
        return record if record is None or not record.plan.by_hand else None

    def record(self, plan: PlanRecord, actor: str, meant: str | None = None, meant_plan: str | None = None) -> Miss:
        """Keep that a plan was not what was meant; a later correction takes the place of an earlier one.

        Raises Conflict where the correction led to the very plan that it corrects.
        """
        if meant_plan == plan.plan.id:
            raise Conflict("A plan cannot be its own correction.", remedy="Name the plan that was misread.")
        with self.database.session() as session:
            misses = MissRepository(session)
            miss = misses.of_plan(plan.plan.id) or Miss(
                id=new_id(), plan_id=plan.plan.id, actor=actor, created_at=utc_now()
            )
            if meant is not None:
                miss = miss.model_copy(update={"meant": mask_secrets(meant), "meant_plan_id": meant_plan})
            misses.put(miss)
            details = {"meant_plan": miss.meant_plan_id} if miss.meant_plan_id else {}
            self.audit.append(session, actor, "plan.missed", f"plan:{plan.plan.id}", details)
        return miss

    def link(self, record: PlanRecord) -> Miss | None:
        """Take a new plan for the correction that its actor was asked for; None where nobody waits for one."""
        if not understood(record.plan):
            return None
        with self.database.reading() as session:
            plans, misses = PlanRepository(session), MissRepository(session)
            since = record.created_at - PATIENCE
            for earlier in plans.newest_of(record.actor, _TRIES, before=record.plan.id):
                if earlier.created_at < since or understood(earlier.plan):
                    return None
                missed = misses.of_plan(earlier.plan.follows) if earlier.plan.follows else None
                if missed is not None and missed.meant is None:
                    wrong = plans.get(missed.plan_id)
                    break
            else:
                return None
        return self.record(wrong, record.actor, record.plan.text, record.plan.id)

    def all(self) -> list[Miss]:
        """All misses, oldest first."""
        with self.database.reading() as session:
            return MissRepository(session).all()


def understood(plan: Plan) -> bool:
    """Whether a plan says what to do, so that it can be a correction; a value or machines may still be asked for."""
    return any(s.origin is Origin.USER for s in plan.steps) and not any(q.id == "request" for q in plan.questions)


def asking(text: str, before: PlanRecord | None, plan_id: str) -> Plan:
    """The answer to "that is not what I meant" without a correction: a plan that only asks for one."""
    if before is None:
        said = "There is no request before this one that could have been misunderstood. Say what shall be done."
    else:
        said = (
            f"Noted: plan {short(before.plan.id)} is not what was meant, and nothing of it runs by itself. "
            "Say what was meant in other words, the whole request."
        )
    return Plan(
        id=plan_id,
        outcome=Outcome.CLARIFY,
        text=text,
        title="What was meant?",
        questions=(Question(id="request", text=said),),
        follows=before.plan.id if before else None,
    )
