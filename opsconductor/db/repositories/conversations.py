# SPDX-License-Identifier: Apache-2.0
"""Conversations in the database."""

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, update

from opsconductor.db.bulk import upsert
from opsconductor.db.tables.conversations import ConversationRow
from opsconductor.domain.conversations import Conversation


class ConversationRepository:
    """All SQL about conversations."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def get(self, actor: str) -> Conversation:
        """Where an actor's conversation stands; an empty one for an actor who never spoke."""
        row = self.session.get(ConversationRow, actor, populate_existing=True)
        if row is None:
            return Conversation(actor=actor)
        return Conversation(actor=actor, plan_id=row.plan_id, updated_at=row.updated_at)

    def put(self, actor: str, plan_id: str | None, at: datetime) -> None:
        """The plan that the actor spoke of last; None: nothing is to be followed up."""
        upsert(self.session, ConversationRow, [{"actor": actor, "plan_id": plan_id, "updated_at": at}])

    def move(self, actor: str, before: str, plan_id: str | None, at: datetime) -> bool:
        """As `put`, but only where the actor still spoke last of `before`; False when something came in between."""
        statement = (
            update(ConversationRow)
            .where(col(ConversationRow.actor) == actor, col(ConversationRow.plan_id) == before)
            .values(plan_id=plan_id, updated_at=at)
        )
        result: Any = self.session.exec(statement)
        return bool(result.rowcount)
