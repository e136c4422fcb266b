# SPDX-License-Identifier: Apache-2.0
"""Is it up, and which version."""

from importlib.metadata import version

from fastapi import APIRouter
from pydantic import BaseModel

from api.deps import Services

router = APIRouter(prefix="/api", tags=["system"])


class Health(BaseModel):
    """The server answers and its database does too."""

    status: str


class Version(BaseModel):
    """What is installed."""

    opsconductor: str
    ansible_core: str
    templates: int


@router.get("/health")
def get_health(services: Services) -> Health:
    """Answers `ok` only when the database answers."""
    services.planning.recent(limit=1)
    return Health(status="ok")


@router.get("/version")
def get_version(services: Services) -> Version:
    """The versions that matter to a bug report."""
    return Version(
        opsconductor=version("opsconductor"),
        ansible_core=version("ansible-core"),
        templates=len(services.catalogue.templates),
    )
