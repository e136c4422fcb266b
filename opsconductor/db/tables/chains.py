# SPDX-License-Identifier: Apache-2.0
"""What became of the runbooks that are chained to the runbook of a job."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Text, UniqueConstraint
from sqlmodel import Field

from opsconductor.db.row import Row
from opsconductor.db.types import UtcDateTime


class ChainStepRow(Row, table=True):
    """One link after one job; made with the job."""

    __tablename__ = "chain_steps"
    __table_args__ = (UniqueConstraint("after_job_id", "place"),)

    id: str = Field(primary_key=True, max_length=32)
    after_job_id: str = Field(foreign_key="jobs.id", index=True, max_length=32)
    place: int
    link: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    status: str = Field(max_length=16, index=True)
    reason: str | None = Field(default=None, sa_column=Column(Text))
    plan_id: str | None = Field(default=None, foreign_key="plans.id", index=True, max_length=32)
    job_id: str | None = Field(default=None, foreign_key="jobs.id", index=True, max_length=32)
    claimed_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    decided_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
