# SPDX-License-Identifier: Apache-2.0
"""Ways through named things that point at one another: nested groups, jump hosts."""

from collections import deque
from collections.abc import Iterable, Mapping


def find_way(start: str, goal: str, leads_to: Mapping[str, Iterable[str]]) -> list[str] | None:
    """The shortest way from `start` to `goal`, both included; None when there is none. Depth does not matter."""
    came_from: dict[str, str | None] = {start: None}
    waiting = deque([start])
    while waiting:
        name = waiting.popleft()
        if name == goal:
            return _trace(name, came_from)
        for following in leads_to.get(name, ()):
            if following not in came_from:
                came_from[following] = name
                waiting.append(following)
    return None


def _trace(goal: str, came_from: Mapping[str, str | None]) -> list[str]:
    way = []
    name: str | None = goal
    while name is not None:
        way.append(name)
        name = came_from[name]
    return way[::-1]
