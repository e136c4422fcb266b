# SPDX-License-Identifier: Apache-2.0
"""When changes were frozen, and by whom."""

from datetime import datetime

from sqlalchemy import JSON, Column, Text
from sqlmodel import Field

from opsconductor.db.row import Row
from opsconductor.db.types import UtcDateTime


class FreezeRow(Row, table=True):
    """One freeze; at most one is not lifted."""

    __tablename__ = "freezes"
    id: str = Field(primary_key=True, max_length=32)
    actor: str = Field(max_length=200)
    reason: str | None = Field(default=None, sa_column=Column(Text))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    paused: list[str] = Field(sa_column=Column(JSON, nullable=False))
    #: True until it is lifted, then null: unique keeps a second one from standing beside it.
    standing: bool | None = Field(default=True, unique=True)
    lifted_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    lifted_by: str | None = Field(default=None, max_length=200)
