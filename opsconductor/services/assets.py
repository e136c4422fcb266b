# SPDX-License-Identifier: Apache-2.0
"""Managed machines: added, edited, listed, and shown to the planner without address or credential."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from sqlmodel import Session

from opsconductor.clock import utc_now
from opsconductor.db.engine import Database
from opsconductor.db.repositories.assets import AssetRepository
from opsconductor.db.repositories.audit import AuditRepository
from opsconductor.db.repositories.files import FileRepository
from opsconductor.db.repositories.groups import GroupRepository
from opsconductor.db.repositories.references import References
from opsconductor.domain.addresses import check_address
from opsconductor.domain.assets import Asset, AssetGroup, Connection, HostKey
from opsconductor.domain.base import Platform
from opsconductor.domain.estate import Estate, EstateGroup
from opsconductor.domain.graphs import find_way
from opsconductor.domain.hostkeys import make_host_key
from opsconductor.domain.names import LONGEST_NAME, check_name, check_text, normal, sort_key
from opsconductor.domain.pages import Page, page_size
from opsconductor.domain.specs import AssetEdit, AssetFilter, AssetSpec, Change
from opsconductor.errors import Conflict, NotFound, OpsConductorError
from opsconductor.ids import new_id
from opsconductor.services.audit import AuditService
from opsconductor.services.connection_rules import (
    check_login_kinds,
    check_variables,
    make_connections,
    usual_connection,
)
from opsconductor.services.groups import NameTaken


class JumpCycle(Conflict):
    """An asset would be reached over itself."""

    code = "jump-cycle"


class AssetInUse(Conflict):
    """Another asset needs this one."""

    code = "asset-in-use"


class AssetService:
    """The asset database."""

    def __init__(self, database: Database, audit: AuditService, changed: Callable[[], object] = lambda: None) -> None:
        """`changed` is called when some are reached another way, or gone: what was opened to them is to be closed."""
        self.changed = changed
        self.database = database
        self.audit = audit
        self._estate: tuple[int, Estate] | None = None  # with the number of changes it was read after

    def list(
        self, wanted: AssetFilter | None = None, *, after: str | None = None, limit: int | None = None
    ) -> Page[Asset]:
        """A page of assets in the natural order of their names; `after` is the `next` of the page before.

        Raises NotFound for an unknown group in the filter.
        """
        with self.database.reading() as session:
            return AssetRepository(session).page(wanted or AssetFilter(), after, page_size(limit))

    def get(self, name: str) -> Asset:
        """One asset. Raises NotFound with near names."""
        with self.database.reading() as session:
            return AssetRepository(session).get(name)

    def some(self, names: Iterable[str]) -> tuple[Asset, ...]:
        """These assets, each once, in natural order. Raises NotFound for the first unknown name."""
        with self.database.reading() as session:
            return AssetRepository(session).some(names)

    def everything(self) -> tuple[tuple[Asset, ...], tuple[AssetGroup, ...]]:
        """All assets and all groups of one moment, in natural order."""
        with self.database.reading() as session:
            return AssetRepository(session).all(), GroupRepository(session).all()

    def around(self, names: Iterable[str]) -> tuple[tuple[Asset, ...], tuple[AssetGroup, ...]]:
        """These assets, as far as they are there, with their jump hosts, and all groups, of one moment."""
        with self.database.reading() as session:
            assets = AssetRepository(session)
            found = assets.present(names)
            jumps = {name for asset in found.values() for way in asset.connections for name in way.jump}
            found |= assets.present(jumps - found.keys())
            return tuple(found.values()), GroupRepository(session).all()

    def estate(self) -> Estate:
        """What the planner may know of one moment: names and kinds, addresses to look them up by, no credential."""
        with self.database.reading() as session:
            # Whoever changes an asset, a group or a file leaves an entry in the same transaction. Counted first, so
            # that a change in between is at worst read twice.
            changes = AuditRepository(session).count("asset", "group", "file")
            known = self._estate
            if known is not None and known[0] == changes:
                return known[1]
            assets = AssetRepository(session).estate()
            addresses = AssetRepository(session).names_by_address()
            groups = GroupRepository(session).all()
            files = FileRepository(session).names()
        estate = Estate(
            assets=assets,
            groups=tuple(EstateGroup(name=g.name, children=g.children, critical=g.critical) for g in groups),
            files=files,
            addresses=addresses,
        )
        self._estate = (changes, estate)
        return estate

    def add(self, spec: AssetSpec, actor: str) -> Asset:
        """Add an asset. Raises NameTaken, InvalidName, InvalidAddress, InvalidConnection, JumpCycle, and NotFound
        for a group, credential or jump host that is not there."""
        name = check_name(spec.name, "asset")
        with self.database.session() as session:
            if AssetRepository(session).find(name) is not None:
                raise _taken(name)
            self.save(session, spec, actor)
            return AssetRepository(session).get(name)

    def edit(self, name: str, edit: AssetEdit, actor: str) -> Asset:
        """Change what was given and leave the rest. Raises what `add` raises."""
        with self.database.session() as session:
            assets = AssetRepository(session)
            before = assets.get(name)
            after = _edited(before, edit)
            if after.name != before.name and assets.find(after.name) is not None:
                raise _taken(after.name)
            _raised(*self._store(session, [(before, after)], actor))
            stored = assets.get(after.name)
        if any(getattr(before, field) != getattr(after, field) for field in _WAY):
            self.changed()
        return stored

    def record_host_keys(self, name: str, keys: Iterable[HostKey], actor: str) -> Asset:
        """Make these the recorded SSH host keys of an asset, instead of those before. Raises NotFound."""
        return self.edit(name, AssetEdit(host_keys=tuple(keys)), actor)

    def record_system(self, name: str, system: str, actor: str) -> bool:
        """Record the operating system and version found on an asset, unless one is recorded. Raises NotFound."""
        with self.database.session() as session:
            before = AssetRepository(session).get(name)
            if before.os_version is not None:
                return False
            _raised(*self._store(session, [(before, _edited(before, AssetEdit(os_version=system)))], actor))
        return True

    def record_interpreter(self, name: str, path: str, actor: str) -> bool:
        """Record where the Python of an asset was found; whether that is news. Raises NotFound."""
        with self.database.session() as session:
            before = AssetRepository(session).get(name)
            if before.interpreter == path:
                return False
            _raised(*self._store(session, [(before, before.model_copy(update={"interpreter": path}))], actor))
        return True

    def remove(self, name: str, actor: str) -> Asset:
        """Remove an asset and return what it was. Raises NotFound, AssetInUse when it is somebody's jump host."""
        with self.database.session() as session:
            assets = AssetRepository(session)
            asset = assets.get(name)
            users = [user for user in assets.reached_over(asset.id) if user != asset.name]
            if users:
                shown = ", ".join(f"'{user}'" for user in users[:10]) + (" and more" if len(users) > 10 else "")
                raise AssetInUse(
                    f"Asset '{asset.name}' is the jump host of {shown}.",
                    remedy="Give them another way first: `opsc assets edit`.",
                    users=users,
                )
            assets.remove(asset.id)
            details = {"platform": asset.platform.value, "address": asset.address, "groups": [*asset.groups]}
            self._audit(session, actor, "removed", asset.name, details)
        self.changed()
        return asset

    def save(self, session: Session, spec: AssetSpec, actor: str) -> Change:
        """Add the asset, or change the one of that name in the fields that were given, in the caller's unit of work.

        Groups and tags are added to those it has, recorded host keys stay unless keys are given: whoever imports a
        part of the estate does not undo the rest. Connections equal to those it has keep their ids.
        """
        return _raised(*self.save_all(session, (spec,), actor))

    def save_all(
        self, session: Session, specs: Sequence[AssetSpec], actor: str, known: Mapping[str, Asset] | None = None
    ) -> tuple[Change | OpsConductorError, ...]:
        """Save many assets, of names that differ, as `save` does each; few statements, however many they are.

        None of them may be another's jump host unless it is there already. `known` are the present assets of these
        names, where the caller has read them. Where one cannot be saved its error is returned in its place.
        """
        if known is None:
            known = AssetRepository(session).present(spec.name for spec in specs)
        return self._store(session, [_wanted(spec, known) for spec in specs], actor)

    def _store(
        self, session: Session, steps: Sequence[tuple[Asset | None, Asset] | OpsConductorError], actor: str
    ) -> tuple[Change | OpsConductorError, ...]:
        """Store assets, each as it was (None: a new one) and as it shall be."""
        good = [step for step in steps if not isinstance(step, OpsConductorError) and step[0] != step[1]]
        references = References(session, [after for _, after in good])
        rules = _ReferenceRules(session, references)
        done: list[Change | OpsConductorError] = []
        added: list[Asset] = []
        changed: list[tuple[Asset, Asset]] = []
        for step in steps:
            done.append(step if isinstance(step, OpsConductorError) else rules.judge(*step))
            if not isinstance(step, OpsConductorError) and done[-1] is Change.ADDED:
                added.append(step[1])
            elif not isinstance(step, OpsConductorError) and step[0] and done[-1] is Change.CHANGED:
                changed.append((step[0], step[1]))
        assets, now = AssetRepository(session), utc_now()
        assets.add_all(added, references, actor, now)
        assets.update_all(changed, references, actor, now)
        entries = [*map(_addition, added), *(_change(before, after) for before, after in changed)]
        self.audit.append_all(session, actor, entries)
        return tuple(done)

    def _audit(self, session: Session, actor: str, done: str, name: str, details: dict[str, Any]) -> None:
        self.audit.append(session, actor, f"asset.{done}", f"asset:{name}", details)


