# SPDX-License-Identifier: Apache-2.0
"""Hosts, groups and variables of an Ansible inventory, merged the way Ansible merges them."""

from dataclasses import dataclass, field
from itertools import pairwise

from inventories import nesting
from inventories.ansible_vars import Var, read_host
from inventories.import_set import AssetDraft, Findings, FoundSecret, GroupDraft, ImportSet, bad_source
from opsconductor.domain.assets import ConnectionKind

#: Groups that every Ansible inventory has; they hold variables but are no asset groups.
_BUILT_IN = frozenset({"all", "ungrouped"})


@dataclass
class _Group:
    line: int | None
    variables: dict[str, Var] = field(default_factory=dict)
    parents: set[str] = field(default_factory=set)


@dataclass
class _Host:
    line: int | None
    variables: dict[str, Var] = field(default_factory=dict)
    groups: set[str] = field(default_factory=set)


class AnsibleTree:
    """Collects what an inventory file says; `import_set` draws the conclusions."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.groups: dict[str, _Group] = {}
        self.hosts: dict[str, _Host] = {}
        self._nested: dict[tuple[str, str], int | None] = {}  #: (parent, child) → where it says so

    def group(self, name: str, line: int | None) -> None:
        """There is a group of that name."""
        self.groups.setdefault(name, _Group(line))

    def child(self, parent: str, child: str, line: int | None) -> None:
        """One group is directly in another."""
        self.group(parent, line)
        self.group(child, line)
        self.groups[child].parents.add(parent)
        self._nested.setdefault((parent, child), line)

    def group_var(self, group: str, name: str, value: str | None, line: int | None) -> None:
        """A variable of a group; None: encrypted."""
        self.group(group, line)
        self.groups[group].variables[name] = Var(value, f"group '{group}'", line)

    def host(self, name: str, group: str | None, line: int | None) -> None:
        """There is a host of that name, directly in `group`."""
        host = self.hosts.setdefault(name, _Host(line))
        if group is not None:
            self.group(group, line)
            host.groups.add(group)

    def host_var(self, host: str, name: str, value: str | None, line: int | None) -> None:
        """A variable of a host; None: encrypted."""
        self.hosts[host].variables[name] = Var(value, f"host '{host}'", line)

    def import_set(self, format_name: str) -> ImportSet:
        """All as drafts. Raises BadSource with every problem."""
        parents = {n: frozenset(g.parents - _BUILT_IN) for n, g in self.groups.items() if n not in _BUILT_IN}
        depths = self._depths(parents)
        groups = []
        for name, group in self.groups.items():
            if name not in _BUILT_IN:
                self.findings.name(group.line, name, "asset group")
                groups.append(GroupDraft(name=name, line=group.line, parents=tuple(sorted(parents[name]))))
        drafts, secrets = self._hosts(parents, depths)
        self.findings.raise_if_any()
        return ImportSet(
            format=format_name,
            assets=tuple(drafts.values()),
            groups=tuple(groups),
            secrets=tuple(secrets.values()),
            notes=tuple(self.findings.notes),
        )

    def _depths(self, parents: dict[str, frozenset[str]]) -> dict[str, int]:
        try:
            return nesting.depths(parents)
        except nesting.GroupCycle as error:
            circle = error.context["groups"]
            lines = [self._nested.get((above, below)) for below, above in pairwise(circle)]
            # The line that closes the circle is the last one.
            self.findings.problem(max((line for line in lines if line), default=None), error.message.rstrip("."))
            raise bad_source(self.findings.source, self.findings.problems) from None

    def _hosts(
        self, parents: dict[str, frozenset[str]], depths: dict[str, int]
    ) -> tuple[dict[str, AssetDraft], dict[tuple[str, str], FoundSecret]]:
        drafts: dict[str, AssetDraft] = {}
        secrets: dict[tuple[str, str], FoundSecret] = {}
        hops: dict[str, AssetDraft] = {}
        for name, host in self.hosts.items():
            self.findings.name(host.line, name, "asset")
            direct = host.groups - _BUILT_IN
            around = sorted(nesting.ancestors(direct, parents), key=lambda group: (depths[group], group))
            merged: dict[str, Var] = {}
            for group in ("all", *around) if "all" in self.groups else around:
                merged |= self.groups[group].variables
            reading = read_host(name, tuple(sorted(direct)), merged | host.variables, self.findings, host.line)
            if reading.draft is not None:
                drafts[name] = reading.draft
            for secret in reading.secrets:
                secrets[(secret.credential, secret.value.get_secret_value())] = secret
            hops |= {hop.name: hop for hop in reading.hops}
        return _with_hops(drafts, hops, self.findings), secrets


def _with_hops(drafts: dict[str, AssetDraft], hops: dict[str, AssetDraft], findings: Findings) -> dict[str, AssetDraft]:
    """Jump hosts named by address become the asset of that address; those not in the inventory become assets."""
    by_address = {draft.address: draft.name for draft in drafts.values() if draft.address}
    renamed = {name: by_address[name] for name in hops if name not in drafts and name in by_address}
    for name, hop in hops.items():
        if name in renamed:
            findings.note(
                hop.line, f"jump host {name!r} is asset {renamed[name]!r}, passed over its own ssh connection"
            )
        elif name not in drafts:
            drafts[name] = hop
            findings.note(hop.line, f"jump host {name!r} is no host of the inventory and becomes an asset of its own")
    if not renamed:
        return drafts
    return {name: _renamed(draft, renamed) for name, draft in drafts.items()}


def _renamed(draft: AssetDraft, names: dict[str, str]) -> AssetDraft:
    connections = tuple(
        connection.model_copy(update={"jump": tuple(names.get(hop, hop) for hop in connection.jump)})
        if connection.kind is ConnectionKind.SSH
        else connection
        for connection in draft.connections
    )
    return draft.model_copy(update={"connections": connections})
