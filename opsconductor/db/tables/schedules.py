# SPDX-License-Identifier: Apache-2.0
"""Schedules, what became of each of their times, and calendars."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Text, UniqueConstraint
from sqlmodel import Field

from opsconductor.db.row import Row
from opsconductor.db.types import SortKey, UtcDateTime


class ScheduleRow(Row, table=True):
    """A plan that is run at times."""

    __tablename__ = "schedules"

    id: str = Field(primary_key=True, max_length=32)
    name: str
    #: The name while it is there; empty once it was deleted, so that another one may have it.
    present_name: str | None = Field(default=None, unique=True)
    sort_key: str = Field(sa_type=SortKey, index=True)
    plan_id: str = Field(foreign_key="plans.id", index=True, max_length=32)
    timing: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    calendars: list[str] = Field(sa_column=Column(JSON, nullable=False))
    catch_up: str = Field(max_length=16)
    window: int
    overlap: str = Field(max_length=16)
    priority: str = Field(max_length=8)
    paused_by: str | None = Field(default=None, max_length=200)
    next_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, index=True))
    asks: list[str] = Field(sa_column=Column(JSON, nullable=False))
    blocks: list[str] = Field(sa_column=Column(JSON, nullable=False))
    checked_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    removed: bool = False
    actor: str = Field(max_length=200)
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class ScheduleRunRow(Row, table=True):
    """What became of one time, or of several in a row."""

    __tablename__ = "schedule_runs"
    __table_args__ = (UniqueConstraint("schedule_id", "due_at"),)

    id: str = Field(primary_key=True, max_length=32)
    schedule_id: str = Field(foreign_key="schedules.id", index=True, max_length=32)
    due_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    last_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    count: int
    status: str = Field(max_length=16, index=True)
    reason: str | None = Field(default=None, sa_column=Column(Text))
    plan_id: str | None = Field(default=None, foreign_key="plans.id", max_length=32)
    job_id: str | None = Field(default=None, foreign_key="jobs.id", max_length=32)
    actor: str = Field(max_length=200)
    decided_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class CalendarRow(Row, table=True):
    """Days on which schedules that name the calendar do not run."""

    __tablename__ = "calendars"

    id: str = Field(primary_key=True, max_length=32)
    name: str = Field(unique=True)
    sort_key: str = Field(sa_type=SortKey, index=True)
    days: list[str] = Field(sa_column=Column(JSON, nullable=False))
    description: str = Field(default="", sa_column=Column(Text, nullable=False))
    actor: str = Field(max_length=200)
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