class _ReferenceRules:
    """Whether assets may mention what they mention, one asset after the other."""

    def __init__(self, session: Session, references: References) -> None:
        self.session = session
        self.references = references
        self.kinds = references.kinds()

    @cached_property
    def jumps(self) -> dict[str, list[str]]:
        """Asset name → jump hosts, with those of the assets judged so far."""
        return AssetRepository(self.session).jumps()

    def judge(self, before: Asset | None, after: Asset) -> Change | OpsConductorError:
        """What storing it does, or why it cannot be stored."""
        if before == after:
            return Change.UNCHANGED
        try:
            check_login_kinds(after.connections, self.kinds)
            self._check_jumps(after, before.name if before else after.name)
            self.references.check(after)
        except OpsConductorError as error:
            return error
        return Change.CHANGED if before else Change.ADDED

    def _check_jumps(self, asset: Asset, known_as: str) -> None:
        hops = [name for connection in asset.connections for name in connection.jump]
        for hop in hops:
            way = [hop] if hop == asset.name else find_way(hop, known_as, self.jumps)
            if way is not None:
                circle = " → ".join(f"'{n}'" for n in ([asset.name, hop] if len(way) == 1 else [asset.name, *way]))
                raise JumpCycle(
                    f"Asset '{asset.name}' would be reached over itself ({circle}).",
                    remedy="Name as jump hosts only machines that are reached without it.",
                )
        if hops:
            self.jumps[known_as] = hops


