# SPDX-License-Identifier: Apache-2.0
"""Imports assets, groups and host keys: all of a source in one unit of work, or nothing."""

import shlex
from collections.abc import Iterable
from typing import Any

from sqlmodel import Session

from inventories.export import ExportFormat, export
from inventories.import_set import AssetDraft, FoundSecret, GroupDraft, ImportSet, Note, bad_source
from inventories.importers import ImportFormat, read_source
from inventories.known_hosts import keys_of
from opsconductor.db.engine import Database
from opsconductor.db.repositories.assets import AssetRepository
from opsconductor.domain.assets import Asset, HostKey
from opsconductor.domain.base import Frozen, Platform
from opsconductor.domain.credentials import CredentialKind
from opsconductor.domain.names import normal
from opsconductor.domain.specs import AssetSpec, Change, ConnectionSpec, GroupSpec
from opsconductor.errors import OpsConductorError, Refused
from opsconductor.services.assets import AssetService
from opsconductor.services.audit import AuditService
from opsconductor.services.credentials import CredentialService, CredentialSpec
from opsconductor.services.groups import GroupService

#: Places of secrets that a refusal names.
_SHOWN = 5


class SecretInSource(Refused):
    """The source holds passwords, which are never stored in clear."""

    code = "secret-in-source"


class ImportSummary(Frozen):
    """What an import did, or would do (`dry_run`)."""

    source: str
    format: str
    dry_run: bool = False
    added: tuple[str, ...] = ()  #: names of assets
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    groups_added: tuple[str, ...] = ()
    groups_changed: tuple[str, ...] = ()
    credentials_added: tuple[str, ...] = ()
    host_keys: tuple[str, ...] = ()  #: names of assets that got host keys from a known_hosts file
    notes: tuple[str, ...] = ()  #: what was not taken over as it stood, with lines


class ImportService:
    """Brings inventories in and out."""

    def __init__(
        self,
        database: Database,
        assets: AssetService,
        groups: GroupService,
        credentials: CredentialService,
        audit: AuditService,
    ) -> None:
        self.database = database
        self.assets = assets
        self.groups = groups
        self.credentials = credentials
        self.audit = audit

    def run(
        self,
        data: bytes,
        source: str,
        actor: str,
        *,
        chosen: ImportFormat = ImportFormat.AUTO,
        dry_run: bool = False,
        with_credentials: bool = False,
        replace_host_keys: bool = False,
    ) -> ImportSummary:
        """Import a whole source. `source` is its file name.

        Groups, tags and host keys are added to what is there; other fields the source gives replace what is there.
        Passwords in it are refused, or become encrypted credentials `with_credentials`. A host key that differs from
        a recorded one is kept out and noted, unless `replace_host_keys`. Raises BadSource naming every problem with
        its line, SecretInSource; nothing is stored then, nor in a `dry_run`.
        """
        found = read_source(data, source, chosen)
        if found.secrets and not with_credentials:
            raise _refusal(source, found.secrets)
        with self.database.session() as session:
            importer = _Importer(self, session, actor, replace_host_keys)
            summary = importer.apply(found, source).model_copy(update={"dry_run": dry_run})
            if dry_run:
                session.rollback()
            else:
                details = summary.model_dump(mode="json", exclude={"source", "dry_run", "unchanged"})
                self.audit.append(session, actor, "assets.imported", f"import:{source}", details)
        if not dry_run and (summary.changed or summary.groups_added or summary.groups_changed or summary.host_keys):
            self.assets.changed()
        return summary

    def export(self, chosen: ExportFormat) -> str:
        """All assets and groups as text, without secrets."""
        assets, groups = self.assets.everything()
        return export(assets, groups, chosen)


