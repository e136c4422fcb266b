# SPDX-License-Identifier: Apache-2.0
"""Where secret values live: the plug point."""

from collections.abc import Iterable
from typing import Protocol

from sqlmodel import Session


class SecretsStore(Protocol):
    """Keeps one secret text per record id. `session` is the caller's unit of work; a store elsewhere ignores it."""

    def put(self, session: Session, record_id: str, secret: str) -> None:
        """Store or replace."""

    def get(self, session: Session, record_ids: Iterable[str]) -> dict[str, str]:
        """Record id → secret, for those that have one. Raises Broken when one cannot be opened."""

    def remove(self, session: Session, record_id: str) -> None:
        """Forget; nothing happens when there is none."""