#: What it rests on how an asset is reached, and with whose rights.
_WAY = ("platform", "address", "credential", "groups", "connections", "host_keys", "variables")
#: What it rests on which machine it is.
_PLACE = ("platform", "address", "connections")
#: Fields of a spec that replace what the asset has, when they were given.
_PLAIN_FIELDS = frozenset({"platform", "address", "os_version", "role", "description", "credential", "variables"})


def _wanted(spec: AssetSpec, known: Mapping[str, Asset]) -> tuple[Asset | None, Asset] | OpsConductorError:
    """The asset as it is and as the spec wants it, or what is wrong with the spec."""
    try:
        before = known.get(check_name(spec.name, "asset"))
        if before is None:
            return None, _from_spec(spec)
        given = spec.model_dump(include=spec.model_fields_set & _PLAIN_FIELDS)
        lists: dict[str, Any] = {"add_groups": spec.groups, "add_tags": spec.tags}
        if spec.connections is not None:
            lists["connections"] = spec.connections
        if spec.host_keys:
            lists["host_keys"] = spec.host_keys
        return before, _edited(before, AssetEdit(**given, **lists))
    except OpsConductorError as error:
        return error


def _addition(asset: Asset) -> tuple[str, str, dict[str, Any]]:
    details = asset.model_dump(mode="json", exclude={"id", "name"}, exclude_defaults=True)
    return "asset.added", f"asset:{asset.name}", details


def _change(before: Asset, after: Asset) -> tuple[str, str, dict[str, Any]]:
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    changed = {field: {"from": old[field], "to": new[field]} for field in new if old[field] != new[field]}
    return "asset.changed", f"asset:{before.name}", changed


def _raised(done: Change | OpsConductorError) -> Change:
    if isinstance(done, OpsConductorError):
        raise done
    return done


