# SPDX-License-Identifier: Apache-2.0
"""Runbooks: every version of every saved plan."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field

from opsconductor.db.row import Row
from opsconductor.db.types import SortKey, UtcDateTime


class RunbookRow(Row, table=True):
    """One version of one runbook. The newest counts; one that says `removed` takes the runbook away."""

    __tablename__ = "runbooks"
    __table_args__ = (UniqueConstraint("name", "version"),)

    id: str = Field(primary_key=True, max_length=32)
    name: str
    sort_key: str = Field(sa_type=SortKey, index=True)
    version: int
    document: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    removed: bool = False
    actor: str = Field(max_length=200)
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
