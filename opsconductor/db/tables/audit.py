# SPDX-License-Identifier: Apache-2.0
"""The audit: only ever added to."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field

from opsconductor.db.row import Row
from opsconductor.db.types import UtcDateTime


class AuditEntryRow(Row, table=True):
    """Who did what to which thing."""

    __tablename__ = "audit_entries"

    id: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    actor: str = Field(index=True)
    action: str = Field(index=True)
    subject: str = Field(index=True)
    details: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
