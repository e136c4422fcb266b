# SPDX-License-Identifier: Apache-2.0
"""Asset groups in the database."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import CTE
from sqlmodel import Session, col, select

from opsconductor.db.repositories.names import find_row, get_row, ids_of, names_of, within
from opsconductor.db.tables.assets import AssetRow
from opsconductor.db.tables.credentials import CredentialRow
from opsconductor.db.tables.groups import AssetGroupRow, GroupMemberRow, GroupNestingRow
from opsconductor.domain.assets import AssetGroup
from opsconductor.domain.names import sort_key


def groups_below(session: Session, name: str) -> CTE:
    """A recursive query of the ids of a group and of all groups under it. Raises NotFound."""
    top = get_row(session, AssetGroupRow, name).id
    below = select(col(AssetGroupRow.id)).where(col(AssetGroupRow.id) == top).cte("below", recursive=True)
    # UNION, not UNION ALL: a group reached on two ways is followed once.
    nested = select(col(GroupNestingRow.child_id)).join(below, col(GroupNestingRow.parent_id) == below.c.id)
    return below.union(nested)


class GroupRepository:
    """All SQL about asset groups."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def get(self, name: str) -> AssetGroup:
        """The group of that name. Raises NotFound with near names."""
        return self._assemble([get_row(self.session, AssetGroupRow, name)])[0]

    def find(self, name: str) -> AssetGroup | None:
        """The group of that name, if there is one."""
        row = find_row(self.session, AssetGroupRow, name)
        return self._assemble([row])[0] if row else None

    def alike(self, name: str) -> list[tuple[str, str]]:
        """(id, name) of the groups whose names differ from this one in the case of letters at most."""
        statement = select(AssetGroupRow.id, AssetGroupRow.name).where(col(AssetGroupRow.sort_key) == sort_key(name))
        return [(i, found) for i, found in self.session.exec(statement) if found.casefold() == name.casefold()]

    def all(self) -> tuple[AssetGroup, ...]:
        """All groups in the natural order of their names."""
        return self._assemble(list(self.session.exec(select(AssetGroupRow).order_by(*self._order()))))

    def nesting(self) -> dict[str, list[str]]:
        """Group name → names of the groups directly in it."""
        names = dict(self.session.exec(select(AssetGroupRow.id, AssetGroupRow.name)).all())
        children: dict[str, list[str]] = defaultdict(list)
        for parent, child in self.session.exec(select(GroupNestingRow.parent_id, GroupNestingRow.child_id)):
            children[names[parent]].append(names[child])
        return children

    def add(self, group: AssetGroup, actor: str, now: datetime) -> None:
        """Store a new group without its nesting."""
        row = AssetGroupRow(id=group.id, name=group.name, sort_key="", created_at=now, updated_at=now, actor=actor)
        self._fill(row, group, actor, now)

    def update(self, group: AssetGroup, actor: str, now: datetime) -> None:
        """Store the changed group, found by its id, without its nesting."""
        self._fill(self.session.get_one(AssetGroupRow, group.id), group, actor, now)

    def remove(self, group_id: str) -> None:
        """Remove a group; its members and the groups in it stay."""
        self.session.delete(self.session.get_one(AssetGroupRow, group_id))
        self.session.flush()

    def nest(self, parent: str, child: str) -> bool:
        """Put a group into another, by name; False when it is there already."""
        key = self._nesting_key(parent, child)
        if self.session.get(GroupNestingRow, key) is not None:
            return False
        self.session.add(GroupNestingRow(**key))
        self.session.flush()
        return True

    def unnest(self, parent: str, child: str) -> bool:
        """Take a group out of another, by name; False when it was not in it."""
        return self._delete(self.session.get(GroupNestingRow, self._nesting_key(parent, child)))

    def join(self, group: str, asset: str) -> bool:
        """Put an asset into a group, by name; False when it is there already."""
        key = self._membership(group, asset)
        if self.session.get(GroupMemberRow, key) is not None:
            return False
        self.session.add(GroupMemberRow(**key))
        self.session.flush()
        return True

    def leave(self, group: str, asset: str) -> bool:
        """Take an asset out of a group, by name; False when it was not in it."""
        return self._delete(self.session.get(GroupMemberRow, self._membership(group, asset)))

    def direct_members(self, name: str) -> tuple[str, ...]:
        """Names of the assets directly in a group, in natural order."""
        group_id = get_row(self.session, AssetGroupRow, name).id
        statement = (
            select(AssetRow.name)
            .join(GroupMemberRow, col(GroupMemberRow.asset_id) == col(AssetRow.id))
            .where(col(GroupMemberRow.group_id) == group_id)
            .order_by(col(AssetRow.sort_key), col(AssetRow.name))
        )
        return tuple(self.session.exec(statement))

    def memberships(self) -> dict[str, tuple[str, ...]]:
        """Group name → names of the assets directly in it, in natural order; groups without assets are left out."""
        statement = (
            select(AssetGroupRow.name, AssetRow.name)
            .join(GroupMemberRow, col(GroupMemberRow.group_id) == col(AssetGroupRow.id))
            .join(AssetRow, col(GroupMemberRow.asset_id) == col(AssetRow.id))
            .order_by(col(AssetRow.sort_key), col(AssetRow.name))
        )
        members: dict[str, list[str]] = defaultdict(list)
        for group, asset in self.session.exec(statement):
            members[group].append(asset)
        return {group: tuple(assets) for group, assets in members.items()}

    def _nesting_key(self, parent: str, child: str) -> dict[str, str]:
        return {
            "parent_id": get_row(self.session, AssetGroupRow, parent).id,
            "child_id": get_row(self.session, AssetGroupRow, child).id,
        }

    def _membership(self, group: str, asset: str) -> dict[str, str]:
        return {
            "group_id": get_row(self.session, AssetGroupRow, group).id,
            "asset_id": get_row(self.session, AssetRow, asset).id,
        }

    def _delete(self, row: Any) -> bool:
        if row is None:
            return False
        self.session.delete(row)
        self.session.flush()
        return True

    def _fill(self, row: AssetGroupRow, group: AssetGroup, actor: str, now: datetime) -> None:
        named = [group.credential] if group.credential else []
        row.name = group.name
        row.sort_key = sort_key(group.name)
        row.credential_id = next(iter(ids_of(self.session, CredentialRow, named).values()), None)
        row.critical = group.critical
        row.description = group.description
        row.updated_at = now
        row.actor = actor
        self.session.add(row)
        self.session.flush()

    def _assemble(self, rows: list[AssetGroupRow]) -> tuple[AssetGroup, ...]:
        ids = [row.id for row in rows]
        above: dict[str, list[str]] = defaultdict(list)
        below: dict[str, list[str]] = defaultdict(list)
        for near, far, found in (
            (GroupNestingRow.child_id, GroupNestingRow.parent_id, above),
            (GroupNestingRow.parent_id, GroupNestingRow.child_id, below),
        ):
            for condition in within(col(near), ids):
                statement = (
                    select(near, AssetGroupRow.name)
                    .join(AssetGroupRow, col(AssetGroupRow.id) == far)
                    .where(condition)
                    .order_by(*self._order())
                )
                for group_id, name in self.session.exec(statement):
                    found[group_id].append(name)
        credentials = names_of(self.session, CredentialRow, (row.credential_id for row in rows))
        return tuple(
            AssetGroup(
                id=row.id,
                name=row.name,
                parents=tuple(above[row.id]),
                children=tuple(below[row.id]),
                credential=credentials.get(row.credential_id or ""),
                critical=row.critical,
                description=row.description,
            )
            for row in rows
        )

    @staticmethod
    def _order() -> tuple[Any, Any]:
        return col(AssetGroupRow.sort_key), col(AssetGroupRow.name)
