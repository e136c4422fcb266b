# SPDX-License-Identifier: Apache-2.0
"""Plans of which an actor said that they are not what was meant."""

from datetime import datetime

from sqlalchemy import Column, Text
from sqlmodel import Field

from opsconductor.db.row import Row
from opsconductor.db.types import UtcDateTime


class MissRow(Row, table=True):
    """One misread request, and what was meant once the actor has said so."""

    __tablename__ = "misses"

    id: str = Field(primary_key=True, max_length=32)
    plan_id: str = Field(foreign_key="plans.id", unique=True, max_length=32)
    #: The correction in the actor's words, or None while nobody gave one.
    meant: str | None = Field(default=None, sa_column=Column(Text))
    #: The plan of the correction.
    meant_plan_id: str | None = Field(default=None, foreign_key="plans.id", max_length=32)
    actor: str = Field(max_length=200, index=True)
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
