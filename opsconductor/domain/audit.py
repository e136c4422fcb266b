# SPDX-License-Identifier: Apache-2.0
"""Audit entries: who did what to which thing."""

from datetime import datetime
from typing import Any

from pydantic import Field

from opsconductor.domain.base import Frozen


class AuditEntry(Frozen):
    """One decision or action."""

    id: str
    at: datetime
    actor: str
    action: str  #: "plan.proposed", "plan.approved", "job.queued", "credential.replaced"
    subject: str  #: "plan:<id>", "asset:<name>"
    details: dict[str, Any] = Field(default_factory=dict)  #: never a secret
