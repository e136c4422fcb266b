# SPDX-License-Identifier: Apache-2.0
"""What happened in jobs, in order."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Text, UniqueConstraint
from sqlmodel import Field

from opsconductor.db.row import Row
from opsconductor.db.types import UtcDateTime


class EventRow(Row, table=True):
    """One event; never changed. (slice_id, key) makes a replay harmless."""

    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("slice_id", "key"),)

    job_id: str = Field(primary_key=True, foreign_key="jobs.id", max_length=32)
    seq: int = Field(primary_key=True)
    schema_version: int
    slice_id: str | None = Field(default=None, foreign_key="slices.id", max_length=32)
    key: str = Field(max_length=100)
    kind: str = Field(max_length=24)
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    step: int | None = None
    role: str | None = Field(default=None, max_length=16)
    last: bool = False
    target: str | None = Field(default=None, sa_column=Column(Text))
    task: str | None = Field(default=None, sa_column=Column(Text))
    changed: bool = False
    ignored: bool = False
    message: str | None = Field(default=None, sa_column=Column(Text))
    seconds: float | None = None
    data: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
