# SPDX-License-Identifier: Apache-2.0
"""Credentials in the database: the public side, and who uses them."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from opsconductor.db.repositories.names import find_row, get_row, within
from opsconductor.db.tables.assets import AssetRow, ConnectionRow
from opsconductor.db.tables.credentials import CredentialRow
from opsconductor.db.tables.groups import AssetGroupRow
from opsconductor.domain.credentials import Credential, CredentialKind
from opsconductor.domain.names import sort_key


def _credential(row: CredentialRow) -> Credential:
    return Credential(
        id=row.id,
        name=row.name,
        kind=CredentialKind(row.kind),
        user=row.user,
        description=row.description,
        public=row.public,
        updated_at=row.updated_at,
        actor=row.actor,
    )


class CredentialRepository:
    """All SQL about credentials but their secrets."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def get(self, name: str) -> Credential:
        """The credential of that name. Raises NotFound with near names."""
        return _credential(get_row(self.session, CredentialRow, name))

    def find(self, name: str) -> Credential | None:
        """The credential of that name, if there is one."""
        row = find_row(self.session, CredentialRow, name)
        return _credential(row) if row else None

    def some(self, names: list[str]) -> tuple[Credential, ...]:
        """Those of the named credentials that are there."""
        found = [
            row
            for condition in within(col(CredentialRow.name), names)
            for row in self.session.exec(select(CredentialRow).where(condition))
        ]
        return tuple(_credential(row) for row in found)

    def all(self) -> tuple[Credential, ...]:
        """All credentials in the natural order of their names."""
        statement = select(CredentialRow).order_by(col(CredentialRow.sort_key), col(CredentialRow.name))
        return tuple(_credential(row) for row in self.session.exec(statement))

    def add(self, credential: Credential, now: datetime) -> None:
        """Store a new credential's public side."""
        row = CredentialRow(created_at=now, sort_key=sort_key(credential.name), **credential.model_dump())
        self.session.add(row)
        self.session.flush()

    def update(self, credential: Credential) -> None:
        """Store the changed public side, found by the id."""
        row = self.session.get_one(CredentialRow, credential.id)
        row.sqlmodel_update(credential.model_dump() | {"sort_key": sort_key(credential.name)})
        self.session.add(row)
        self.session.flush()

    def remove(self, credential_id: str) -> None:
        """Remove the public side; nothing may refer to it any more."""
        self.session.delete(self.session.get_one(CredentialRow, credential_id))
        self.session.flush()

    def users(self, credential_id: str) -> tuple[str, ...]:
        """Who uses a credential, as phrases: "asset 'web1'", "the ssh connection of asset 'web2'"…"""
        assets = select(AssetRow.name).where(col(AssetRow.credential_id) == credential_id)
        groups = select(AssetGroupRow.name).where(col(AssetGroupRow.credential_id) == credential_id)
        uses = select(ConnectionRow.kind, AssetRow.name).join(AssetRow, col(AssetRow.id) == col(ConnectionRow.asset_id))
        logins = self.session.exec(uses.where(col(ConnectionRow.credential_id) == credential_id)).all()
        becomes = self.session.exec(uses.where(col(ConnectionRow.become_credential_id) == credential_id)).all()
        return (
            *(f"asset group '{name}'" for name in sorted(self.session.exec(groups), key=sort_key)),
            *(f"asset '{name}'" for name in sorted(self.session.exec(assets), key=sort_key)),
            *(f"the {kind} connection of asset '{name}'" for kind, name in sorted(logins, key=_by_asset)),
            *(f"become on the {kind} connection of asset '{name}'" for kind, name in sorted(becomes, key=_by_asset)),
        )

    def detach(self, credential_id: str) -> None:
        """Take a credential away from everything that uses it."""
        for table in (AssetRow, AssetGroupRow, ConnectionRow):
            uses = col(table.credential_id) == credential_id
            self.session.exec(update(table).where(uses).values(credential_id=None))
        becomes = col(ConnectionRow.become_credential_id) == credential_id
        self.session.exec(update(ConnectionRow).where(becomes).values(become_credential_id=None))


def _by_asset(use: tuple[str, str]) -> tuple[str, str]:
    return sort_key(use[1]), use[0]
