# SPDX-License-Identifier: Apache-2.0
"""The cells of jobs as folded from their events, and the values that steps set about themselves."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Text
from sqlmodel import Field

from opsconductor.db.row import Row
from opsconductor.db.types import UtcDateTime


class ResultRow(Row, table=True):
    """One step on one target; a projection of the events, written in their transaction."""

    __tablename__ = "results"

    job_id: str = Field(primary_key=True, foreign_key="jobs.id", max_length=32)
    step: int = Field(primary_key=True)
    target: str = Field(primary_key=True, max_length=255)
    status: str = Field(max_length=16)
    changed: bool = False
    message: str | None = Field(default=None, sa_column=Column(Text))
    state: str | None = Field(default=None, sa_column=Column(Text))
    reason: str | None = Field(default=None, sa_column=Column(Text))
    started_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    ended_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class HostValueRow(Row, table=True):
    """`opsc_s<step>` of one target in one job: handed back as a host variable when the job is retried."""

    __tablename__ = "host_values"

    job_id: str = Field(primary_key=True, foreign_key="jobs.id", max_length=32)
    target: str = Field(primary_key=True, max_length=255)
    step: int = Field(primary_key=True)
    value: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
