# SPDX-License-Identifier: Apache-2.0
"""Ranges of machines: `web-[01:04]`, `web-01..04`, `web-01 through web-04`."""

import re
from collections.abc import Iterator

from planner.names import NameIndex, host_key


def expand(text: str) -> Iterator[str]:
    """Names of a host range: web-[01:04], a-01..05, a-01..a-05. At most 1000; the width of the first number is kept."""
    if listed := re.fullmatch(r"(.*?)[\[{](\d+(?:,\s?\d+)+)[\]}](.*)", text):
        yield from (f"{listed[1]}{number.strip()}{listed[3]}" for number in listed[2].split(","))
        return
    match = re.fullmatch(r"(.*?)[\[{](\d+)\s?(?::|-|\.\.)\s?(\d+)[\]}](.*)", text) or re.fullmatch(
        r"(.*?)(\d+)\.\.+(?:[A-Za-z][\w-]*?)?(\d+)()", text
    )
    if match is None:
        return
    first, last = int(match[2]), int(match[3])
    for number in range(first, min(last, first + 999) + 1):
        yield f"{match[1]}{number:0{len(match[2])}d}{match[4]}"


def between(first: str, stop: str, index: NameIndex) -> tuple[tuple[str, ...], list[str]]:
    """Known and missing names of a run from one machine to another of the same letters."""
    start_key, stop_key = (re.fullmatch(r"(.*?)(\d+)", host_key(n)) for n in (first, stop))
    if start_key is None or stop_key is None or start_key[1] != stop_key[1]:
        return (), []
    known, missing = [], []
    for number in range(int(start_key[2]), min(int(stop_key[2]), int(start_key[2]) + 999) + 1):
        found = index.host(f"{start_key[1]}{number}")
        if found:
            known.append(found.name)
        else:
            missing.append(f"{start_key[1]}{number}")
    return tuple(known), missing


def hyphenated(text: str, index: NameIndex) -> tuple[str, ...]:
    """The machines of `web-01-web-04` or `web01-04`; none unless every one of them is there."""
    for hyphen in re.finditer("-", text):
        first, stop = text[: hyphen.start()], text[hyphen.end() :]
        if stop.isdecimal():
            stop = first.rstrip("0123456789") + stop
        if index.host(first) and index.host(stop):
            known, missing = between(first, stop, index)
            return () if missing else known
    return ()
