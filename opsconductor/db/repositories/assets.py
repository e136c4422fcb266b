# SPDX-License-Identifier: Apache-2.0
"""Assets in the database, with everything that belongs to them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, or_, tuple_, update
from sqlmodel import Session, col, select

from opsconductor.db.repositories.groups import groups_below
from opsconductor.db.repositories.names import CHUNK, find_row, get_row, ids_of, names_of, present_ids, within
from opsconductor.db.repositories.references import References
from opsconductor.db.tables.assets import AssetRow, AssetTagRow, ConnectionJumpRow, ConnectionRow, HostKeyRow
from opsconductor.db.tables.credentials import CredentialRow
from opsconductor.db.tables.groups import AssetGroupRow, GroupMemberRow
from opsconductor.domain.assets import RUNNABLE, Asset, Become, Connection, ConnectionKind, HostKey
from opsconductor.domain.base import Platform
from opsconductor.domain.estate import EstateAsset
from opsconductor.domain.names import sort_key
from opsconductor.domain.pages import Page, decode_cursor, encode_cursor
from opsconductor.domain.specs import AssetFilter
from opsconductor.ids import new_id


class AssetRepository:
    """All SQL about assets."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def get(self, name: str) -> Asset:
        """The asset of that name. Raises NotFound with near names."""
        return self._assemble([get_row(self.session, AssetRow, name)])[0]

    def find(self, name: str) -> Asset | None:
        """The asset of that name, if there is one."""
        row = find_row(self.session, AssetRow, name)
        return self._assemble([row])[0] if row else None

    def some(self, names: Iterable[str]) -> tuple[Asset, ...]:
        """These assets, each once, in natural order. Raises NotFound for the first unknown name."""
        ids = list(ids_of(self.session, AssetRow, names).values())
        rows = [row for condition in within(col(AssetRow.id), ids) for row in self._rows(condition)]
        return self._assemble(sorted(rows, key=lambda row: (row.sort_key, row.name)))

    def present(self, names: Iterable[str]) -> dict[str, Asset]:
        """Name → asset, for those of these names that are there."""
        ids = list(present_ids(self.session, AssetRow, names).values())
        rows = [row for condition in within(col(AssetRow.id), ids) for row in self._rows(condition)]
        return {asset.name: asset for asset in self._assemble(rows)}

    def all(self) -> tuple[Asset, ...]:
        """All assets in the natural order of their names."""
        return self._assemble(self._rows())

    def estate(self) -> tuple[EstateAsset, ...]:
        """All assets as the planner sees them, in natural order; far less is read than by `all`."""
        columns = (AssetRow.id, AssetRow.name, AssetRow.platform, AssetRow.role, AssetRow.os_version)
        groups, tags, telnet = self._groups(None), self._tags(None), self._telnet()
        platforms = {platform.value: platform for platform in Platform}
        same: dict[tuple[str, ...], tuple[str, ...]] = {}  # most assets share their groups with others

        def shared(names: Iterable[str]) -> tuple[str, ...]:
            listed = tuple(names)
            return same.setdefault(listed, listed)

        rows = self.session.exec(select(*columns).order_by(*_ORDER))  # type: ignore[call-overload]
        return tuple(
            EstateAsset(
                name=name,
                platform=platforms[platform],
                groups=shared(groups.get(key, ())),
                role=role,
                os_version=os_version,
                tags=shared(sorted(tags.get(key, ()))),
                telnet=key in telnet and platform == Platform.LINUX,
            )
            for key, name, platform, role, os_version in rows
        )

    def _telnet(self) -> frozenset[str]:
        """Ids of the assets that have a telnet connection and none that carries modules."""
        reached = col(ConnectionRow.asset_id)
        carried = select(ConnectionRow.asset_id).where(col(ConnectionRow.kind).in_([kind.value for kind in RUNNABLE]))
        only = select(ConnectionRow.asset_id).where(
            ConnectionRow.kind == ConnectionKind.TELNET.value, reached.not_in(carried)
        )
        return frozenset(self.session.exec(only))

    def names_by_address(self) -> dict[str, str]:
        """IP address → name of the asset that has it, of addresses that only one asset has."""
        found: dict[str, str] = {}
        shared: set[str] = set()
        for address, name in self.session.exec(select(AssetRow.address, AssetRow.name)):
            if address[:1].isdigit() or ":" in address:
                shared |= {address} & found.keys()
                found[address] = name
        return {address: name for address, name in found.items() if address not in shared}

    def page(self, wanted: AssetFilter, after: str | None, limit: int) -> Page[Asset]:
        """The assets that match, in natural order, from behind the cursor `after` on."""
        statement = select(AssetRow).order_by(*_ORDER).limit(limit + 1)
        for condition in self._conditions(wanted):
            statement = statement.where(condition)
        if after:
            statement = statement.where(tuple_(*_ORDER) > tuple_(*decode_cursor(after, 2)))
        rows = list(self.session.exec(statement))
        more = encode_cursor(rows[limit - 1].sort_key, rows[limit - 1].name) if len(rows) > limit else None
        return Page(items=self._assemble(rows[:limit]), next=more)

    def jumps(self) -> dict[str, list[str]]:
        """Asset name → names of the jump hosts its connections use."""
        names = dict(self.session.exec(select(AssetRow.id, AssetRow.name)).all())
        over: dict[str, list[str]] = defaultdict(list)
        statement = select(ConnectionRow.asset_id, ConnectionJumpRow.asset_id).join(
            ConnectionJumpRow, col(ConnectionJumpRow.connection_id) == col(ConnectionRow.id)
        )
        for asset_id, jump_id in self.session.exec(statement):
            over[names[asset_id]].append(names[jump_id])
        return over

    def reached_over(self, asset_id: str) -> tuple[str, ...]:
        """Names of the assets that use this one as a jump host."""
        statement = (
            select(AssetRow.name)
            .join(ConnectionRow, col(ConnectionRow.asset_id) == col(AssetRow.id))
            .join(ConnectionJumpRow, col(ConnectionJumpRow.connection_id) == col(ConnectionRow.id))
            .where(col(ConnectionJumpRow.asset_id) == asset_id)
            .distinct()
        )
        return tuple(sorted(self.session.exec(statement), key=sort_key))

    def add_all(self, assets: Sequence[Asset], references: References, actor: str, now: datetime) -> None:
        """Store new assets with their connections, host keys and memberships, in one statement a table.

        `references` must know every name they mention.
        """
        rows = [{"id": asset.id, "created_at": now, **_columns(asset, references, actor, now)} for asset in assets]
        self._insert(AssetRow, rows)
        self._add_host_keys([(asset.id, key) for asset in assets for key in asset.host_keys], actor, now)
        self._add_parts(assets, assets, assets, references)

    def update_all(
        self, changes: Sequence[tuple[Asset, Asset]], references: References, actor: str, now: datetime
    ) -> None:
        """Store changed assets, each as it was and as it shall be; parts that are the same are not touched.

        `references` must know every name the changed ones mention.
        """
        ids = [before.id for before, _ in changes]
        rows = {row.id: row for condition in within(col(AssetRow.id), ids) for row in self._rows(condition)}
        for before, after in changes:
            for column, value in _columns(after, references, actor, now).items():
                setattr(rows[before.id], column, value)
            self.session.add(rows[before.id])
            gone = [k.public for k in before.host_keys if k not in after.host_keys]
            mine = col(HostKeyRow.asset_id) == before.id
            for condition in within(col(HostKeyRow.public), gone):
                self.session.exec(delete(HostKeyRow).where(mine, condition))
        self.session.flush()
        new = [(b.id, key) for b, a in changes for key in a.host_keys if key not in b.host_keys]
        self._add_host_keys(new, actor, now)
        tags = [a for b, a in changes if a.tags != b.tags]
        connections = [a for b, a in changes if a.connections != b.connections]
        groups = [a for b, a in changes if a.groups != b.groups]
        for table, changed in ((AssetTagRow, tags), (ConnectionRow, connections), (GroupMemberRow, groups)):
            for condition in within(col(table.asset_id), [asset.id for asset in changed]):
                self.session.exec(delete(table).where(condition))
        self._add_parts(tags, connections, groups, references)

    def interpreters(self, ids: Iterable[str]) -> dict[str, str]:
        """Asset id → path of its Python, of those where it is known."""
        columns = select(AssetRow.id, AssetRow.interpreter).where(col(AssetRow.interpreter).is_not(None))
        found: dict[str, str] = {}
        for condition in within(col(AssetRow.id), list(ids)):
            found |= {key: path for key, path in self.session.exec(columns.where(condition)) if path}
        return found

    def record_interpreters(self, found: Mapping[str, str | None]) -> None:
        """Record where the Python of these assets (by id) is; None: nobody knows any more. The others stay."""
        for key in sorted(found):  # whoever else locks several takes them in this order, too
            self.session.exec(update(AssetRow).where(col(AssetRow.id) == key).values(interpreter=found[key]))

    def remove(self, asset_id: str) -> None:
        """Remove an asset with all that belongs to it."""
        self.session.delete(self.session.get_one(AssetRow, asset_id))
        self.session.flush()

    def _rows(self, *conditions: Any) -> list[AssetRow]:
        return list(self.session.exec(select(AssetRow).where(*conditions).order_by(*_ORDER)))

    def _conditions(self, wanted: AssetFilter) -> Iterable[Any]:
        if wanted.group is not None:
            below = groups_below(self.session, wanted.group)
            members = select(GroupMemberRow.asset_id).where(col(GroupMemberRow.group_id).in_(select(below.c.id)))
            yield col(AssetRow.id).in_(members)
        if wanted.platform is not None:
            yield col(AssetRow.platform) == wanted.platform.value
        if wanted.role is not None:
            yield col(AssetRow.role) == wanted.role
        if wanted.tag is not None:
            tagged = select(AssetTagRow.asset_id).where(col(AssetTagRow.tag) == wanted.tag)
            yield col(AssetRow.id).in_(tagged)
        if wanted.text is not None:
            found = [
                col(column).icontains(wanted.text, autoescape=True)
                for column in (AssetRow.name, AssetRow.address, AssetRow.description, AssetRow.role)
            ]
            yield or_(*found)

    def _add_parts(
        self, tags: Sequence[Asset], connections: Sequence[Asset], groups: Sequence[Asset], references: References
    ) -> None:
        """Store the tags, the connections and the memberships of these assets, which have none."""
        self._insert(AssetTagRow, [{"asset_id": a.id, "tag": tag} for a in tags for tag in dict.fromkeys(a.tags)])
        ways = [(asset, connection) for asset in connections for connection in asset.connections]
        self._insert(ConnectionRow, [_connection_columns(a.id, way, references.credentials) for a, way in ways])
        jumps = [
            {"connection_id": connection.id, "position": position, "asset_id": references.jumps[name]}
            for _, connection in ways
            for position, name in enumerate(connection.jump)
        ]
        self._insert(ConnectionJumpRow, jumps)
        members = [
            {"group_id": references.groups[n], "asset_id": a.id} for a in groups for n in dict.fromkeys(a.groups)
        ]
        self._insert(GroupMemberRow, members)

    def _add_host_keys(self, keys: Sequence[tuple[str, HostKey]], actor: str, now: datetime) -> None:
        """Record these (asset id, key)."""
        common = {"recorded_at": now, "actor": actor}
        self._insert(HostKeyRow, [{"id": new_id(), "asset_id": i, **common, **key.model_dump()} for i, key in keys])

    def _insert(self, table: Any, rows: Sequence[dict[str, Any]]) -> None:
        if rows:
            self.session.exec(insert(table), params=rows)

    def _assemble(self, rows: list[AssetRow]) -> tuple[Asset, ...]:
        ids = [row.id for row in rows]
        connections = self._connections(ids)
        host_keys = self._host_keys(ids)
        groups = self._groups(ids)
        tags = self._tags(ids)
        credentials = names_of(self.session, CredentialRow, (row.credential_id for row in rows))
        return tuple(
            Asset(
                id=row.id,
                name=row.name,
                platform=Platform(row.platform),
                address=row.address,
                os_version=row.os_version,
                role=row.role,
                tags=tuple(sorted(tags[row.id])),
                description=row.description,
                credential=credentials.get(row.credential_id or ""),
                groups=tuple(groups[row.id]),
                connections=tuple(connections[row.id]),
                host_keys=tuple(sorted(host_keys[row.id], key=lambda key: (key.kind, key.public))),
                interpreter=row.interpreter,
                variables=row.variables,
            )
            for row in rows
        )

    def _connections(self, asset_ids: list[str]) -> dict[str, list[Connection]]:
        order = (col(ConnectionRow.preference), col(ConnectionRow.id))
        rows = self._belonging(select(ConnectionRow).order_by(*order), col(ConnectionRow.asset_id), asset_ids)
        jumps = self._jumps([row.id for row in rows])
        used = [i for row in rows for i in (row.credential_id, row.become_credential_id)]
        credentials = names_of(self.session, CredentialRow, used)
        found: dict[str, list[Connection]] = defaultdict(list)
        for row in rows:
            found[row.asset_id].append(_connection(row, credentials, tuple(jumps[row.id])))
        return found

    def _jumps(self, connection_ids: list[str]) -> dict[str, list[str]]:
        statement = (
            select(ConnectionJumpRow.connection_id, AssetRow.name)
            .join(AssetRow, col(AssetRow.id) == col(ConnectionJumpRow.asset_id))
            .order_by(col(ConnectionJumpRow.position))
        )
        found: dict[str, list[str]] = defaultdict(list)
        for connection_id, name in self._belonging(statement, col(ConnectionJumpRow.connection_id), connection_ids):
            found[connection_id].append(name)
        return found

    def _host_keys(self, asset_ids: list[str]) -> dict[str, list[HostKey]]:
        statement = select(HostKeyRow)
        found: dict[str, list[HostKey]] = defaultdict(list)
        for row in self._belonging(statement, col(HostKeyRow.asset_id), asset_ids):
            found[row.asset_id].append(HostKey(kind=row.kind, public=row.public, fingerprint=row.fingerprint))
        return found

    def _groups(self, asset_ids: list[str] | None) -> dict[str, list[str]]:
        statement = (
            select(GroupMemberRow.asset_id, AssetGroupRow.name)
            .join(AssetGroupRow, col(AssetGroupRow.id) == col(GroupMemberRow.group_id))
            .order_by(col(AssetGroupRow.sort_key), col(AssetGroupRow.name))
        )
        found: dict[str, list[str]] = defaultdict(list)
        for asset_id, name in self._belonging(statement, col(GroupMemberRow.asset_id), asset_ids):
            found[asset_id].append(name)
        return found

    def _tags(self, asset_ids: list[str] | None) -> dict[str, list[str]]:
        statement = select(AssetTagRow.asset_id, AssetTagRow.tag)
        found: dict[str, list[str]] = defaultdict(list)
        for asset_id, tag in self._belonging(statement, col(AssetTagRow.asset_id), asset_ids):
            found[asset_id].append(tag)
        return found

    def _belonging(self, statement: Any, column: Any, ids: list[str] | None) -> list[Any]:
        """What belongs to these ids (None: to all); beyond one chunk a single pass over the table is cheaper."""
        if ids is not None and len(ids) <= CHUNK:
            return list(self.session.exec(statement.where(column.in_(ids))))
        return list(self.session.exec(statement))


