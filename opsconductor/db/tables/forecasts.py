# SPDX-License-Identifier: Apache-2.0
"""What was said of the ends of jobs."""

from datetime import datetime

from sqlalchemy import Column, Text
from sqlmodel import Field

from opsconductor.db.row import Row
from opsconductor.db.types import UtcDateTime


class ForecastRow(Row, table=True):
    """One forecast of a running job, with its time."""

    __tablename__ = "forecasts"

    job_id: str = Field(primary_key=True, foreign_key="jobs.id", max_length=32)
    at: datetime = Field(sa_column=Column(UtcDateTime, primary_key=True, index=True))
    seq: int
    seconds: float
    low: float
    high: float
    percent: float
    basis: str = Field(sa_column=Column(Text, nullable=False))
