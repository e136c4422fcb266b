# SPDX-License-Identifier: Apache-2.0
"""Runbooks: saved plans with parameters. Using one makes a new plan, which is approved like any other."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from api.deps import Actor, After, Limit, Name, Services
from api.pages import Page, page
from api.routes.plans import PlanView, plan_view
from api.written import Written
from opsconductor.domain.names import normal, sort_key
from opsconductor.domain.runbooks import LAST_VERSION, Runbook, RunbookDocument
from opsconductor.services.documents import located, parse, runbook_yaml, validated
from opsconductor.services.runbooks import RunbookInput

router = APIRouter(prefix="/api/runbooks", tags=["runbooks"])

Version = Annotated[int | None, Query(ge=1, le=LAST_VERSION, description="Which version; the newest when not given.")]
BasedOn = Annotated[
    int | None, Query(ge=1, description="The version that was edited; 409 when it is not the newest any more.")
]


class RunbookVersion(BaseModel):
    """One line of a runbook's history."""

    version: int
    removed: bool
    actor: str
    created_at: datetime


class RunbookView(BaseModel):
    """One runbook, what its use may give, and its history, newest first."""

    runbook: Runbook
    inputs: list[RunbookInput]
    versions: list[RunbookVersion]


class RunbookText(BaseModel):
    """A runbook as the file it is shared as."""

    text: Annotated[str, Field(min_length=1, description="YAML or JSON.")]
    name: Annotated[str | None, Field(max_length=200, description="Another name than the one in the file.")] = None


class RunbookValues(BaseModel):
    """Values for a runbook's parameters."""

    params: dict[str, Any] = Field(default_factory=dict)
    version: Annotated[int | None, Field(ge=1, le=LAST_VERSION)] = None


@router.get("")
def list_runbooks(services: Services, after: After = None, limit: Limit = 100) -> Page[Runbook]:
    """The newest version of every runbook, in the natural order of names."""
    found = services.runbooks.list()
    if after is not None:
        seen = (sort_key(normal(after)), normal(after))
        found = tuple(r for r in found if (sort_key(r.name), r.name) > seen)
    return page(found[: limit + 1], limit, lambda r: r.name, lambda r: r)


@router.post("", status_code=201)
def save_runbook(body: Written[RunbookDocument], services: Services, actor: Actor) -> Runbook:
    """Save a runbook. Every fault of the document is named at once."""
    return services.runbooks.save(validated(body, RunbookDocument, "The runbook"), actor)


@router.post("/import", status_code=201)
def import_runbook(body: RunbookText, services: Services, actor: Actor) -> Runbook:
    """Save a runbook that was shared as a file."""
    document = parse(body.text, RunbookDocument, "The file")
    with located(body.text, "The file"):
        return services.runbooks.save(document.model_copy(update={"name": body.name or document.name}), actor)


@router.get(
    "/{name:path}/file",
    response_class=Response,
    responses={200: {"content": {"text/yaml": {"schema": {"type": "string"}}}}},
)
def export_runbook(name: Name, services: Services, version: Version = None) -> Response:
    """The runbook as a YAML file, to be shared."""
    text = runbook_yaml(services.runbooks.get(name, version).document)
    return Response(text, media_type="text/yaml; charset=utf-8")


@router.put("/{name:path}/file")
def edit_runbook_file(
    name: Name, body: RunbookText, services: Services, actor: Actor, based_on: BasedOn = None
) -> Runbook:
    """Save a YAML file as the next version; faults are named with their lines."""
    document = parse(body.text, RunbookDocument, "The file")
    with located(body.text, "The file"):
        return services.runbooks.edit(name, document, actor, based_on)


@router.post("/{name:path}/plans", status_code=201)
def use_runbook(name: Name, body: RunbookValues, services: Services, actor: Actor) -> PlanView:
    """Make a plan of a runbook with these values. It is validated anew and waits for its own approval."""
    return plan_view(services.runbooks.run(name, body.params, actor, body.version))


@router.get("/{name:path}")
def get_runbook(name: Name, services: Services, version: Version = None) -> RunbookView:
    """One runbook."""
    runbook = services.runbooks.get(name, version)
    lines = [
        RunbookVersion(version=v.version, removed=v.removed, actor=v.actor, created_at=v.created_at)
        for v in services.runbooks.versions(name)
    ]
    return RunbookView(runbook=runbook, inputs=list(services.runbooks.inputs(runbook)), versions=lines)


@router.put("/{name:path}")
def edit_runbook(
    name: Name,
    body: Written[RunbookDocument],
    services: Services,
    actor: Actor,
    based_on: BasedOn = None,
) -> Runbook:
    """Save the next version; the versions before stay."""
    return services.runbooks.edit(name, validated(body, RunbookDocument, "The runbook"), actor, based_on)


@router.delete("/{name:path}")
def remove_runbook(name: Name, services: Services, actor: Actor) -> Runbook:
    """Take a runbook away; its history stays. Answers what it was."""
    return services.runbooks.remove(name, actor)