def _from_spec(spec: AssetSpec) -> Asset:
    connections = (usual_connection(spec.platform),) if spec.connections is None else spec.connections
    return Asset(
        id=new_id(),
        name=check_name(spec.name, "asset"),
        platform=spec.platform,
        address=check_address(spec.address),
        os_version=check_text(spec.os_version, "OS version", longest=LONGEST_NAME),
        role=check_text(spec.role, "role", longest=LONGEST_NAME),
        tags=_tags(spec.tags),
        description=check_text(spec.description, "description"),
        credential=normal(spec.credential) if spec.credential else None,
        groups=_names(spec.groups),
        connections=make_connections(connections, spec.platform),
        host_keys=_host_keys(spec.host_keys),
        variables=check_variables(spec.variables),
    )


def _edited(before: Asset, edit: AssetEdit) -> Asset:
    given = edit.model_fields_set
    changes: dict[str, Any] = {}
    if edit.name is not None:
        changes["name"] = check_name(edit.name, "asset")
    if edit.platform is not None:
        changes["platform"] = edit.platform
    if edit.address is not None:
        changes["address"] = check_address(edit.address)
    for field, what in (("os_version", "OS version"), ("role", "role")):
        if field in given:
            changes[field] = check_text(getattr(edit, field), what, longest=LONGEST_NAME)
    if "description" in given:
        changes["description"] = check_text(edit.description, "description")
    if "credential" in given:
        changes["credential"] = normal(edit.credential) if edit.credential else None
    changes["variables"] = _variables(before, edit)
    if edit.host_keys is not None:
        changes["host_keys"] = _host_keys(edit.host_keys)
    platform = edit.platform or before.platform
    changes["tags"] = _tags(_changed(before.tags, edit.tags, edit.remove_tags, edit.add_tags, "tag"))
    changes["groups"] = _names(_changed(before.groups, edit.groups, edit.remove_groups, edit.add_groups, "group"))
    changes["connections"] = _connections(before, edit, platform)
    after = before.model_copy(update=changes)
    if any(getattr(before, field) != getattr(after, field) for field in _PLACE):
        after = after.model_copy(update={"interpreter": None})  # it may be another machine
    return after


def _changed(
    before: tuple[str, ...],
    instead: tuple[str, ...] | None,
    remove: tuple[str, ...],
    add: tuple[str, ...],
    noun: str,
) -> tuple[str, ...]:
    present = [normal(value) for value in (before if instead is None else instead)]
    for value in map(normal, remove):
        if value not in present:
            raise NotFound(
                f"The asset has no {noun} '{value}' of its own.",
                remedy=f"It has: {', '.join(present)}." if present else f"It has no {noun} at all.",
            )
        present.remove(value)
    return (*present, *add)


def _variables(before: Asset, edit: AssetEdit) -> dict[str, str]:
    variables = dict(before.variables if edit.variables is None else edit.variables)
    for name in edit.remove_variables:
        if variables.pop(name, None) is None:
            known = ", ".join(variables) or "none"
            raise NotFound(f"The asset has no host variable '{name}'.", remedy=f"It has: {known}.")
    return check_variables(variables | edit.add_variables)


def _connections(before: Asset, edit: AssetEdit, platform: Platform) -> tuple[Connection, ...]:
    kept = before.connections
    if edit.connections is not None:
        kept = _keep_ids(make_connections(edit.connections, platform), before.connections)
    for named in edit.remove_connections:
        left = tuple(c for c in kept if c.id != named and c.kind.value != named)
        if len(left) == len(kept):
            raise NotFound(
                f"The asset has no connection '{named}'.",
                remedy=f"It has: {', '.join(c.kind.value for c in kept) or 'none'}. Give the kind or the id.",
            )
        kept = left
    return make_connections(edit.add_connections, platform, kept)


def _keep_ids(made: tuple[Connection, ...], before: tuple[Connection, ...]) -> tuple[Connection, ...]:
    """A connection that says what one before said is that one."""
    left = list(before)
    result = []
    for connection in made:
        same = next((c for c in left if c.model_copy(update={"id": connection.id}) == connection), None)
        if same is not None:
            left.remove(same)
        result.append(same or connection)
    return tuple(result)


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({normal(name) for name in names}, key=lambda name: (sort_key(name), name)))


def _tags(tags: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({check_name(tag, "tag") for tag in tags}))


def _host_keys(keys: Iterable[HostKey]) -> tuple[HostKey, ...]:
    """The fingerprint is computed here, never believed."""
    made = {make_host_key(key.kind, key.public) for key in keys}
    return tuple(sorted(made, key=lambda key: (key.kind, key.public)))


def _taken(name: str) -> NameTaken:
    return NameTaken(
        f"There is an asset '{name}' already.", remedy="Choose another name, or change that one: `opsc assets edit`."
    )
