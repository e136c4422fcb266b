# SPDX-License-Identifier: Apache-2.0
"""What the planner may know of the asset database: names and kinds, never an address or a credential."""

from collections.abc import Iterator

from pydantic import Field

from opsconductor.domain.base import Frozen, Platform


class EstateAsset(Frozen):
    """One machine as the planner sees it."""

    name: str
    platform: Platform
    groups: tuple[str, ...] = ()  #: directly
    role: str | None = None
    os_version: str | None = None
    tags: tuple[str, ...] = ()


class EstateGroup(Frozen):
    """One asset group as the planner sees it."""

    name: str
    children: tuple[str, ...] = ()
    critical: bool = False


class Estate(Frozen):
    """The named things a request may speak of. Group membership is transitive through `children`."""

    assets: tuple[EstateAsset, ...] = ()
    groups: tuple[EstateGroup, ...] = ()
    files: tuple[str, ...] = Field(default=())  #: names in the file library

    def group(self, name: str) -> EstateGroup | None:
        """The group of exactly that name."""
        return next((g for g in self.groups if g.name == name), None)

    def group_names_below(self, name: str) -> frozenset[str]:
        """The group itself and every group under it, cycles ignored."""
        seen: set[str] = set()
        waiting = [name]
        while waiting:
            current = waiting.pop()
            if current in seen:
                continue
            seen.add(current)
            if found := self.group(current):
                waiting.extend(found.children)
        return frozenset(seen)

    def members(self, group: str) -> Iterator[EstateAsset]:
        """The assets of a group at any depth, each once, in the estate's order."""
        names = self.group_names_below(group)
        return (a for a in self.assets if names.intersection(a.groups))
