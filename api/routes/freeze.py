# SPDX-License-Identifier: Apache-2.0
"""Freezing changes: while a freeze stands, nothing that changes a target starts."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.deps import Actor, Services
from opsconductor.domain.freezes import Freeze

router = APIRouter(prefix="/api/freeze", tags=["freeze"])


class FreezeRequest(BaseModel):
    """Why, and what becomes of what is running."""

    reason: Annotated[str | None, Field(max_length=2000, description="Shown to everybody whose job waits.")] = None
    pause: Annotated[bool, Field(description="Pause the running jobs that change targets, too.")] = False


class FreezeState(BaseModel):
    """Whether changes are frozen."""

    freeze: Freeze | None


@router.get("")
def get_freeze(services: Services) -> FreezeState:
    """The freeze that stands, if any."""
    return FreezeState(freeze=services.freezing.standing())


@router.post("")
def freeze_changes(body: FreezeRequest, services: Services, actor: Actor) -> FreezeState:
    """Start nothing that changes a target, until it is lifted. Queries and dry runs go on. Harmless twice."""
    return FreezeState(freeze=services.freezing.freeze(actor, body.reason, pause=body.pause))


@router.delete("")
def lift_freeze(services: Services, actor: Actor) -> FreezeState:
    """Changes may start again; jobs that the freeze has paused go on. 409 where none stands."""
    services.freezing.lift(actor)
    return FreezeState(freeze=None)
