# SPDX-License-Identifier: Apache-2.0
"""Targets that were named and not said: each name must be one of the asset database's, letter for letter."""

from collections.abc import Iterator
from typing import Any

from opsconductor.domain.base import Platform
from opsconductor.domain.documents import Fault, TargetSpec
from opsconductor.domain.estate import Estate
from opsconductor.domain.names import normal
from opsconductor.domain.plans import Selector
from planner.names import index_names

_KINDS = ("group", "host", "role", "platform", "os_version")
_EVERYTHING = frozenset({"everything", "all"})


class TargetWords:
    """Makes one selector of a target specification, gathering every fault."""

    def __init__(self, estate: Estate, field: str = "targets") -> None:
        self.estate = estate
        self.field = field
        self.faults: list[Fault] = []
        self._groups = {group.name for group in estate.groups}

    def selector(self, spec: TargetSpec) -> Selector:
        """The selector; `faults` says what in the specification names nothing."""
        groups = [self._group(name, "groups") for name in spec.groups]
        hosts = [self._host(name, "hosts") for name in spec.hosts]
        single: dict[str, Any] = {"role": spec.role, "platform": spec.platform, "os_version": spec.os_version}
        everything = spec.everything
        for word in spec.on:
            kind, name = self._told(word)
            if kind == "group":
                groups.append(self._group(name, "on"))
            elif kind == "host":
                hosts.append(self._host(name, "on"))
            elif kind == "everything":
                everything = True
            elif kind == "unknown":
                self._unknown(name, "on", "group or machine", iter(self._near(name)))
            elif single.get(kind) not in (None, name):
                self._fault("on", f"there are two of {kind}: {single[kind]} and {name}.", "Name one.")
            else:
                single[kind] = self._platform(name) if kind == "platform" else name
        exclude = [self._either(name, "exclude") for name in spec.exclude]
        if everything and (groups or hosts):
            self._fault("everything", "all machines are wanted, and some are named.", "Leave out one of the two.")
        return Selector(
            groups=tuple(dict.fromkeys(groups)),
            hosts=tuple(dict.fromkeys(hosts)),
            role=single["role"],
            os=single["platform"],
            os_version=single["os_version"],
            count=spec.count,
            count_from=spec.count_from,
            exclude=tuple(dict.fromkeys(exclude)),
            everything=everything,
        )

    def _told(self, word: str) -> tuple[str, str]:
        """Kind and name of a word: group:X as said, a bare name as what has it."""
        kind, mark, name = word.partition(":")
        if mark and kind in _KINDS:
            return kind, name.strip()
        plain = normal(word)
        if plain in self._groups and plain in self.estate.place_of:
            self._fault("on", f"'{word}' is a group and a machine.", f"Say group:{word} or host:{word}.")
            return "group", word
        if plain in self._groups:
            return "group", word
        if plain in self.estate.place_of:
            return "host", word
        return ("everything" if word in _EVERYTHING else "unknown"), word

    def _group(self, name: str, field: str) -> str:
        if normal(name) not in self._groups:
            self._unknown(name, field, "group", (n for n in self._near(name) if n in self._groups))
        return normal(name)

    def _host(self, name: str, field: str) -> str:
        if normal(name) not in self.estate.place_of:
            self._unknown(name, field, "machine", (n for n in self._near(name) if n in self.estate.place_of))
        return normal(name)

    def _either(self, name: str, field: str) -> str:
        if normal(name) not in self._groups and normal(name) not in self.estate.place_of:
            self._unknown(name, field, "group or machine", iter(self._near(name)))
        return normal(name)

    def _platform(self, name: str) -> Platform | None:
        if name.casefold() in set(Platform):
            return Platform(name.casefold())
        self._fault("on", f"there is no platform '{name}'.", "Say platform:linux or platform:windows.")
        return None

    def _near(self, name: str) -> tuple[str, ...]:
        return index_names(self.estate).near(name)

    def _unknown(self, name: str, field: str, kind: str, near: Iterator[str]) -> None:
        found = " or ".join(f"'{n}'" for n in near)
        remedy = f"Did you mean {found}?" if found else "See `opsc groups list` and `opsc assets list`."
        self._fault(field, f"there is no {kind} '{name}'.", remedy)

    def _fault(self, field: str, message: str, remedy: str) -> None:
        self.faults.append(Fault(field=f"{self.field}.{field}", message=message, remedy=remedy))
