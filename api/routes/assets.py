# SPDX-License-Identifier: Apache-2.0
"""Managed machines."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.deps import Actor, After, Limit, Name, Services
from api.pages import Page
from inventories.binding import Binder
from opsconductor.domain.assets import Asset, Connection
from opsconductor.domain.base import Platform
from opsconductor.domain.credentials import CredentialUse
from opsconductor.domain.specs import AssetEdit, AssetFilter, AssetSpec
from opsconductor.services.credential_uses import credential_use

router = APIRouter(prefix="/api/assets", tags=["assets"])

Text = Annotated[str | None, Query(max_length=200)]


class ConnectionView(BaseModel):
    """A way to reach the asset, as a job would use it."""

    connection: Connection
    effective_address: str
    effective_port: int
    used_by_jobs: bool
    #: Which credential, and why; a tie between two groups is told in its reason.
    use: CredentialUse


class AssetView(BaseModel):
    """An asset and its connections in order of preference."""

    asset: Asset
    connections: list[ConnectionView]


def _view(asset: Asset, services: Services) -> AssetView:
    binder = Binder(*services.assets.everything())
    preferred = asset.runnable_connection()
    return AssetView(
        asset=asset,
        connections=[
            ConnectionView(
                connection=connection,
                effective_address=connection.address or asset.address,
                effective_port=connection.effective_port,
                used_by_jobs=preferred is not None and connection.id == preferred.id,
                use=credential_use(asset, connection, binder)[0],
            )
            for connection in asset.connections
        ],
    )


@router.get("")
def list_assets(
    services: Services,
    after: After = None,
    limit: Limit = 100,
    group: Text = None,
    platform: Platform | None = None,
    role: Text = None,
    tag: Text = None,
    text: Text = None,
) -> Page[Asset]:
    """In the natural order of names; `group` counts at any depth, `text` is a part of what describes the asset."""
    wanted = AssetFilter(group=group, platform=platform, role=role, tag=tag, text=text)
    found = services.assets.list(wanted, after=after, limit=limit)
    return Page(items=list(found.items), next=found.next)


@router.post("", status_code=201)
def add_asset(body: AssetSpec, services: Services, actor: Actor) -> Asset:
    """Add an asset."""
    return services.assets.add(body, actor)


@router.get("/{name:path}")
def get_asset(name: Name, services: Services) -> AssetView:
    """One asset, with the credential each connection would use and why."""
    return _view(services.assets.get(name), services)


@router.patch("/{name:path}")
def edit_asset(name: Name, body: AssetEdit, services: Services, actor: Actor) -> Asset:
    """Change the fields that are given, leave the rest."""
    return services.assets.edit(name, body, actor)


@router.delete("/{name:path}")
def remove_asset(name: Name, services: Services, actor: Actor) -> Asset:
    """Remove an asset; answers what it was."""
    return services.assets.remove(name, actor)
