# SPDX-License-Identifier: Apache-2.0
"""Asset groups: nested to any depth, never in a circle."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlmodel import Session

from opsconductor.clock import utc_now
from opsconductor.db.engine import Database
from opsconductor.db.repositories.groups import GroupRepository
from opsconductor.domain.assets import AssetGroup
from opsconductor.domain.base import Frozen
from opsconductor.domain.graphs import find_way
from opsconductor.domain.names import check_name, check_text, normal
from opsconductor.domain.specs import Change, GroupEdit, GroupSpec
from opsconductor.errors import Conflict
from opsconductor.ids import new_id
from opsconductor.services.audit import AuditService


class NestingCycle(Conflict):
    """A group would be inside itself."""

    code = "nesting-cycle"


class NameTaken(Conflict):
    """The name is in use."""

    code = "name-taken"


class GroupLine(Frozen):
    """One line of the tree of groups, from the top down."""

    depth: int  #: 0 for a group that is in no other, or for the one asked for
    group: AssetGroup
    assets: tuple[str, ...] = ()  #: directly in it
    repeated: bool = False  #: what is under it stands further up, where it appeared first


class GroupService:
    """Adds, nests and shows asset groups."""

    def __init__(self, database: Database, audit: AuditService, changed: Callable[[], object] = lambda: None) -> None:
        """`changed` is called when one has other members or another credential, or is gone: see AssetService."""
        self.changed = changed
        self.database = database
        self.audit = audit

    def list(self) -> tuple[AssetGroup, ...]:
        """All groups in the natural order of their names."""
        with self.database.reading() as session:
            return GroupRepository(session).all()

    def get(self, name: str) -> AssetGroup:
        """One group. Raises NotFound with near names."""
        with self.database.reading() as session:
            return GroupRepository(session).get(name)

    def members(self, name: str) -> tuple[str, ...]:
        """Names of the assets directly in a group, in natural order. Raises NotFound."""
        with self.database.reading() as session:
            return GroupRepository(session).direct_members(name)

    def tree(self, name: str | None = None) -> tuple[GroupLine, ...]:
        """The lines of one group, or of every group that is in no other, with all that is under them.

        A group in two groups appears under both, what is under it once. Raises NotFound.
        """
        with self.database.reading() as session:
            repository = GroupRepository(session)
            groups = {group.name: group for group in repository.all()}
            tops = [repository.get(name)] if name is not None else [g for g in groups.values() if not g.parents]
            members = repository.memberships()
        lines: list[GroupLine] = []
        shown: set[str] = set()
        waiting = [(0, top.name) for top in reversed(tops)]
        while waiting:  # by hand: nesting may be deeper than Python's recursion
            depth, current = waiting.pop()
            group = groups[current]
            repeated = current in shown
            assets = () if repeated else members.get(current, ())
            lines.append(GroupLine(depth=depth, group=group, assets=assets, repeated=repeated))
            if not repeated:
                shown.add(current)
                waiting.extend((depth + 1, child) for child in reversed(group.children))
        return tuple(lines)

    def add(self, spec: GroupSpec, actor: str) -> AssetGroup:
        """Add a group. Raises NameTaken, NestingCycle, InvalidName, and NotFound for a parent or credential."""
        with self.database.session() as session:
            name = check_name(spec.name, "asset group")
            groups = GroupRepository(session)
            if groups.find(name) is not None:
                raise _taken(name)
            self.save(session, spec, actor)
            stored = groups.get(name)
        if spec.assets:
            self.changed()
        return stored

    def save(self, session: Session, spec: GroupSpec, actor: str) -> Change:
        """Add the group, or change the one of that name in the fields that were given, in the caller's unit of work.

        Parents are added to those it has: whoever imports a part of the estate does not undo the rest.
        """
        groups = GroupRepository(session)
        name = check_name(spec.name, "asset group")
        before = groups.find(name)
        given = spec.model_dump(include=(spec.model_fields_set | {"name"}) - {"parents", "assets"})
        after = _edited(before or AssetGroup(id=new_id(), name=name), given)
        if before is None:
            _refuse_alike(groups, after)
            groups.add(after, actor, utc_now())
        elif after != before:
            groups.update(after, actor, utc_now())
        nested = [parent for parent in spec.parents if self._nest(session, parent, name)]
        joined = [asset for asset in spec.assets if groups.join(name, asset)]
        if after == before and not nested and not joined:
            return Change.UNCHANGED
        change = Change.CHANGED if before else Change.ADDED
        details = after.model_dump(include={"credential", "critical", "description"})
        details |= {"added_parents": nested, "added_assets": joined}
        self._audit(session, actor, change.value, name, details)
        return change

    def edit(self, name: str, edit: GroupEdit, actor: str) -> AssetGroup:
        """Change the fields that were given. Raises NotFound, NameTaken, NestingCycle, InvalidName."""
        given = edit.model_dump(include=edit.model_fields_set & {"name", "credential", "critical", "description"})
        with self.database.session() as session:
            groups = GroupRepository(session)
            before = groups.get(name)
            after = _edited(before, given)
            if after.name != before.name:
                _refuse_alike(groups, after)
            if after != before:
                groups.update(after, actor, utc_now())
            for parent in edit.remove_parents:
                if not groups.unnest(parent, after.name):
                    raise _not_in(f"Group '{after.name}'", parent)
            for parent in edit.add_parents:
                self._nest(session, parent, after.name)
            for asset in edit.remove_assets:
                if not groups.leave(after.name, asset):
                    raise _not_in(f"Asset '{asset}'", after.name)
            for asset in edit.add_assets:
                groups.join(after.name, asset)
            details = edit.model_dump(mode="json", include=edit.model_fields_set)
            self._audit(session, actor, "changed", before.name, details)
            stored = groups.get(after.name)
        if edit.model_fields_set - {"name", "critical", "description"}:
            self.changed()
        return stored

    def remove(self, name: str, actor: str) -> AssetGroup:
        """Remove a group and return what it was; its assets and the groups in it stay. Raises NotFound."""
        with self.database.session() as session:
            groups = GroupRepository(session)
            group = groups.get(name)
            members = len(groups.direct_members(name))
            groups.remove(group.id)
            details = {"assets": members, "children": list(group.children), "parents": list(group.parents)}
            self._audit(session, actor, "removed", group.name, details)
        self.changed()
        return group

    def _nest(self, session: Session, parent: str, child: str) -> bool:
        """Put `child` into `parent`; False when it is there. Raises NestingCycle naming the way around."""
        groups = GroupRepository(session)
        parent, child = groups.get(parent).name, groups.get(child).name
        way = find_way(child, parent, groups.nesting())
        if way is not None:
            circle = " → ".join(f"'{n}'" for n in [*way, child])
            raise NestingCycle(
                f"Group '{child}' cannot be in group '{parent}': it would be inside itself ({circle}).",
                remedy="Take one of these groups out of the other first: `opsc groups edit NAME --remove-parent`.",
                path=[*way, child],
            )
        return groups.nest(parent, child)

    def _audit(self, session: Session, actor: str, done: str, name: str, details: dict[str, Any]) -> None:
        self.audit.append(session, actor, f"group.{done}", f"group:{name}", details)


def _edited(before: AssetGroup, given: Mapping[str, Any]) -> AssetGroup:
    changes = dict(given)
    if changes.get("name") is None:
        changes.pop("name", None)
    else:
        changes["name"] = check_name(changes["name"], "asset group")
    if changes.get("critical") is None:
        changes.pop("critical", None)
    if "credential" in changes:
        changes["credential"] = normal(changes["credential"]) if changes["credential"] else None
    if "description" in changes:
        changes["description"] = check_text(changes["description"], "description")
    return before.model_copy(update=changes)


def _refuse_alike(groups: GroupRepository, group: AssetGroup) -> None:
    """Requests do not mind the case of letters, so two groups that differ only in it could not be told apart."""
    for group_id, name in groups.alike(group.name):
        if group_id != group.id:
            raise _taken(name)


def _taken(name: str) -> NameTaken:
    return NameTaken(
        f"There is a group '{name}' already.", remedy="Choose another name, or change that one: `opsc groups edit`."
    )


def _not_in(what: str, group: str) -> Conflict:
    return Conflict(f"{what} is not directly in group '{group}'.", remedy="`opsc groups show` shows what is.")
