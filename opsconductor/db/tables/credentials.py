# SPDX-License-Identifier: Apache-2.0
"""Credentials: the public side, and apart from it the sealed secret."""

from datetime import datetime

from sqlmodel import Field

from opsconductor.db.row import Row
from opsconductor.db.types import SortKey, UtcDateTime


class CredentialRow(Row, table=True):
    """What everybody may see of a credential."""

    __tablename__ = "credentials"

    id: str = Field(primary_key=True)
    name: str = Field(unique=True)
    sort_key: str = Field(sa_type=SortKey, index=True)
    kind: str
    user: str | None = None
    description: str | None = None
    public: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    actor: str


class SealedSecretRow(Row, table=True):
    """A secret value as the box sealed it; only the database secrets store reads this table."""

    __tablename__ = "sealed_secrets"

    id: str = Field(primary_key=True)  #: the id of the record the secret belongs to
    sealed: str
    updated_at: datetime = Field(sa_type=UtcDateTime)
