# SPDX-License-Identifier: Apache-2.0
"""What the planner may know of the asset database: names and kinds, addresses to look names up by, no credential."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, cached_property
from typing import Any

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from opsconductor.domain.base import Frozen, Platform
from opsconductor.domain.names import natural_key


# With slots: an estate may have a hundred thousand of them.
@dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class EstateAsset:
    """One machine as the planner sees it."""

    name: str
    platform: Platform
    groups: tuple[str, ...] = ()  #: directly
    role: str | None = None
    os_version: str | None = None
    tags: tuple[str, ...] = ()
    telnet: bool = False  #: nothing but telnet leads to it: it takes commands only, and passwords are read on the way


class EstateGroup(Frozen):
    """One asset group as the planner sees it."""

    name: str
    children: tuple[str, ...] = ()
    critical: bool = False


class Estate(Frozen):
    """The named things a request may speak of. Group membership is transitive through `children`.

    What is looked up again and again is worked out once, when it is first asked for: take a new estate rather
    than a copy with changes.
    """

    assets: tuple[EstateAsset, ...] = ()
    groups: tuple[EstateGroup, ...] = ()
    files: tuple[str, ...] = Field(default=())  #: names in the file library
    #: Address → name of the one asset that has it. For looking a name up by what was typed: never listed, never
    #: offered, never given to a model.
    addresses: Mapping[str, str] = Field(default_factory=dict, repr=False)

    @cached_property
    def ordered(self) -> tuple[EstateAsset, ...]:
        """All assets in the natural order of their names."""
        return tuple(sorted(self.assets, key=lambda asset: natural_key(asset.name)))

    @cached_property
    def place_of(self) -> dict[str, int]:
        """Asset name → place in `ordered`."""
        return {asset.name: place for place, asset in enumerate(self.ordered)}

    @cached_property
    def critical(self) -> frozenset[str]:
        """Names of the assets in critical groups, at any depth."""
        marked = [group.name for group in self.groups if group.critical]
        return frozenset(self.ordered[place].name for group in marked for place in self.places(group))

    @cached_property
    def above(self) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
        """From the groups an asset is in directly to all groups it is in, sorted."""
        parents: dict[str, list[str]] = {}
        for group in self._groups.values():
            for child in group.children:
                parents.setdefault(child, []).append(group.name)

        @cache
        def found(direct: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(sorted(name for name in _reached(direct, parents) if name in self._groups))

        return found

    @cached_property
    def kept(self) -> dict[str, Any]:
        """What readers of this estate have worked out about it, each under a key of its own."""
        return {}

    def asset(self, name: str) -> EstateAsset:
        """The asset of exactly that name. Raises KeyError."""
        return self.ordered[self.place_of[name]]

    def group(self, name: str) -> EstateGroup | None:
        """The group of exactly that name."""
        return self._groups.get(name)

    def group_names_below(self, name: str) -> frozenset[str]:
        """The group itself and every group under it, cycles ignored."""
        return _reached((name,), self._children)

    def places(self, group: str) -> set[int]:
        """Places in `ordered` of the assets of a group at any depth."""
        return {place for name in self.group_names_below(group) for place in self._places.get(name, ())}

    def members(self, group: str) -> Iterator[EstateAsset]:
        """The assets of a group at any depth, each once, in natural order."""
        return (self.ordered[place] for place in sorted(self.places(group)))

    @cached_property
    def _groups(self) -> dict[str, EstateGroup]:
        return {group.name: group for group in reversed(self.groups)}

    @cached_property
    def _children(self) -> dict[str, tuple[str, ...]]:
        return {name: group.children for name, group in self._groups.items() if group.children}

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = {}
        for place, asset in enumerate(self.ordered):
            for group in asset.groups:
                places.setdefault(group, []).append(place)
        return places


def _reached(names: Iterable[str], following: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """The names and all that can be reached from them."""
    seen: set[str] = set()
    waiting = [*names]
    while waiting:
        current = waiting.pop()
        if current not in seen:
            seen.add(current)
            waiting.extend(following.get(current, ()))
    return frozenset(seen)
