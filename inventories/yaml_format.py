# SPDX-License-Identifier: Apache-2.0
"""Reads OpsConductor's own YAML format: `groups` and `assets` (docs/reference/import-formats.md)."""

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from inventories.import_set import AssetDraft, Findings, GroupDraft, ImportSet
from inventories.safe_yaml import YamlList, YamlMap
from opsconductor.domain.assets import Become, HostKey
from opsconductor.domain.hostkeys import make_host_key
from opsconductor.domain.secret_names import is_secretive
from opsconductor.domain.specs import ConnectionSpec
from opsconductor.errors import InvalidInput

SCHEMA_VERSION = 1
_TRUE, _FALSE = frozenset({"true", "yes", "on"}), frozenset({"false", "no", "off"})


def read_yaml(root: YamlMap, source: str) -> ImportSet:
    """The assets and groups under `root`; BadSource with every problem and its line."""
    findings = Findings(source)
    reader = _Reader(findings)
    version = root.get("schema_version", str(SCHEMA_VERSION))
    if version != str(SCHEMA_VERSION):
        findings.problem(root.lines["schema_version"], f"schema_version {version} is not known; {SCHEMA_VERSION} is")
    for key in root.keys() - {"schema_version", "groups", "assets"}:
        findings.problem(root.lines[key], f"{key!r} is neither 'groups' nor 'assets'")
    groups = [g for item in reader.maps(root, "groups") if (g := reader.group(item)) is not None]
    assets = [a for item in reader.maps(root, "assets") if (a := reader.asset(item)) is not None]
    reader.refuse_doubles(groups, "group")
    reader.refuse_doubles(assets, "asset")
    findings.raise_if_any()
    return ImportSet(format="yaml", assets=tuple(assets), groups=tuple(groups), notes=tuple(findings.notes))


