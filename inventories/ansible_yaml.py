# SPDX-License-Identifier: Apache-2.0
"""Ansible inventories in YAML form, and what `ansible-inventory --list` prints (JSON or `--yaml`)."""

import json

from inventories.ansible_tree import AnsibleTree
from inventories.import_set import Findings, ImportSet
from inventories.ranges import expand
from inventories.safe_yaml import Vaulted, YamlList, YamlMap, YamlValue
from opsconductor.domain.secret_names import is_secretive
from opsconductor.errors import InvalidInput

_PARTS = frozenset({"hosts", "children", "vars"})


def read_ansible_yaml(root: YamlMap, source: str) -> ImportSet:
    """The inventory under `root`; BadSource with every problem and its line."""
    findings = Findings(source)
    reader = _Reader(AnsibleTree(findings), findings)
    if "plugin" in root:
        findings.problem(
            root.lines["plugin"],
            f"it configures the inventory plugin {root['plugin']!r} and holds no hosts; import what "
            "'ansible-inventory -i FILE --list' prints",
        )
        findings.raise_if_any()
    for name, body in root.items():
        if name != "_meta":
            reader.group(name, body, root.lines[name])
    reader.meta(root.get("_meta"))
    findings.raise_if_any()
    return reader.tree.import_set("ansible-yaml")


class _Reader:
    def __init__(self, tree: AnsibleTree, findings: Findings) -> None:
        self.tree = tree
        self.findings = findings

    def group(self, name: str, body: YamlValue, line: int) -> None:
        self.tree.group(name, line)
        if body is None:
            return
        if isinstance(body, YamlList):  # the short JSON form: group → hosts
            self.hosts(name, body, line)
            return
        if not isinstance(body, YamlMap):
            self.findings.problem(line, f"group {name!r} is no mapping of hosts, children and vars")
            return
        for part, value in body.items():
            at = body.lines[part]
            if part not in _PARTS:
                self.findings.problem(at, f"group {name!r} holds {part!r}; it may hold hosts, children and vars")
            elif part == "hosts":
                self.hosts(name, value, at)
            elif part == "children":
                self.children(name, value, at)
            else:
                for variable, text, where in self.variables(value, at, f"vars of group {name!r}"):
                    self.tree.group_var(name, variable, text, where)

    def children(self, parent: str, value: YamlValue, line: int) -> None:
        if isinstance(value, YamlList):
            value = _as_map(value)
        if value is None:
            return
        if not isinstance(value, YamlMap):
            self.findings.problem(line, f"children of group {parent!r} are no mapping")
            return
        for child, body in value.items():
            self.tree.child(parent, child, value.lines[child])
            self.group(child, body, value.lines[child])

    def hosts(self, group: str, value: YamlValue, line: int) -> None:
        if isinstance(value, YamlList):
            value = _as_map(value)
        if value is None:
            return
        if not isinstance(value, YamlMap):
            self.findings.problem(
                line, f"hosts of group {group!r} are no mapping; a colon may be missing behind the name"
            )
            return
        for pattern, body in value.items():
            at = value.lines[pattern]
            try:
                names, port = expand(pattern)
            except InvalidInput as error:
                self.findings.problem(at, error.message.rstrip("."))
                continue
            found = list(self.variables(body, at, f"host {pattern!r}"))
            for name in names:
                self.tree.host(name, group, at)
                if port is not None:
                    self.tree.host_var(name, "ansible_port", str(port), at)
                for variable, text, where in found:
                    self.tree.host_var(name, variable, text, where)

    def meta(self, value: YamlValue) -> None:
        """The host variables of `ansible-inventory --list`."""
        hosts = value.get("hostvars") if isinstance(value, YamlMap) else None
        if not isinstance(hosts, YamlMap):
            return
        for name, body in hosts.items():
            at = hosts.lines[name]
            self.tree.host(name, None, at)
            for variable, text, where in self.variables(body, at, f"host {name!r}"):
                self.tree.host_var(name, variable, text, where)

    def variables(self, value: YamlValue, line: int, what: str) -> list[tuple[str, str | None, int]]:
        """(name, text or None when vaulted, line); lists and mappings as JSON text, which is noted."""
        if value is None:
            return []
        if not isinstance(value, YamlMap):
            self.findings.problem(line, f"{what}: no mapping of variables")
            return []
        found = []
        for name, item in value.items():
            at = value.lines[name]
            if isinstance(item, YamlMap) and set(item) == {"__ansible_unsafe"}:
                item = item["__ansible_unsafe"]
            elif isinstance(item, YamlMap) and set(item) == {"__ansible_vault"}:
                item = Vaulted()
            if _hides_secret(item):
                self.findings.note(at, f"variable {name} of {what} holds what looks like a secret and is not taken")
                continue
            if isinstance(item, YamlMap | YamlList):
                self.findings.note(at, f"variable {name} of {what} is a list or mapping; it is kept as JSON text")
                item = json.dumps(item, ensure_ascii=False, default=lambda _: "(vaulted)")
            found.append((name, None if isinstance(item, Vaulted) else item or "", at))
        return found


def _as_map(names: YamlList) -> YamlMap:
    found = YamlMap(names.line)
    for name in names:
        if isinstance(name, str):
            found[name] = None
            found.lines[name] = names.line
    return found


def _hides_secret(value: YamlValue) -> bool:
    """Whether a list or mapping holds a vaulted value or a key that speaks of a secret."""
    if isinstance(value, YamlMap):
        return any(is_secretive(key) or isinstance(v, Vaulted) or _hides_secret(v) for key, v in value.items())
    return isinstance(value, YamlList) and any(isinstance(v, Vaulted) or _hides_secret(v) for v in value)
