# SPDX-License-Identifier: Apache-2.0
"""Host ranges of Ansible inventories: `web[01:50]`, `db-[a:f]`, `rack[1:9:2]-[01:02]`, with an optional port."""

import re
import string
from collections.abc import Iterator
from itertools import product

from opsconductor.errors import InvalidInput

#: One pattern may not stand for more hosts than this.
_MOST = 50_000
_RANGE = re.compile(r"\[([0-9]+|[A-Za-z]):([0-9]+|[A-Za-z])(?::([0-9]+))?\]")
_BRACKETED = re.compile(r"\[([0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)\](?::([0-9]+))?")
_WITH_PORT = re.compile(r"([^:]*):([0-9]+)")


def expand(pattern: str) -> tuple[list[str], int | None]:
    """The hosts a pattern stands for and the port behind it; InvalidInput for a bad or endless range."""
    if address := _BRACKETED.fullmatch(pattern):
        return [address[1]], _port(address[2])
    port: int | None = None
    masked = _RANGE.sub(lambda found: "x" * len(found[0]), pattern)
    if (found := _WITH_PORT.fullmatch(masked)) is not None:
        port = _port(found[2])
        pattern = pattern[: found.end(1)]
    parts: list[list[str]] = []
    place = 0
    for found in _RANGE.finditer(pattern):
        parts += [[pattern[place : found.start()]], list(_values(found))]
        place = found.end()
    if "[" in (rest := pattern[place:]) or "]" in rest:
        raise InvalidInput(f"{pattern!r} is no host and no range like web[01:50].")
    parts.append([rest])
    size = 1
    for part in parts:
        size *= len(part)
    if size > _MOST:
        raise InvalidInput(f"{pattern!r} stands for {size:,} hosts; {_MOST:,} is the most.")
    return ["".join(chosen) for chosen in product(*parts)], port


def _values(found: re.Match[str]) -> Iterator[str]:
    low, high, step = found[1], found[2], int(found[3] or 1)
    if step < 1 or low.isdigit() != high.isdigit():
        raise InvalidInput(f"{found[0]!r} is no range like [01:50] or [a:f].")
    if not low.isdigit():
        letters = string.ascii_letters
        yield from letters[letters.index(low) : letters.index(high) + 1 : step]
        return
    if len(low) > 1 and low.startswith("0") and len(low) != len(high):
        raise InvalidInput(f"{found[0]!r} begins with zeros, so both ends need the same number of digits.")
    first, last = int(low), int(high)
    if last < first or (last - first) // step >= _MOST:
        raise InvalidInput(f"{found[0]!r} is empty or stands for more than {_MOST:,} hosts.")
    width = len(low) if low.startswith("0") else 0
    yield from (str(number).zfill(width) for number in range(first, last + 1, step))


def _port(text: str | None) -> int | None:
    if text is None:
        return None
    if not 0 < int(text[:6]) <= 65535:
        raise InvalidInput(f"{text} is no port.")
    return int(text)
