# SPDX-License-Identifier: Apache-2.0
"""The dashboards' addresses: one call from a sentence to a workflow, one to execute it."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.deps import Actor, IdempotencyKey, Services
from api.routes.plans import MAX_TEXT
from api.vision import created_job, job_status

router = APIRouter(tags=["dashboards"])


class CreateJob(BaseModel):
    """What the operator said."""

    description: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]


class ExecuteJob(BaseModel):
    """Which workflow to execute: `workflow.id` of the answer to create-job."""

    workflow_id: Annotated[str, Field(max_length=64)]


class WorkflowStep(BaseModel):
    """One step."""

    id: str
    name: str
    library: str
    function: str
    inputs: dict[str, Any]


class Workflow(BaseModel):
    """A plan as a workflow."""

    id: str
    name: str
    steps: list[WorkflowStep]


class CreatedJob(BaseModel):
    """A proposal; nothing has started."""

    explanation: str
    workflow: Workflow
    estimated_duration: Annotated[int | None, Field(description="Seconds.")]
    target_count: int
    outcome: str
    can_execute: Annotated[bool, Field(description="Complete; it still needs an approval before it can be executed.")]
    questions: list[dict[str, Any]]
    digest: str | None


class ExecutedJob(BaseModel):
    """A job that was queued."""

    id: str
    status: str
    workflow_id: str
    name: str


@router.post("/api/ai/create-job")
def create_job(body: CreateJob, services: Services, actor: Actor) -> CreatedJob:
    """Read a description. Nothing starts: the workflow waits for answers, then for approval."""
    return CreatedJob.model_validate(created_job(services.planning.propose(body.description, actor)))


@router.post("/api/jobs/execute", status_code=202)
def execute_job(body: ExecuteJob, services: Services, actor: Actor, key: IdempotencyKey) -> ExecutedJob:
    """Execute an approved workflow. Without a valid approval: 409."""
    job = services.jobs.launch(body.workflow_id, actor, key)
    return ExecutedJob(id=job.id, status=job_status(job.status), workflow_id=job.plan_id, name=job.title)
