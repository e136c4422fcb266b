# SPDX-License-Identifier: Apache-2.0
"""A selector resolved against the estate."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from functools import cached_property, lru_cache, partial

from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.estate import Estate, EstateAsset
from opsconductor.domain.plans import Selector, Step, Target
from planner.names import role_key

#: Selectors whose machines are remembered per estate: one request asks for the same ones again and again.
_REMEMBERED = 16
_Found = tuple[tuple[EstateAsset, ...], tuple[str, ...]]


def matching(selector: Selector, estate: Estate) -> tuple[EstateAsset, ...]:
    """The assets a selector names, in natural order of their names; a count is not applied yet."""
    return _found(selector, estate)[0]


def resolve(selector: Selector, estate: Estate) -> tuple[str, ...]:
    """Names of the assets a selector names, in natural order, at most `count` of them."""
    names = _found(selector, estate)[1]
    if selector.count is None or selector.count >= len(names):
        return names
    # Counted from the front: a slice from -0 on would be all of them.
    return names[len(names) - selector.count :] if selector.count_from == "last" else names[: selector.count]


def as_targets(names: tuple[str, ...], estate: Estate) -> tuple[Target, ...]:
    """Targets of those names, with the groups they are in at any depth."""
    made: dict[str, Target] = estate.kept.setdefault("targets", {})
    for name in names if len(made) < len(estate.assets) else ():
        if name not in made:
            asset = estate.asset(name)
            over = ConnectionKind.TELNET if asset.telnet else None
            made[name] = Target(name=name, platform=asset.platform, groups=estate.above(asset.groups), connection=over)
    return tuple(map(made.__getitem__, names))


def _found(selector: Selector, estate: Estate) -> _Found:
    if selector == Selector():
        return (), ()
    find: Callable[[Selector], _Found] | None = estate.kept.get("found")
    if find is None:
        find = estate.kept["found"] = lru_cache(_REMEMBERED)(partial(_find, estate))
    return find(selector.model_copy(update={"count": None, "count_from": "all"}))


class Reach:
    """Which targets of a plan its steps concern; worked out once for all steps without machines of their own."""

    def __init__(self, targets: tuple[Target, ...], names: tuple[str, ...]) -> None:
        self.targets = targets
        self.names = names  #: of the targets
        self._whole = Counter([t.platform for t in targets])
        self._telnet = frozenset([t.name for t in targets if t.connection is ConnectionKind.TELNET])
        self._able: dict[frozenset[Platform], tuple[str, ...]] = {}

    @cached_property
    def _platforms(self) -> dict[str, Platform]:
        return {t.name: t.platform for t in self.targets}

    def systems(self, step: Step) -> Counter[Platform]:
        """How many targets of each platform a step concerns."""
        if step.hosts is None:
            return self._whole
        return Counter(self._platforms[name] for name in set(step.hosts) if name in self._platforms)

    def among(self, step: Step, names: Collection[str]) -> tuple[str, ...]:
        """Those of some targets that a step concerns, in the order of the targets."""
        wanted = frozenset(names) if step.hosts is None else frozenset(names).intersection(step.hosts)
        return tuple([name for name in self.names if name in wanted]) if wanted else ()

    def over_telnet(self, step: Step) -> tuple[str, ...]:
        """Names of the targets a step concerns that nothing but telnet leads to."""
        return self.among(step, self._telnet) if self._telnet else ()

    def able(self, step: Step, platforms: tuple[Platform, ...]) -> tuple[str, ...]:
        """Names of the targets a step concerns that run one of these platforms."""
        if step.hosts is not None:
            return tuple(name for name in step.hosts if self._platforms.get(name) in platforms)
        wanted = frozenset(platforms)
        if wanted >= self._whole.keys():
            return self.names
        if wanted not in self._able:
            self._able[wanted] = tuple([t.name for t in self.targets if t.platform in wanted])
        return self._able[wanted]


def _find(estate: Estate, selector: Selector) -> _Found:
    ordered = estate.ordered
    found: Iterable[EstateAsset] = ordered
    if selector.hosts or selector.groups:
        found = [ordered[place] for place in sorted(_places(selector.hosts, selector.groups, estate))]
    if selector.exclude:
        excluded = {ordered[place].name for place in _places(selector.exclude, selector.exclude, estate)}
        found = [a for a in found if a.name not in excluded]
    if selector.os is not None:
        found = [a for a in found if a.platform is selector.os]
    if selector.os_version is not None:
        versions = {v for v in {a.os_version for a in ordered} if _is_version(selector.os_version, v)}
        found = [a for a in found if a.os_version in versions]
    if selector.role is not None and not _said_by_names(selector):
        wanted = role_key(selector.role)
        roles = {r for r in {a.role for a in ordered} if role_key(r or "") == wanted}
        found = [a for a in found if a.role in roles]
    return tuple(found), tuple([a.name for a in found])


def _places(hosts: tuple[str, ...], groups: tuple[str, ...], estate: Estate) -> set[int]:
    places = {estate.place_of[name] for name in hosts if name in estate.place_of}
    return places.union(*(estate.places(group) for group in groups))


def _said_by_names(selector: Selector) -> bool:
    """Whether the role is but a part of the group's own name: "web servers in 'Production Web'"."""
    role = (selector.role or "").casefold()
    return bool(selector.groups) and all(role in group.casefold().split() for group in selector.groups)


def _is_version(wanted: str, actual: str | None) -> bool:
    have = (actual or "").casefold().split()
    return all(any(h == w or h.startswith(w + ".") for h in have) for w in wanted.casefold().split())
