# SPDX-License-Identifier: Apache-2.0
"""How long parts of jobs took."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, Text
from sqlmodel import Field

from opsconductor.db.row import Row
from opsconductor.db.types import UtcDateTime


class DurationRow(Row, table=True):
    """One measured part of a job that is over."""

    __tablename__ = "durations"
    __table_args__ = (
        Index("ix_durations_part_intent_at", "part", "intent", "at"),
        Index("ix_durations_target_intent_at", "target", "intent", "at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    job_id: str = Field(foreign_key="jobs.id", index=True, max_length=32)
    part: str = Field(max_length=8)
    intent: str = Field(max_length=100)
    play: str = Field(max_length=16)
    target: str = Field(sa_column=Column(Text, nullable=False))
    size: int = Field(sa_type=BigInteger)
    seconds: float
    step: int
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