_ORDER = (col(AssetRow.sort_key), col(AssetRow.name))


def _columns(asset: Asset, references: References, actor: str, now: datetime) -> dict[str, Any]:
    """What an asset's own row holds, beside its id and when it was made."""
    return {
        "name": asset.name,
        "sort_key": sort_key(asset.name),
        "platform": asset.platform.value,
        "address": asset.address,
        "os_version": asset.os_version,
        "role": asset.role,
        "description": asset.description,
        "credential_id": references.credentials[asset.credential] if asset.credential else None,
        "interpreter": asset.interpreter,
        "variables": dict(asset.variables),
        "updated_at": now,
        "actor": actor,
    }


def _connection_columns(asset_id: str, connection: Connection, credentials: dict[str, str]) -> dict[str, Any]:
    become = connection.become
    return {
        "id": connection.id,
        "asset_id": asset_id,
        "kind": connection.kind.value,
        "preference": connection.preference,
        "address": connection.address,
        "port": connection.port,
        "user": connection.user,
        "credential_id": credentials[connection.credential] if connection.credential else None,
        "become_method": become.method if become else None,
        "become_user": become.user if become else None,
        "become_credential_id": credentials[become.credential] if become and become.credential else None,
        "settings": dict(connection.settings),
    }


def _connection(row: ConnectionRow, credentials: dict[str, str], jump: tuple[str, ...]) -> Connection:
    become = None
    if row.become_method:
        become = Become(
            method=row.become_method,
            user=row.become_user,
            credential=credentials.get(row.become_credential_id or ""),
        )
    return Connection(
        id=row.id,
        kind=ConnectionKind(row.kind),
        preference=row.preference,
        address=row.address,
        port=row.port,
        user=row.user,
        credential=credentials.get(row.credential_id or ""),
        become=become,
        jump=jump,
        settings=row.settings,
    )
