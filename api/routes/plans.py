# SPDX-License-Identifier: Apache-2.0
"""Plans: from a sentence to an approval."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from api.deps import Actor, After, Id, IdempotencyKey, Limit, Services
from api.pages import Page, page
from api.written import Written
from opsconductor.domain.approvals import Approval
from opsconductor.domain.documents import PlanDocument
from opsconductor.domain.explanations import Explanation
from opsconductor.domain.jobs import Job, Priority
from opsconductor.domain.lint import LintVerdict
from opsconductor.domain.misses import Miss
from opsconductor.domain.plans import Outcome, Plan, PlanRecord, PlanStatus
from opsconductor.domain.runbooks import Runbook
from opsconductor.errors import InvalidInput
from opsconductor.services.documents import every_fault, validated
from opsconductor.services.schedules import ScheduleView

router = APIRouter(prefix="/api/plans", tags=["plans"])

#: Longest request, characters. A sentence, not a document.
MAX_TEXT = 4000


class PlanRequest(BaseModel):
    """What the operator said, or a plan written as a document: one of the two."""

    text: Annotated[str | None, Field(min_length=1, max_length=MAX_TEXT)] = None
    document: Written[PlanDocument] | None = None
    follow: Annotated[bool, Field(description="Whether it may follow up the plan that the actor spoke of last.")] = True


class Answers(BaseModel):
    """Answers to a draft's questions, by question id: a free value, or the `sets` of an offered choice."""

    answers: dict[str, Any]


class ApproveRequest(BaseModel):
    """Approval of exactly what was shown."""

    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="The digest of the plan as it was shown.")]
    comment: Annotated[str | None, Field(max_length=2000)] = None
    standing: Annotated[
        bool, Field(description="For every job of its runbook in chains. That of a plan with a time always is.")
    ] = False


class RejectRequest(BaseModel):
    """Why not."""

    comment: Annotated[str, Field(min_length=1, max_length=2000)]


class RunbookRequest(BaseModel):
    """A runbook to be made of a plan."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    description: Annotated[str, Field(max_length=2000)] = ""
    parameters: Annotated[
        dict[str, str], Field(description="Parameter → its place in the plan: step4.src, targets, options.batch.")
    ] = Field(default_factory=dict)
    required: Annotated[list[str], Field(description="Parameters that keep no default.")] = Field(default_factory=list)


class MissRequest(BaseModel):
    """What was meant instead, as a whole request; nothing where the caller cannot say."""

    meant: Annotated[str | None, Field(max_length=MAX_TEXT)] = None


class PlanView(BaseModel):
    """A stored plan with what became of it."""

    plan: Plan
    status: PlanStatus
    digest: str | None
    commit: str | None
    lint: LintVerdict
    parent_id: str | None
    actor: str
    created_at: datetime


class MissView(BaseModel):
    """A kept miss, and the plan of the correction."""

    miss: Miss
    plan: PlanView | None


class PlanSummary(BaseModel):
    """One line of the history."""

    id: str
    title: str
    text: str
    outcome: Outcome
    status: PlanStatus
    needs_approval: bool
    target_count: int
    step_count: int
    actor: str
    created_at: datetime


def plan_view(record: PlanRecord) -> PlanView:
    """The record without the parts of its digest."""
    return PlanView(**{name: getattr(record, name) for name in PlanView.model_fields})


def _summary(record: PlanRecord) -> PlanSummary:
    plan = record.plan
    return PlanSummary(
        id=plan.id,
        title=plan.title,
        text=plan.text,
        outcome=plan.outcome,
        status=record.status,
        needs_approval=plan.needs_approval,
        target_count=len(plan.targets.resolved),
        step_count=len(plan.steps),
        actor=record.actor,
        created_at=record.created_at,
    )


@router.post("", status_code=201)
def propose_plan(body: PlanRequest, services: Services, actor: Actor) -> PlanView:
    """Read a request, which may follow up the one before, or take a plan that was written. Nothing runs.

    The plan waits for answers, then for approval, unless every step only reads.

    A question that the records answer is answered at once: the plan holds the answer.
    """
    if (body.text is None) is (body.document is None):
        raise InvalidInput("There is no request, or there are two.", remedy="Give `text` or `document`.")
    if body.document is not None:
        with every_fault(services.planning.composed, "The document"):
            document = validated(body.document, PlanDocument, "The document")
        return plan_view(services.planning.compose(document, actor))
    assert body.text is not None  # noqa: S101 - said above
    return plan_view(services.planning.propose(body.text, actor, follow=body.follow))


@router.get("")
def list_plans(services: Services, after: After = None, limit: Limit = 50) -> Page[PlanSummary]:
    """Newest first."""
    return page(services.planning.recent(after, limit + 1), limit, lambda r: r.plan.id, _summary)


@router.get("/{plan_id}")
def get_plan(plan_id: Id, services: Services) -> PlanView:
    """One plan, by its id or the last eight or more characters of it."""
    return plan_view(services.planning.get(plan_id))


@router.put("/{plan_id}", status_code=201)
def edit_plan(plan_id: Id, body: Plan, services: Services, actor: Actor) -> PlanView:
    """Put an edited plan in the place of this one; it is validated again and gets an id of its own."""
    return plan_view(services.planning.edit(plan_id, body, actor))


@router.post("/{plan_id}/answers", status_code=201)
def answer_plan(plan_id: Id, body: Answers, services: Services, actor: Actor) -> PlanView:
    """Answer questions. The answered plan takes the place of this one and has an id of its own."""
    return plan_view(services.planning.answer(plan_id, body.answers, actor))


@router.get(
    "/{plan_id}/playbook",
    response_class=Response,
    responses={200: {"content": {"text/yaml": {"schema": {"type": "string"}}}}},
)
def get_playbook(plan_id: Id, services: Services) -> Response:
    """The rendered playbook, byte for byte as it was committed."""
    return Response(services.planning.playbook(plan_id), media_type="text/yaml; charset=utf-8")


@router.get("/{plan_id}/document")
def get_document(plan_id: Id, services: Services) -> PlanDocument:
    """The document that gives this plan again: what was said or set, without what is filled in or added by policy."""
    return services.planning.document(plan_id)


@router.post("/{plan_id}/runbook", status_code=201)
def save_as_runbook(plan_id: Id, body: RunbookRequest, services: Services, actor: Actor) -> Runbook:
    """Save the plan as a runbook. What the plan has in a parameter's place becomes its default."""
    document = services.runbooks.from_plan(
        plan_id, body.name, body.description, body.parameters, frozenset(body.required)
    )
    return services.runbooks.save(document, actor)


