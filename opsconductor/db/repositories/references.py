# SPDX-License-Identifier: Apache-2.0
"""The rows behind the names that assets mention, read once for many assets."""

from collections.abc import Collection

from sqlmodel import Session, col, select

from opsconductor.db.repositories.names import NamedRow, not_there, present_ids, within
from opsconductor.db.tables.assets import AssetRow
from opsconductor.db.tables.credentials import CredentialRow
from opsconductor.db.tables.groups import AssetGroupRow
from opsconductor.domain.assets import Asset
from opsconductor.domain.credentials import CredentialKind


class References:
    """Credentials, groups and jump hosts of some assets, as they are now: name → id of those that are there."""

    def __init__(self, session: Session, assets: Collection[Asset]) -> None:
        self.session = session
        self.credentials = present_ids(session, CredentialRow, (n for a in assets for n in _credentials(a)))
        self.groups = present_ids(session, AssetGroupRow, (name for a in assets for name in a.groups))
        self.jumps = present_ids(session, AssetRow, (name for a in assets for name in _jumps(a)))

    def kinds(self) -> dict[str, CredentialKind]:
        """Credential name → kind."""
        statement = select(CredentialRow.name, CredentialRow.kind)
        return {
            name: CredentialKind(kind)
            for condition in within(col(CredentialRow.name), list(self.credentials))
            for name, kind in self.session.exec(statement.where(condition))
        }

    def check(self, asset: Asset) -> None:
        """Raises NotFound with near names for the first name that is not there."""
        tables: tuple[tuple[type[NamedRow], dict[str, str], list[str]], ...] = (
            (CredentialRow, self.credentials, _credentials(asset)),
            (AssetRow, self.jumps, _jumps(asset)),
            (AssetGroupRow, self.groups, list(asset.groups)),
        )
        for table, found, names in tables:
            for name in names:
                if name not in found:
                    raise not_there(self.session, table, name)


def _credentials(asset: Asset) -> list[str]:
    becomes = [c.become.credential for c in asset.connections if c.become]
    named = [asset.credential, *(c.credential for c in asset.connections), *becomes]
    return [name for name in named if name]


def _jumps(asset: Asset) -> list[str]:
    return [name for connection in asset.connections for name in connection.jump]
