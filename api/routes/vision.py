# SPDX-License-Identifier: Apache-2.0
"""The dashboards' addresses: from a sentence to a workflow, execute it, and who is in a group."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.deps import Actor, IdempotencyKey, Services
from api.routes.plans import MAX_TEXT
from api.vision import created_job, group_target, job_status
from inventories.binding import Binder
from opsconductor.domain.specs import AssetFilter

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
    can_execute: Annotated[
        bool, Field(description="Complete. Unless every step only reads, it still needs an approval before it can run.")
    ]
    questions: list[dict[str, Any]]
    digest: str | None


class ExecutedJob(BaseModel):
    """A job that was queued."""

    id: str
    status: str
    workflow_id: str
    name: str


class TargetCredential(BaseModel):
    """Which credential is used; never the secret."""

    name: str
    type: str
    username: str | None


class TargetService(BaseModel):
    """A way to reach a target."""

    type: str
    port: int
    credential: TargetCredential | None


class GroupTarget(BaseModel):
    """A target of a group."""

    id: str
    hostname: str
    ip_address: str
    os_type: str
    os_version: str | None
    groups: list[str]
    credential: TargetCredential | None
    services: list[TargetService]


@router.post("/api/ai/create-job")
def create_job(body: CreateJob, services: Services, actor: Actor) -> CreatedJob:
    """Read a description, by itself. Nothing starts: the workflow waits for answers, then for approval."""
    return CreatedJob.model_validate(created_job(services.planning.propose(body.description, actor, follow=False)))


@router.post("/api/jobs/execute", status_code=202)
def execute_job(body: ExecuteJob, services: Services, actor: Actor, key: IdempotencyKey) -> ExecutedJob:
    """Execute a workflow. Without a valid approval, where it needs one: 409."""
    job = services.launching.launch(body.workflow_id, actor, key)
    return ExecutedJob(id=job.id, status=job_status(job.status), workflow_id=job.plan_id, name=job.title)


@router.get("/target-groups")
def list_group_targets(
    services: Services, name: Annotated[str, Query(min_length=1, max_length=255)]
) -> list[GroupTarget]:
    """All targets of an asset group, at any depth, each with its credential (never the secret) and its services."""
    assets, groups = services.assets.everything()
    binder = Binder(assets, groups)
    credentials = {credential.name: credential for credential in services.credentials.list()}
    found, after = [], None
    while True:
        some = services.assets.list(AssetFilter(group=name), after=after)
        found += [group_target(asset, binder, credentials) for asset in some.items]
        after = some.next
        if after is None:
            return [GroupTarget.model_validate(target) for target in found]
