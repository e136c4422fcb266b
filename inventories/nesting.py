# SPDX-License-Identifier: Apache-2.0
"""How asset groups contain one another: ancestors, depth, and cycles, which are refused."""

from collections.abc import Iterable, Mapping

from opsconductor.domain.assets import AssetGroup
from opsconductor.errors import InvalidInput


class GroupCycle(InvalidInput):
    """Asset groups contain one another in a circle."""

    code = "group-cycle"


def parents_of(groups: Iterable[AssetGroup]) -> dict[str, frozenset[str]]:
    """Group name → names of the groups it is directly in, whichever side of the pair said so."""
    parents: dict[str, set[str]] = {}
    for group in groups:
        parents.setdefault(group.name, set()).update(group.parents)
        for child in group.children:
            parents.setdefault(child, set()).add(group.name)
    return {name: frozenset(above) for name, above in parents.items()}


def ancestors(names: Iterable[str], parents: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The groups themselves and every group around them."""
    seen: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(parents.get(name, ()))
    return frozenset(seen)


def depths(parents: Mapping[str, frozenset[str]]) -> dict[str, int]:
    """Group name → length of the longest way from a group without parents, 0 for that one; GroupCycle on a circle."""
    refuse_cycles(parents)
    found: dict[str, int] = {}
    waiting = list(parents)
    while waiting:  # by hand: nesting may be deeper than Python's recursion
        name = waiting[-1]
        missing = [p for p in parents.get(name, ()) if p not in found]
        if missing:
            waiting.extend(missing)
            continue
        waiting.pop()
        found[name] = max((found[p] + 1 for p in parents.get(name, ())), default=0)
    return found


def refuse_cycles(parents: Mapping[str, frozenset[str]]) -> None:
    """Raise GroupCycle naming the groups of the first circle found."""
    done: set[str] = set()
    for start in sorted(parents):
        path: list[str] = []
        on_path: set[str] = set()
        waiting: list[tuple[str, bool]] = [(start, False)]
        while waiting:
            name, leaving = waiting.pop()
            if leaving:
                path.pop()
                on_path.discard(name)
                done.add(name)
            elif name in on_path:
                circle = [*path[path.index(name) :], name]
                raise GroupCycle(
                    f"Group {' is in '.join(repr(n) for n in circle)}.",
                    remedy="Take one of these groups out of the other.",
                    groups=circle,
                )
            elif name not in done:
                path.append(name)
                on_path.add(name)
                waiting.append((name, True))
                waiting.extend((p, False) for p in sorted(parents.get(name, ())))
