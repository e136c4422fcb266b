# SPDX-License-Identifier: Apache-2.0
"""Which job works on which asset right now."""

from datetime import datetime

from sqlalchemy import Column, Text
from sqlmodel import Field

from opsconductor.db.row import Row
from opsconductor.db.types import UtcDateTime


class TargetLockRow(Row, table=True):
    """One asset held by one job: shared for reading, exclusive for changing."""

    __tablename__ = "target_locks"

    asset_id: str = Field(primary_key=True, max_length=32)
    job_id: str = Field(primary_key=True, foreign_key="jobs.id", max_length=32, index=True)
    target: str = Field(sa_column=Column(Text, nullable=False))
    mode: str = Field(max_length=16)
    acquired: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
