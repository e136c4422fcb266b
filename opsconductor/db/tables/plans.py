# SPDX-License-Identifier: Apache-2.0
"""Stored plans."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Text
from sqlmodel import Field

from opsconductor.db.row import Row
from opsconductor.db.types import UtcDateTime


class PlanRow(Row, table=True):
    """One plan as it was proposed; a change of the plan is a new row whose parent is this one."""

    __tablename__ = "plans"

    id: str = Field(primary_key=True, max_length=32)
    status: str = Field(max_length=16, index=True)
    outcome: str = Field(max_length=16)
    title: str = Field(sa_column=Column(Text, nullable=False))
    document: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    digest: str | None = Field(default=None, index=True, max_length=64)
    commit: str | None = Field(default=None, max_length=40)
    #: The hashed parts of the digest, kept so that a difference can be named.
    parts: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    lint: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    parent_id: str | None = Field(default=None, max_length=32, foreign_key="plans.id")
    actor: str = Field(max_length=200)
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
