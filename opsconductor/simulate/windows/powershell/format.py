# SPDX-License-Identifier: Apache-2.0
"""How PowerShell's console shows objects: tables, lists, plain text."""

from __future__ import annotations

from typing import Any

from opsconductor.simulate.windows.powershell.value import Thing, property_of, text

#: Objects with more properties than this are listed, not put in a table.
_TABLE_COLUMNS = 4


def _columns(items: list[Any], names: list[str]) -> list[str]:
    if names:
        return names
    first = items[0]
    if isinstance(first, dict):
        return ["Name", "Value"]
    return list(first.shown or first.properties)


def table(items: list[Any], names: list[str]) -> str:
    """Columns as wide as their widest value; numbers to the right."""
    if not items:
        return ""
    if isinstance(items[0], dict):
        items = [Thing("entry", {"Name": key, "Value": value}) for item in items for key, value in item.items()]
    columns = _columns(items, names)
    rows = [[text(property_of(item, name)) for name in columns] for item in items]
    widths = [max(len(name), *(len(row[at]) for row in rows)) for at, name in enumerate(columns)]
    right = [all(isinstance(property_of(item, name), int | float) for item in items) for name in columns]

    def line(cells: list[str]) -> str:
        placed = [c.rjust(w) if r else c.ljust(w) for c, w, r in zip(cells, widths, right, strict=True)]
        return " ".join(placed).rstrip()

    return "\r\n".join(["", line(columns), line(["-" * len(name) for name in columns]), *map(line, rows), "", ""])


def listing(items: list[Any], names: list[str]) -> str:
    """One `name : value` line for each property."""
    blocks = []
    for item in items:
        values = item if isinstance(item, dict) else item.properties if isinstance(item, Thing) else {"": item}
        columns = names or list(values)
        width = max((len(name) for name in columns), default=0)
        blocks.append("\r\n".join(f"{name.ljust(width)} : {text(property_of(item, name))}" for name in columns))
    return "\r\n" + "\r\n\r\n".join(blocks) + "\r\n\r\n" if blocks else ""


def console(values: list[Any]) -> str:
    """What the console shows for a pipeline's output."""
    shown: list[str] = []
    group: list[Any] = []

    def flush() -> None:
        if group:
            first = group[0]
            wide = isinstance(first, Thing) and not first.shown and len(first.properties) > _TABLE_COLUMNS
            shown.append(listing(group, []) if wide else table(group, []))
            group.clear()

    for value in values:
        structured = isinstance(value, dict) or (
            isinstance(value, Thing) and bool(value.properties) and not _is_plain(value)
        )
        if structured:
            if group and type(group[0]) is not type(value):
                flush()
            group.append(value)
        else:
            flush()
            line = text(value)
            shown.append(line if line.endswith("\r\n") else line + "\r\n")
    flush()
    return "".join(shown)


def _is_plain(value: Thing) -> bool:
    """Error records and paths are shown as their text."""
    return value.kind.endswith(("ErrorRecord", "PathInfo", "Version", "MatchInfo"))
