# SPDX-License-Identifier: Apache-2.0
"""PowerShell values in Python: objects with properties, truth, text, comparison, JSON."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

#: .NET ticks and file times count from this moment.
_FILE_TIME_EPOCH = dt.datetime(1601, 1, 1, tzinfo=dt.UTC)


@dataclass
class Thing:
    """An object: a .NET type name and properties in order. Property names are case-insensitive."""

    kind: str
    properties: dict[str, Any] = field(default_factory=dict)
    #: What `"$thing"` gives; the type name if empty.
    text: str = ""
    #: Properties a table or list shows when none are asked for.
    shown: tuple[str, ...] = ()
    #: Methods by name in lower case.
    methods: dict[str, Callable[..., Any]] = field(default_factory=dict, compare=False)

    def get(self, name: str) -> Any:
        return lookup(self.properties, name)


@dataclass(frozen=True)
class DotNetType:
    """A type as a value: `[System.IO.File]`."""

    name: str


def lookup(mapping: dict[Any, Any], name: Any) -> Any:
    """The entry of that name, whatever the case; None if there is none."""
    if name in mapping:
        return mapping[name]
    low = str(name).lower()
    return next((value for key, value in mapping.items() if str(key).lower() == low), None)


def put(mapping: dict[Any, Any], name: Any, value: Any) -> None:
    """Sets the entry of that name, whatever the case."""
    low = str(name).lower()
    key = next((key for key in mapping if str(key).lower() == low), name)
    mapping[key] = value


def as_list(value: Any) -> list[Any]:
    """What a pipeline makes of a value: nothing for null, the elements of a list, else the value."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def from_list(values: list[Any]) -> Any:
    """What an expression makes of a pipeline's output."""
    return None if not values else values[0] if len(values) == 1 else values


def truth(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) if len(value) != 1 else truth(value[0])
    if isinstance(value, dict | Thing | dt.datetime):
        return True
    return bool(value)


def text(value: Any, separator: str = " ") -> str:
    """As in a string: `"$value"`."""
    match value:
        case None:
            return ""
        case bool():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case list():
            return separator.join(text(one) for one in value)
        case dict():
            return "System.Collections.Hashtable"
        case Thing():
            if value.kind.endswith("PSCustomObject"):
                inside = "; ".join(f"{key}={text(one)}" for key, one in value.properties.items())
                return f"@{{{inside}}}"
            return value.text or value.kind
        case dt.datetime():
            return value.strftime("%m/%d/%Y %H:%M:%S")
        case DotNetType():
            return value.name
        case bytes():
            return " ".join(str(byte) for byte in value)
    return str(value)


def number(value: Any) -> int | float | None:
    """The number in a value; None if there is none."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value
    if value is None:
        return 0
    if isinstance(value, str):
        try:
            return int(value, 0) if not value.strip().lstrip("+-").startswith("0") else float(value)
        except ValueError:
            try:
                return float(value)
            except ValueError:
                return None
    return None


def property_of(value: Any, name: str) -> Any:
    """A property; of a list the property of its elements, but Count and Length are the list's."""
    low = name.lower()
    match value:
        case Thing():
            found = value.get(name)
            return 1 if found is None and low in ("count", "length") else found
        case dict():
            found = lookup(value, name)
            specials = {"count": len(value), "keys": list(value), "values": list(value.values())}
            return specials.get(low) if found is None else found
        case list():
            if low in ("count", "length"):
                return len(value)
            return from_list([one for item in value for one in as_list(property_of(item, name))]) if value else None
        case str():
            return {"length": len(value), "count": 1}.get(low)
        case dt.datetime():
            return _moment_part(value, low)
        case dt.timedelta():
            seconds = value.total_seconds()
            scale = {"totalseconds": 1, "totalminutes": 60, "totalhours": 3600, "totaldays": 86400}
            if low in scale:
                return seconds / scale[low]
            return seconds * 1000 if low == "totalmilliseconds" else {"days": value.days}.get(low)
        case None:
            return 0 if low in ("count", "length") else None
    return 1 if low in ("count", "length") else None


def _moment_part(value: dt.datetime, name: str) -> Any:
    if name == "ticks":
        return int((value - dt.datetime(1, 1, 1, tzinfo=dt.UTC)).total_seconds() * 10_000_000)
    if name == "date":
        return value.replace(hour=0, minute=0, second=0, microsecond=0)
    return getattr(value, name, None) if name in ("year", "month", "day", "hour", "minute", "second") else None


def file_time(value: dt.datetime) -> int:
    """100 ns steps since 1601."""
    return (value - _FILE_TIME_EPOCH) // dt.timedelta(microseconds=1) * 10


def from_file_time(steps: int) -> dt.datetime:
    """The moment of so many steps of 100 ns since 1601."""
    return _FILE_TIME_EPOCH + dt.timedelta(microseconds=steps // 10)


def moment(seconds: float) -> dt.datetime:
    """A time of the Unix epoch as a DateTime."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def plain(value: Any, depth: int = 2) -> Any:
    """JSON-ready; what lies deeper than `depth` becomes text."""
    match value:
        case Thing() | dict():
            if depth < 0:
                return text(value)
            entries = value.properties if isinstance(value, Thing) else value
            if isinstance(value, Thing) and not entries:
                return text(value)
            return {str(key): plain(one, depth - 1) for key, one in entries.items()}
        case list():
            return [plain(one, depth - 1) for one in value] if depth >= 0 else text(value)
        case dt.datetime():
            return value.isoformat()
        case bytes():
            return list(value)
        case None | bool() | int() | float() | str():
            return value
    return text(value)
