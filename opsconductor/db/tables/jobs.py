# SPDX-License-Identifier: Apache-2.0
"""Jobs and their slices."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Text, UniqueConstraint
from sqlmodel import Field

from opsconductor.db.row import Row
from opsconductor.db.types import UtcDateTime


class JobRow(Row, table=True):
    """One execution of one approved plan."""

    __tablename__ = "jobs"
    __table_args__ = (UniqueConstraint("actor", "idempotency_key"),)

    id: str = Field(primary_key=True, max_length=32)
    plan_id: str = Field(foreign_key="plans.id", index=True, max_length=32)
    title: str = Field(sa_column=Column(Text, nullable=False))
    status: str = Field(max_length=20, index=True)
    reason: str | None = Field(default=None, sa_column=Column(Text))
    commit: str = Field(max_length=40)
    digest: str = Field(max_length=64)
    actor: str = Field(max_length=200)
    #: The approval this execution used up: one approval is for one job. None: what only reads needs none.
    approval_id: str | None = Field(default=None, foreign_key="approvals.id", unique=True, max_length=32)
    priority: str = Field(max_length=8, sa_column_kwargs={"server_default": "normal"})
    #: The approval it was started by where that is for any number of jobs.
    standing_approval_id: str | None = Field(default=None, foreign_key="approvals.id", max_length=32)
    schedule_id: str | None = Field(default=None, index=True, max_length=32)
    after_job_id: str | None = Field(default=None, foreign_key="jobs.id", index=True, max_length=32)
    attempt: int = 1
    #: The sequence number of the last event; raised only in the transaction that inserts events.
    last_seq: int = 0
    complete: bool = False
    idempotency_key: str | None = Field(default=None, max_length=200)
    spec: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    started_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    ended_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class SliceRow(Row, table=True):
    """One ansible-runner invocation with its lease."""

    __tablename__ = "slices"
    __table_args__ = (UniqueConstraint("job_id", "batch", "lane", "attempt"),)

    id: str = Field(primary_key=True, max_length=32)
    job_id: str = Field(foreign_key="jobs.id", index=True, max_length=32)
    batch: int
    lane: str = Field(max_length=100)
    platform: str = Field(max_length=16)
    attempt: int
    targets: list[str] = Field(sa_column=Column(JSON, nullable=False))
    done: dict[str, list[int]] = Field(sa_column=Column(JSON, nullable=False, server_default="{}"))
    status: str = Field(max_length=16, index=True)
    fence: int = 0
    lease_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    supervisor_pid: int | None = None
    started_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    ended_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