class _Reader:
    def __init__(self, findings: Findings) -> None:
        self.findings = findings

    def maps(self, owner: YamlMap, key: str) -> list[YamlMap]:
        """The mappings in the list under `key`."""
        value = owner.get(key)
        if value is None:
            return []
        if not isinstance(value, YamlList):
            self.findings.problem(owner.lines[key], f"{key!r} is no list")
            return []
        if wrong := [item for item in value if not isinstance(item, YamlMap)]:
            self.findings.problem(value.line, f"{len(wrong)} entries of {key!r} are no mappings")
        return [item for item in value if isinstance(item, YamlMap)]

    def group(self, item: YamlMap) -> GroupDraft | None:
        name = self.named(item, "asset group")
        readers: dict[str, Callable[[YamlMap, str], Any]] = {
            "parents": self.texts,
            "credential": self.text,
            "critical": self.flag,
            "description": self.text,
        }
        return None if name is None else GroupDraft(name=name, line=item.line, **self.fields(item, readers))

    def asset(self, item: YamlMap) -> AssetDraft | None:
        name = self.named(item, "asset")
        readers: dict[str, Callable[[YamlMap, str], Any]] = {
            **dict.fromkeys(("platform", "address", "os_version", "role", "description", "credential"), self.text),
            **dict.fromkeys(("tags", "groups"), self.texts),
            "connections": self.connections,
            "host_keys": self.host_keys,
            "variables": self.variables,
        }
        if name is None:
            return None
        try:
            return AssetDraft(name=name, line=item.line, **self.fields(item, readers))
        except ValidationError as error:
            self.invalid(item, error)
            return None

    def fields(self, item: YamlMap, readers: dict[str, Callable[[YamlMap, str], Any]]) -> dict[str, Any]:
        found = {key: read(item, key) for key, read in readers.items() if key in item}
        for key in item.keys() - readers.keys() - {"name"}:
            hint = "; credentials are stored with 'opsc credentials add'" if is_secretive(key) else ""
            self.findings.problem(item.lines[key], f"{key!r} is not known here{hint}")
        return found

    def named(self, item: YamlMap, noun: str) -> str | None:
        name = item.get("name")
        if not isinstance(name, str):
            self.findings.problem(item.line, f"an entry has no name for its {noun}")
            return None
        return self.findings.name(item.lines["name"], name, noun)

    def text(self, item: YamlMap, key: str) -> str | None:
        value = item[key]
        if value is not None and not isinstance(value, str):
            self.findings.problem(item.lines[key], f"{key!r} is no text")
            return None
        return value

    def texts(self, item: YamlMap, key: str) -> tuple[str, ...]:
        value = item[key]
        if isinstance(value, YamlList) and all(isinstance(part, str) for part in value):
            return tuple(dict.fromkeys(str(part) for part in value))
        if value is not None:
            self.findings.problem(item.lines[key], f"{key!r} is no list of texts")
        return ()

    def flag(self, item: YamlMap, key: str) -> bool:
        value = str(item[key]).lower()
        if value not in _TRUE | _FALSE:
            self.findings.problem(item.lines[key], f"{key!r} is true or false")
        return value in _TRUE

    def variables(self, item: YamlMap, key: str) -> dict[str, str]:
        value = item[key]
        if value is None:
            return {}
        if not isinstance(value, YamlMap) or not all(isinstance(v, str) for v in value.values()):
            self.findings.problem(item.lines[key], f"{key!r} is no mapping of texts")
            return {}
        for name in filter(is_secretive, value):
            self.findings.problem(value.lines[name], f"variable {name!r} looks like a secret; store it as a credential")
        return {name: str(text) for name, text in value.items()}

    def host_keys(self, item: YamlMap, key: str) -> tuple[HostKey, ...]:
        found = []
        for text in self.texts(item, key):
            kind, _, public = text.partition(" ")
            try:
                found.append(make_host_key(kind, public.strip()))
            except InvalidInput:
                self.findings.problem(item.lines[key], f"{text[:40]!r} is no host key like 'ssh-ed25519 AAAA…'")
        return tuple(found)

    def connections(self, item: YamlMap, key: str) -> tuple[ConnectionSpec, ...]:
        found = []
        for body in self.maps(item, key):
            readers: dict[str, Callable[[YamlMap, str], Any]] = {
                **dict.fromkeys(("kind", "preference", "address", "port", "user", "credential"), self.text),
                "become": self.become,
                "jump": self.texts,
                "settings": self.settings,
            }
            fields = self.fields(body, readers)
            try:
                found.append(ConnectionSpec(**fields))
            except ValidationError as error:
                self.invalid(body, error)
        return tuple(found)

    def become(self, item: YamlMap, key: str) -> Become | None:
        value = item[key]
        if value is None:
            return None
        if not isinstance(value, YamlMap):
            self.findings.problem(item.lines[key], "'become' is no mapping of method, user and credential")
            return None
        fields = self.fields(value, dict.fromkeys(("method", "user", "credential"), self.text))
        try:
            return Become(**{name: text for name, text in fields.items() if text is not None})
        except ValidationError as error:
            self.invalid(value, error)
            return None

    def settings(self, item: YamlMap, key: str) -> dict[str, str]:
        value = item[key]
        readers: dict[str, Callable[[YamlMap, str], Any]] = dict.fromkeys(
            ("transport", "scheme", "ca_file", "verify"), self.text
        )
        if not isinstance(value, YamlMap):
            self.findings.problem(item.lines[key], "'settings' is no mapping")
            return {}
        found = {
            name: str(text).lower() if name == "verify" else text for name, text in self.fields(value, readers).items()
        }
        return {name: text for name, text in found.items() if text is not None}

    def invalid(self, item: YamlMap, error: ValidationError) -> None:
        for fault in error.errors(include_url=False, include_input=False):
            key = str(fault["loc"][0]) if fault["loc"] else ""
            self.findings.problem(item.lines.get(key, item.line), f"{key!r}: {fault['msg']}")

    def refuse_doubles(self, drafts: list[AssetDraft] | list[GroupDraft], noun: str) -> None:
        seen: dict[str, int | None] = {}
        for draft in drafts:
            if draft.name in seen:
                self.findings.problem(draft.line, f"{noun} {draft.name!r} stands here and on line {seen[draft.name]}")
            seen.setdefault(draft.name, draft.line)
