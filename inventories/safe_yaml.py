# SPDX-License-Identifier: Apache-2.0
"""YAML of strangers: data with line numbers, no objects, bounded in depth and in what aliases expand to.

Built from parser events. The composer of libyaml recurses without a limit, and aliases of aliases grow exponentially.
"""

from collections.abc import Iterator
from typing import Any, TypeAlias

import yaml

from inventories.import_set import Note, bad_source

_DEEPEST = 64
_MOST_NODES = 2_000_000
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_MERGE = "<<"


class Vaulted:
    """A value encrypted with ansible-vault, which cannot be read here."""


class YamlMap(dict[str, "YamlValue"]):
    """A mapping with the line it begins at and the line of every key (1-based)."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}


class YamlList(list["YamlValue"]):
    """A sequence with the line it begins at (1-based)."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line


#: Scalars are the text as written; only an unquoted null is None.
YamlValue: TypeAlias = "str | Vaulted | YamlMap | YamlList | None"


def load(text: str, source: str) -> YamlValue:
    """The one document in `text`; BadSource with the line for anything that is not plain, bounded data."""
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _Reader(yaml.parse(text, Loader=loader), source).document()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise bad_source(source, [Note(line=line, message=f"no valid YAML: {error.problem}")]) from error
    except yaml.YAMLError as error:
        raise bad_source(source, [Note(message=f"no valid YAML: {error}")]) from error


class _Reader:
    def __init__(self, events: Iterator[Any], source: str) -> None:
        self.events = events
        self.source = source
        self.anchors: dict[str, tuple[YamlValue, int]] = {}
        self.nodes = 0

    def document(self) -> YamlValue:
        value: YamlValue = None
        documents = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self.bad(event, "it holds a second document; one file holds one")
                value = self.value(next(self.events), 0)
        return value

    def value(self, event: Any, depth: int) -> YamlValue:
        """The value that begins with `event`."""
        if depth > _DEEPEST:
            raise self.bad(event, f"nested deeper than {_DEEPEST} levels")
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event)
        before = self.nodes
        self.count(event, 1)
        value: YamlValue
        if isinstance(event, yaml.ScalarEvent):
            value = self.scalar(event)
        elif isinstance(event, yaml.MappingStartEvent):
            value = self.mapping(event, depth)
        else:
            value = self.sequence(event, depth)
        if event.anchor:
            self.anchors[event.anchor] = (value, self.nodes - before)
        return value

    def alias(self, event: Any) -> YamlValue:
        if event.anchor not in self.anchors:
            raise self.bad(event, f"*{event.anchor} stands before or inside what it names")
        value, size = self.anchors[event.anchor]
        self.count(event, size)
        return value

    def scalar(self, event: Any) -> YamlValue:
        if event.tag == "!vault":
            return Vaulted()
        if event.tag and event.tag not in ("!", "!unsafe") and not event.tag.startswith("tag:yaml.org,2002:"):
            raise self.bad(event, f"the tag {event.tag} is not known here")
        if event.implicit[0] and event.value in _NULLS:
            return None
        return str(event.value)

    def mapping(self, event: Any, depth: int) -> YamlMap:
        found = YamlMap(event.start_mark.line + 1)
        merged: list[YamlValue] = []
        while not isinstance(key_event := next(self.events), yaml.MappingEndEvent):
            key = self.value(key_event, depth + 1)
            value = self.value(next(self.events), depth + 1)
            if not isinstance(key, str):
                raise self.bad(key_event, "a key is no text")
            if key == _MERGE and key_event.implicit[0]:
                merged.extend(value if isinstance(value, YamlList) else [value])
                continue
            if key in found:
                raise self.bad(key_event, f"the key {key!r} stands here and on line {found.lines[key]}")
            found[key] = value
            found.lines[key] = key_event.start_mark.line + 1
        for other in merged:
            if not isinstance(other, YamlMap):
                raise self.bad(event, "<< merges something that is no mapping")
            for key in other.keys() - found.keys():
                found[key], found.lines[key] = other[key], other.lines[key]
        return found

    def sequence(self, event: Any, depth: int) -> YamlList:
        found = YamlList(event.start_mark.line + 1)
        while not isinstance(item := next(self.events), yaml.SequenceEndEvent):
            found.append(self.value(item, depth + 1))
        return found

    def count(self, event: Any, more: int) -> None:
        self.nodes += more
        if self.nodes > _MOST_NODES:
            raise self.bad(event, f"it expands to more than {_MOST_NODES:,} values")

    def bad(self, event: Any, message: str) -> Exception:
        return bad_source(self.source, [Note(line=event.start_mark.line + 1, message=message)])