class _Importer:
    """One import in one unit of work."""

    def __init__(self, service: ImportService, session: Session, actor: str, replace_host_keys: bool) -> None:
        self.service = service
        self.session = session
        self.actor = actor
        self.replace_host_keys = replace_host_keys
        self.problems: list[Note] = []
        self.notes: list[Note] = []

    def apply(self, found: ImportSet, source: str) -> ImportSummary:
        self.notes += found.notes
        credentials = self.save_credentials(found.secrets)
        groups = self.save_groups(found)
        known = {asset.name: asset for asset in AssetRepository(self.session).all()}
        drafts = [draft.model_copy(update={"name": normal(draft.name)}) for draft in found.assets]
        changes = self.save_assets(drafts, known)
        keyed = self.save_known_hosts(found) if found.known_hosts else ()
        if self.problems:
            raise bad_source(source, self.problems)
        return ImportSummary(
            source=source,
            format=found.format,
            added=_of(changes, Change.ADDED),
            changed=_of(changes, Change.CHANGED),
            unchanged=_of(changes, Change.UNCHANGED),
            groups_added=_of(groups, Change.ADDED),
            groups_changed=_of(groups, Change.CHANGED),
            credentials_added=credentials,
            host_keys=keyed,
            notes=tuple(str(note) for note in self.notes),
        )

    def save_credentials(self, secrets: Iterable[FoundSecret]) -> tuple[str, ...]:
        names = []
        for secret in secrets:
            spec = CredentialSpec(
                name=secret.credential, kind=CredentialKind.PASSWORD, value=secret.value, user=secret.user
            )
            try:
                names.append(self.service.credentials.save(self.session, spec, self.actor).name)
            except OpsConductorError as error:
                self.problem(secret.line, error)
        return tuple(names)

    def save_groups(self, found: ImportSet) -> dict[str, Change]:
        """Groups first without their nesting, so that a parent may stand behind its child."""
        given = {normal(group.name): group for group in found.groups}
        for asset in found.assets:
            for name in asset.groups:
                given.setdefault(normal(name), GroupDraft(name=name, line=asset.line))
        for group in found.groups:
            for name in group.parents:
                given.setdefault(normal(name), GroupDraft(name=name, line=group.line))
        changes = {name: self.save_group(draft, nested=False) for name, draft in given.items()}
        for name, draft in given.items():
            if draft.parents and self.save_group(draft, nested=True) and changes[name] is Change.UNCHANGED:
                changes[name] = Change.CHANGED
        return {name: change for name, change in changes.items() if change is not None}

    def save_group(self, draft: GroupDraft, *, nested: bool) -> Change | None:
        """None: nothing changed while nesting, or a problem."""
        hidden = {"line"} if nested else {"line", "parents"}
        spec = GroupSpec(**{field: getattr(draft, field) for field in draft.model_fields_set - hidden})
        try:
            change = self.service.groups.save(self.session, spec, self.actor)
        except OpsConductorError as error:
            self.problem(draft.line, error)
            return None
        return None if nested and change is Change.UNCHANGED else change

    def save_assets(self, drafts: list[AssetDraft], known: dict[str, Asset]) -> dict[str, Change]:
        """Jump hosts before the assets behind them."""
        changes: dict[str, Change] = {}
        waiting = {draft.name: draft for draft in drafts}
        while waiting:
            ready = [d for d in waiting.values() if not any(hop in waiting for hop in _hops(d) - {d.name})]
            if not ready:
                message = f"the jump hosts of {' and '.join(map(repr, waiting))} lead in a circle"
                self.problems.append(Note(line=next(iter(waiting.values())).line, message=message))
                break
            for draft in ready:
                del waiting[draft.name]
            changes |= self.save_drafts(ready, known)
        return {draft.name: changes[draft.name] for draft in drafts if draft.name in changes}

    def save_drafts(self, drafts: list[AssetDraft], known: dict[str, Asset]) -> dict[str, Change]:
        """Assets that need none of each other; one with a problem is left out."""
        specs = [self.spec(draft, known.get(draft.name)) for draft in drafts]
        changes = {}
        for draft, done in zip(
            drafts, self.service.assets.save_all(self.session, specs, self.actor, known), strict=True
        ):
            if isinstance(done, OpsConductorError):
                self.problem(draft.line, done, f"asset {draft.name!r}: ")
            else:
                changes[draft.name] = done
        return changes

    def spec(self, draft: AssetDraft, before: Asset | None) -> AssetSpec:
        """What the source wants of an asset; what it says nothing about stays as it was."""
        fields = {field: getattr(draft, field) for field in draft.model_fields_set - {"line"}}
        fields = {field: value for field, value in fields.items() if value is not None or field not in _NEEDED}
        fields.setdefault("platform", before.platform if before else _platform(draft))
        fields.setdefault("address", before.address if before else draft.name)
        if before is not None and draft.host_keys:
            fields["host_keys"] = self.merged_keys(before, draft.host_keys, draft.line)
        if before is not None and draft.connections:
            fields["connections"] = (*draft.connections, *_kept_connections(before, draft.connections))
        return AssetSpec(**fields)

    def save_known_hosts(self, found: ImportSet) -> tuple[str, ...]:
        specs = []
        used: set[str] = set()
        known = {asset.name: asset for asset in AssetRepository(self.session).all()}
        for asset in known.values():
            keys = keys_of(asset, found.known_hosts)
            used.update(key.public for key in keys)
            merged = self.merged_keys(asset, keys, None)
            if {key.public for key in merged} != {key.public for key in asset.host_keys}:
                spec = AssetSpec(name=asset.name, platform=asset.platform, address=asset.address, host_keys=merged)
                specs.append(spec)
        for done in self.service.assets.save_all(self.session, specs, self.actor, known):
            if isinstance(done, OpsConductorError):
                raise done
        unused = sum(entry.key.public not in used for entry in found.known_hosts)
        if unused:
            self.notes.append(Note(message=f"{unused} entries are of no asset's name, address and ssh port"))
        return tuple(spec.name for spec in specs)

    def merged_keys(self, asset: Asset, keys: Iterable[HostKey], line: int | None) -> tuple[HostKey, ...]:
        """The recorded keys with the new ones; one that differs from a recorded key of its type is kept out."""
        recorded = {key.kind for key in asset.host_keys}
        new = [key for key in keys if key not in asset.host_keys]
        changed = [key for key in new if key.kind in recorded]
        if not changed:
            return (*asset.host_keys, *new)
        if self.replace_host_keys:
            kinds = {key.kind for key in changed}
            return (*(key for key in asset.host_keys if key.kind not in kinds), *new)
        for key in changed:
            self.notes.append(
                Note(
                    line=line,
                    message=f"HOST KEY CHANGED: the {key.kind} key of {asset.name!r} ({key.fingerprint}) is not the "
                    f"recorded one and was not taken; check the machine, then: "
                    f"opsc assets trust {shlex.quote(asset.name)} --replace",
                )
            )
        return (*asset.host_keys, *(key for key in new if key not in changed))

    def problem(self, line: int | None, error: OpsConductorError, what: str = "") -> None:
        self.problems.append(Note(line=line, message=what + str(error).rstrip(".")))


