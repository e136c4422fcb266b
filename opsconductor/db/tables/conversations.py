# SPDX-License-Identifier: Apache-2.0
"""What each actor spoke of last, so that a request can follow up the one before."""

from datetime import datetime

from sqlalchemy import Column
from sqlmodel import Field

from opsconductor.db.row import Row
from opsconductor.db.types import UtcDateTime


class ConversationRow(Row, table=True):
    """The plan that an actor's next request may follow up."""

    __tablename__ = "conversations"

    actor: str = Field(primary_key=True, max_length=200)
    #: None once the actor has said to forget it.
    plan_id: str | None = Field(default=None, foreign_key="plans.id", max_length=32)
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
