# SPDX-License-Identifier: Apache-2.0
"""The templates an operator can speak of."""

from fastapi import APIRouter

from api.deps import Services
from opsconductor.domain.templates import Template
from opsconductor.errors import NotFound

router = APIRouter(prefix="/api/templates", tags=["templates"])


@router.get("")
def list_templates(services: Services) -> list[Template]:
    """All templates, by id."""
    return sorted(services.catalogue, key=lambda t: t.id)


@router.get("/{intent}")
def get_template(intent: str, services: Services) -> Template:
    """One template."""
    template = services.catalogue.get(intent)
    if template is None:
        raise NotFound(f"There is no template '{intent}'.", remedy="GET /api/templates lists them.")
    return template
