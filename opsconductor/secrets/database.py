# SPDX-License-Identifier: Apache-2.0
"""The secrets store in our own database, sealed by the box."""

from collections.abc import Callable, Iterable
from functools import cached_property

from sqlmodel import Session

from opsconductor.clock import utc_now
from opsconductor.db.repositories.secrets import SealedSecretRepository
from opsconductor.secrets.box import Box, Place


class DatabaseSecrets:
    """A SecretsStore; the master key is only fetched when a secret is first stored or read."""

    def __init__(self, load_master_key: Callable[[], bytes]) -> None:
        self._load_master_key = load_master_key

    @cached_property
    def box(self) -> Box:
        """The box with this installation's master key."""
        return Box(self._load_master_key())

    def put(self, session: Session, record_id: str, secret: str) -> None:
        """Seal and store."""
        SealedSecretRepository(session).put(record_id, self.box.seal(secret, _place(record_id)), utc_now())

    def get(self, session: Session, record_ids: Iterable[str]) -> dict[str, str]:
        """Read and open. Raises SealBroken."""
        sealed = SealedSecretRepository(session).get(record_ids)
        return {record_id: self.box.open(text, _place(record_id)) for record_id, text in sealed.items()}

    def remove(self, session: Session, record_id: str) -> None:
        """Remove the sealed secret."""
        SealedSecretRepository(session).remove(record_id)


def _place(record_id: str) -> Place:
    return Place(table="sealed_secrets", row=record_id, field="sealed")
