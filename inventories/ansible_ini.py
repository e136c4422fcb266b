# SPDX-License-Identifier: Apache-2.0
"""Ansible inventories in INI form: hosts with ranges and variables, `[group]`, `[group:children]`, `[group:vars]`."""

import ast
import contextlib
import re
import shlex

from inventories.ansible_tree import AnsibleTree
from inventories.import_set import Findings, ImportSet
from inventories.ranges import expand
from opsconductor.errors import InvalidInput

_SECTION = re.compile(r"\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?")
_VAULT = "$ANSIBLE_VAULT"


def read_ansible_ini(text: str, source: str) -> ImportSet:
    """The inventory in `text`; BadSource with every problem and its line."""
    findings = Findings(source)
    tree = AnsibleTree(findings)
    reader = _Reader(tree, findings)
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if line and line[0] not in "#;":
            try:
                reader.line(number, line)
            except InvalidInput as error:
                findings.problem(number, error.message.rstrip("."))
    reader.finish()
    findings.raise_if_any()
    return tree.import_set("ansible-ini")


class _Reader:
    def __init__(self, tree: AnsibleTree, findings: Findings) -> None:
        self.tree = tree
        self.findings = findings
        self.group = "ungrouped"
        self.state = "hosts"
        self.declared: set[str] = {"all", "ungrouped"}
        self.used: dict[str, int] = {}

    def line(self, number: int, line: str) -> None:
        if section := _SECTION.fullmatch(line):
            self.section(number, section[1], section[2] or "hosts")
        elif line.startswith("[") and line.endswith("]") and (" " in line or self.state != "hosts"):
            raise InvalidInput(f"{line!r} is no section; a section has neither spaces nor further colons")
        elif self.state == "hosts":
            self.hosts(number, line)
        elif self.state == "children":
            child = line.split("#")[0].strip()
            self.used.setdefault(child, number)
            self.tree.child(self.group, child, number)
        else:
            name, equals, value = line.partition("=")
            if not equals:
                raise InvalidInput(f"a variable is 'name=value', not {_short(line)!r}")
            self.tree.group_var(self.group, name.strip(), _unquoted(value.strip()), number)

    def section(self, number: int, group: str, state: str) -> None:
        if state not in ("hosts", "children", "vars"):
            raise InvalidInput(f"[{group}:{state}]: a section is 'hosts', 'children' or 'vars'")
        self.group, self.state = group, state
        if state == "vars":
            self.used.setdefault(group, number)
        else:
            self.declared.add(group)
            self.tree.group(group, number)

    def hosts(self, number: int, line: str) -> None:
        try:
            pattern, *words = shlex.split(line, comments=True)
        except ValueError as error:
            raise InvalidInput(f"a quote is left open in {_short(line)!r}") from error
        names, port = expand(pattern)
        pairs = []
        for word in words:
            name, equals, value = word.partition("=")
            if not equals:
                raise InvalidInput(f"a host variable is 'name=value', not {_short(word)!r}")
            pairs.append((name, _unquoted(value)))
        for host in names:
            self.tree.host(host, self.group, number)
            if port is not None:
                self.tree.host_var(host, "ansible_port", str(port), number)
            for variable, text in pairs:
                self.tree.host_var(host, variable, text, number)

    def finish(self) -> None:
        for group, number in self.used.items():
            if group not in self.declared:
                self.findings.problem(number, f"there is no section [{group}]")


def _unquoted(value: str) -> str | None:
    """A quoted value without its quotes, everything else as written; None for a vaulted one."""
    text = value
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        with contextlib.suppress(ValueError, SyntaxError):
            text = str(ast.literal_eval(value))
    return None if text.startswith(_VAULT) else text


def _short(text: str) -> str:
    """The first word of what stands in the file, without a value: the rest may be a secret."""
    return (text.partition("=")[0].split() or [""])[0][:40]