@router.get("/{plan_id}/explanation")
def get_explanation(plan_id: Id, services: Services) -> Explanation:
    """How the plan's request is read: every word, every candidate, every name. Computed anew from the stored text;
    `notes` say where the templates or the asset database have changed since."""
    return services.explaining.explain(plan_id)


@router.post("/{plan_id}/miss", status_code=201)
def miss_plan(plan_id: Id, body: MissRequest, services: Services, actor: Actor) -> MissView:
    """Keep that the plan is not what was meant. The correction, where there is one, is planned right away."""
    miss, corrected = services.planning.correct(plan_id, body.meant, actor)
    return MissView(miss=miss, plan=plan_view(corrected) if corrected else None)


@router.post("/{plan_id}/approve")
def approve_plan(plan_id: Id, body: ApproveRequest, services: Services, actor: Actor) -> Approval:
    """Approve exactly what was shown. Waits for the checks of the playbook, which take some seconds."""
    return services.approving.approve(plan_id, body.digest, actor, body.comment, standing=body.standing)


@router.get("/{plan_id}/schedule")
def get_plan_schedule(plan_id: Id, services: Services) -> ScheduleView | None:
    """The schedule that runs this plan; null where there is none."""
    schedule = services.schedules.of_plan(services.planning.get(plan_id).plan.id)
    return services.schedules.get(schedule.name) if schedule else None


@router.post("/{plan_id}/reject")
def reject_plan(plan_id: Id, body: RejectRequest, services: Services, actor: Actor) -> Approval:
    """Reject the plan, saying what should be different."""
    return services.approving.reject(plan_id, actor, body.comment)


@router.post("/{plan_id}/run", status_code=202)
def run_plan(
    plan_id: Id,
    services: Services,
    actor: Actor,
    key: IdempotencyKey,
    priority: Annotated[Priority, Query(description="Who comes first when jobs have to wait.")] = Priority.NORMAL,
) -> Job:
    """Run the plan as a job. Without a valid approval, where it needs one: 409; and so for a plan that says when it
    runs, which POST /api/schedules puts in force."""
    return services.launching.launch(plan_id, actor, key, priority=priority)
