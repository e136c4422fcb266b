# SPDX-License-Identifier: Apache-2.0
"""Decisions about approval subjects."""

from datetime import datetime

from sqlalchemy import Boolean, Column, Text, false
from sqlmodel import Field

from opsconductor.db.row import Row
from opsconductor.db.types import UtcDateTime


class ApprovalRow(Row, table=True):
    """One decision; never changed, only followed by another."""

    __tablename__ = "approvals"

    id: str = Field(primary_key=True, max_length=32)
    plan_id: str = Field(foreign_key="plans.id", index=True, max_length=32)
    subject: str = Field(max_length=64)
    decision: str = Field(max_length=16)
    actor: str = Field(max_length=200)
    comment: str | None = Field(default=None, sa_column=Column(Text))
    #: For any number of jobs until it expires; else for one.
    standing: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    expires_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