#: Every asset has these; a source that leaves them empty leaves them as they are.
_NEEDED = frozenset({"platform", "address"})


def _platform(draft: AssetDraft) -> Platform:
    kinds = {connection.kind.value for connection in draft.connections}
    return Platform.WINDOWS if kinds & {"winrm", "psrp", "rdp"} else Platform.LINUX


def _hops(draft: AssetDraft) -> set[str]:
    return {normal(hop) for connection in draft.connections for hop in connection.jump}


def _kept_connections(before: Asset, given: Iterable[ConnectionSpec]) -> list[ConnectionSpec]:
    """Connections of kinds that the source says nothing about."""
    kinds = {connection.kind for connection in given}
    fields: Any = ConnectionSpec.model_fields.keys()
    return [
        ConnectionSpec(**{field: getattr(connection, field) for field in fields})
        for connection in before.connections
        if connection.kind not in kinds
    ]


def _of(changes: dict[str, Change], wanted: Change) -> tuple[str, ...]:
    return tuple(name for name, change in changes.items() if change is wanted)


def _refusal(source: str, secrets: tuple[FoundSecret, ...]) -> SecretInSource:
    places = [f"{s.where} (line {s.line})" if s.line else s.where for s in secrets]
    shown = ", ".join(places[:_SHOWN]) + (f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else "")
    return SecretInSource(
        f"{source} holds passwords in clear: {shown}. Nothing was stored.",
        remedy="Import it with --with-credentials to turn them into encrypted credentials, or take them out and store "
        "them with 'opsc credentials add'.",
        places=places,
    )
