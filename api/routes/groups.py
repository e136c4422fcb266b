# SPDX-License-Identifier: Apache-2.0
"""Asset groups, nested to any depth."""

from fastapi import APIRouter
from pydantic import BaseModel

from api.deps import Actor, After, Limit, Name, Services
from api.pages import Page, named_page
from opsconductor.domain.assets import AssetGroup
from opsconductor.domain.specs import GroupEdit, GroupSpec

router = APIRouter(prefix="/api/groups", tags=["groups"])


class GroupView(BaseModel):
    """A group and the assets directly in it."""

    group: AssetGroup
    assets: list[str]


@router.get("")
def list_groups(services: Services, after: After = None, limit: Limit = 100) -> Page[AssetGroup]:
    """In the natural order of names."""
    return named_page(services.groups.list(), after, limit, lambda group: group.name)


@router.post("", status_code=201)
def add_group(body: GroupSpec, services: Services, actor: Actor) -> AssetGroup:
    """Add a group."""
    return services.groups.add(body, actor)


@router.get("/{name:path}")
def get_group(name: Name, services: Services) -> GroupView:
    """One group."""
    return GroupView(group=services.groups.get(name), assets=list(services.groups.members(name)))


@router.patch("/{name:path}")
def edit_group(name: Name, body: GroupEdit, services: Services, actor: Actor) -> AssetGroup:
    """Change the fields that are given, leave the rest."""
    return services.groups.edit(name, body, actor)


@router.delete("/{name:path}")
def remove_group(name: Name, services: Services, actor: Actor) -> AssetGroup:
    """Remove a group; its assets and the groups in it stay. Answers what it was."""
    return services.groups.remove(name, actor)
