# SPDX-License-Identifier: Apache-2.0
"""Answers about machines: which there are, in which groups, what they run, how they are reached, what they lack."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from opsconductor.db.repositories.groups import GroupRepository
from opsconductor.db.repositories.records import RecordRepository
from opsconductor.domain.answers import Answer, Cell
from opsconductor.domain.assets import AssetGroup
from opsconductor.domain.names import sort_key
from opsconductor.domain.plans import Selector, Targets
from opsconductor.domain.records import MachineLine
from planner.selecting import describe

_Rows = tuple[tuple[Cell, ...], ...]


def answer_machines(session: Session, params: Mapping[str, Any], targets: Targets, now: datetime) -> Answer:
    """The machines, or what is asked of them, as a table."""
    named = targets.selector != Selector()
    groups = Groups(GroupRepository(session).all())
    machines = RecordRepository(session).machines(targets.names if named else None)
    machines = [machine for machine in machines if _fits(machine, params, groups)]
    filtered = _filters(params)
    which = f"{describe(targets.selector)}{filtered}" if named else f"all machines{filtered}"
    shows = params.get("shows") or "machines"
    everything = not named and not filtered
    if shows == "groups":
        columns, rows, noun = groups.table(machines, None if everything else targets.selector)
    elif shows in _COUNTED and (everything or (len(machines) > 1 and shows in ("roles", "tags"))):
        columns, rows, noun = _counted(machines, shows)
    else:
        columns, rows = _listed(machines, shows)
        noun = "machine"
    summary = _summary(len(rows), noun, which) + _left_out(session, targets.selector, groups)
    return Answer(summary=summary, columns=columns, rows=rows, total=len(rows), at=now)


def _summary(found: int, noun: str, which: str) -> str:
    if not found:
        return f"No {noun} found: {which}."
    return f"{found} {noun if found == 1 else noun + 's'}: {which}."


def _left_out(session: Session, selector: Selector, groups: "Groups") -> str:
    """Who asks for a version is told of the machines of which none is recorded: they may run it."""
    if selector.os_version is None or selector.hosts:
        return ""
    blank = [machine for machine in RecordRepository(session).machines(None) if not machine.os_version]
    asked = frozenset(selector.groups)
    count = sum(not asked or bool(asked & groups.of(machine)) for machine in blank)
    if not count:
        return ""
    machines = "1 machine is" if count == 1 else f"{count} machines are"
    return f" {machines} left out, as no system is recorded there: `opsc assets check NAME` records it."


def _filters(params: Mapping[str, Any]) -> str:
    said = ""
    if params.get("tag"):
        said += f" tagged {params['tag']}"
    if params.get("connection"):
        said += f" reached over {params['connection']}"
    if params.get("lacking"):
        said += f" without {params['lacking']}"
    return said


def _fits(machine: MachineLine, params: Mapping[str, Any], groups: "Groups") -> bool:
    tag, connection, lacking = params.get("tag"), params.get("connection"), params.get("lacking")
    if tag and tag.casefold() not in (t.casefold() for t in machine.tags):
        return False
    if connection and connection not in machine.kinds:
        return False
    return not lacking or _LACKS[lacking](machine, groups)


class Groups:
    """All groups with what is above and below them."""

    def __init__(self, groups: Iterable[AssetGroup]) -> None:
        self.groups = {group.name: group for group in groups}
        self._above: dict[str, frozenset[str]] = {}

    def above(self, name: str) -> frozenset[str]:
        """The group and all groups it is in at any depth, cycles ignored."""
        if name not in self._above:
            seen: set[str] = set()
            waiting = [name]
            while waiting:
                current = waiting.pop()
                if current not in seen and current in self.groups:
                    seen.add(current)
                    waiting.extend(self.groups[current].parents)
            self._above[name] = frozenset(seen)
        return self._above[name]

    def of(self, machine: MachineLine) -> frozenset[str]:
        """Groups a machine is in at any depth."""
        return frozenset().union(*(self.above(name) for name in machine.groups))

    def has_credential(self, machine: MachineLine) -> bool:
        """Whether the machine, one of its connections or one of its groups has a credential."""
        return machine.has_credential or any(self.groups[name].credential for name in self.of(machine))

    def table(self, machines: list[MachineLine], selector: Selector | None) -> tuple[tuple[str, ...], _Rows, str]:
        """Groups with the number of machines in them; of a selection, those that its machines are in."""
        inside: Counter[str] = Counter()
        direct: Counter[str] = Counter()
        for machine in machines:
            inside.update(self.of(machine))
            direct.update(machine.groups)
        names: Iterable[str] = self.groups if selector is None else inside
        if selector is not None and selector == Selector(groups=selector.groups):
            # "Which groups are in X?" asks for what is under it.
            top = set(selector.groups)
            names = [name for name in self.groups if self.above(name) & top]
        rows = tuple(
            (name, inside[name], direct[name], ", ".join(self.groups[name].parents) or None, self.groups[name].critical)
            for name in sorted(names, key=sort_key)
        )
        return ("Group", "Machines", "Directly in it", "Part of", "Critical"), rows, "group"


_LACKS: dict[str, Callable[[MachineLine, Groups], bool]] = {
    "connection": lambda machine, _: not machine.connections,
    "credential": lambda machine, groups: not groups.has_credential(machine),
    "host key": lambda machine, _: "ssh" in machine.kinds and not machine.has_host_key,
    "role": lambda machine, _: not machine.role,
    "tag": lambda machine, _: not machine.tags,
    "group": lambda machine, _: not machine.groups,
    "system": lambda machine, _: not machine.os_version,
    "description": lambda machine, _: not machine.description,
}

_FIELDS: dict[str, Callable[[MachineLine], Cell]] = {
    "Machine": lambda m: m.name,
    "Platform": lambda m: m.platform.value,
    "System": lambda m: m.os_version or m.platform.value,
    "Role": lambda m: m.role,
    "Groups": lambda m: ", ".join(m.groups) or None,
    "Tags": lambda m: ", ".join(m.tags) or None,
    "Address": lambda m: m.address,
    "Connections": lambda m: ", ".join(m.connections) or None,
    "Host key": lambda m: "recorded" if m.has_host_key else "none",
    "Description": lambda m: m.description,
}
_COLUMNS = {
    "machines": ("Machine", "System", "Role", "Groups", "Address"),
    "systems": ("Machine", "Platform", "System"),
    "roles": ("Machine", "Role"),
    "tags": ("Machine", "Tags"),
    "addresses": ("Machine", "Address", "Connections"),
    "connections": ("Machine", "Connections", "Address", "Host key"),
    "details": tuple(_FIELDS),
}
_COUNTED = {
    "systems": ("System", "system"),
    "roles": ("Role", "role"),
    "tags": ("Tag", "tag"),
}


def _listed(machines: list[MachineLine], shows: str) -> tuple[tuple[str, ...], _Rows]:
    columns = _COLUMNS[shows]
    fields = [_FIELDS[column] for column in columns]
    return columns, tuple(tuple(field(machine) for field in fields) for machine in machines)


def _counted(machines: list[MachineLine], shows: str) -> tuple[tuple[str, ...], _Rows, str]:
    """Every system, role or tag once, with the number of its machines."""
    counts: dict[str, int] = defaultdict(int)
    for machine in machines:
        values: Iterable[str | None] = machine.tags
        if shows != "tags":
            values = (machine.role,) if shows == "roles" else (machine.os_version or machine.platform.value,)
        for value in values:
            if value:
                counts[value] += 1
    title, noun = _COUNTED[shows]
    rows = tuple((value, counts[value]) for value in sorted(counts, key=sort_key))
    return (title, "Machines"), rows, noun
