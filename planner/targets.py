# SPDX-License-Identifier: Apache-2.0
"""A selector resolved against the estate."""

from opsconductor.domain.estate import Estate, EstateAsset
from opsconductor.domain.plans import Selector, Target
from planner.names import natural_key, role_key


def matching(selector: Selector, estate: Estate) -> tuple[EstateAsset, ...]:
    """The assets a selector names, in natural order of their names; a count is not applied yet."""
    if selector == Selector():
        return ()
    wanted = set(selector.hosts)
    for group in selector.groups:
        wanted |= {a.name for a in estate.members(group)}
    restricted = bool(selector.hosts or selector.groups)
    excluded = set(selector.exclude)
    for name in selector.exclude:
        excluded |= {a.name for a in estate.members(name)}
    named_roles = _said_by_names(selector)
    found = [
        a
        for a in estate.assets
        if (a.name in wanted or not restricted)
        and a.name not in excluded
        and (selector.os is None or a.platform is selector.os)
        and (selector.os_version is None or _is_version(selector.os_version, a.os_version))
        and (selector.role is None or named_roles or role_key(a.role or "") == role_key(selector.role))
    ]
    return tuple(sorted(found, key=lambda a: natural_key(a.name)))


def resolve(selector: Selector, estate: Estate) -> tuple[str, ...]:
    """Names of the assets a selector names, in natural order, at most `count` of them."""
    names = tuple(a.name for a in matching(selector, estate))
    if selector.count is None or selector.count >= len(names):
        return names
    # Counted from the front: a slice from -0 on would be all of them.
    return names[len(names) - selector.count :] if selector.count_from == "last" else names[: selector.count]


def as_targets(names: tuple[str, ...], estate: Estate) -> tuple[Target, ...]:
    """Targets of those names, with the groups they are in at any depth."""
    assets = {a.name: a for a in estate.assets}
    above: dict[str, set[str]] = {}
    for group in estate.groups:
        for below in estate.group_names_below(group.name):
            above.setdefault(below, set()).add(group.name)
    found = []
    for name in names:
        asset = assets[name]
        groups = tuple(sorted({g for direct in asset.groups for g in above.get(direct, ())}))
        found.append(Target(name=name, platform=asset.platform, groups=groups))
    return tuple(found)


def _said_by_names(selector: Selector) -> bool:
    """Whether the role is but a part of the group's own name: "web servers in 'Production Web'"."""
    role = (selector.role or "").casefold()
    return bool(selector.groups) and all(role in group.casefold().split() for group in selector.groups)


def _is_version(wanted: str, actual: str | None) -> bool:
    have = (actual or "").casefold().split()
    return all(any(h == w or h.startswith(w + ".") for h in have) for w in wanted.casefold().split())
