# SPDX-License-Identifier: Apache-2.0
"""What is kept of jobs beside their events; the bytes are in the blob store."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Text
from sqlmodel import Field

from opsconductor.db.row import Row
from opsconductor.db.types import UtcDateTime


class ArtifactRow(Row, table=True):
    """One artifact. The row outlives the bytes and says who removed them, and when."""

    __tablename__ = "artifacts"

    id: str = Field(primary_key=True, max_length=32)
    job_id: str = Field(foreign_key="jobs.id", index=True, max_length=32)
    slice_id: str | None = Field(default=None, foreign_key="slices.id", max_length=32)
    kind: str = Field(max_length=16)
    seq: int | None = None
    place: str | None = Field(default=None, sa_column=Column(Text))
    step: int | None = None
    target: str | None = Field(default=None, sa_column=Column(Text))
    sha256: str = Field(max_length=64, index=True)
    size: int = Field(sa_type=BigInteger)
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    removed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    removed_by: str | None = Field(default=None, max_length=200)
