# SPDX-License-Identifier: Apache-2.0
"""Roles and features of a simulated Windows host."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Feature:
    """A role or feature of Windows Server, or an optional feature of any Windows."""

    name: str
    display_name: str = ""
    installed: bool = False
    #: Names of what has to be installed with it, and cannot stay when that goes.
    needs: list[str] = field(default_factory=list)
    #: Whether a change of it takes effect with the next start only.
    wants_restart: bool = False


class Features:
    """Features by name; names are case-insensitive."""

    def __init__(self) -> None:
        self._known: dict[str, Feature] = {}

    def __iter__(self) -> Iterator[Feature]:
        return iter(self._known.values())

    def add(self, feature: Feature) -> None:
        """Make it known."""
        self._known[feature.name.lower()] = feature

    def get(self, name: str) -> Feature | None:
        """The feature of that name, if there is one."""
        return self._known.get(name.lower())

    def to_install(self, name: str) -> list[Feature]:
        """What an installation of it would bring in: itself and what it needs, as far as that is not there."""
        found = self._known[name.lower()]
        needed = [one for need in found.needs for one in self.to_install(need)]
        return [*needed, *([] if found.installed else [found])]

    def to_remove(self, name: str) -> list[Feature]:
        """What would go with it: itself and what needs it, as far as that is there."""
        found = self._known[name.lower()]
        needing = [one for one in self if found.name.lower() in map(str.lower, one.needs)]
        gone = [*([found] if found.installed else []), *(f for one in needing for f in self.to_remove(one.name))]
        return list({one.name: one for one in gone}.values())

    def view(self) -> dict[str, bool]:
        """Name → whether it is installed."""
        return {one.name: one.installed for one in self}
