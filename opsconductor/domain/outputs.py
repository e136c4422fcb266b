# SPDX-License-Identifier: Apache-2.0
"""Texts too large for a row: the event keeps their beginning and end, and says where the whole is. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from opsconductor.domain.base import Frozen

#: Where an event's data name the texts that are kept elsewhere: place in the data ("stdout", "results/3/stderr") →
#: {"sha256", "size"}. ansible-runner's own event has the same, with places from its top ("event_data/res/stdout").
KEPT = "opsc_kept"
#: Characters of each end that stay.
_END = 4000
#: A value that a step found out about itself is handed back to it on a retry: it stays whole, where it is.
_VALUES = "ansible_facts"


class KeptText(Frozen):
    """A text that is in the blob store."""

    sha256: str
    size: int  #: bytes of its UTF-8


def set_aside(value: Any, limit: int, keep: Callable[[str], KeptText], place: str = "") -> tuple[Any, dict[str, Any]]:
    """The JSON value with each text of more than `limit` bytes as its two ends, and place → {"sha256", "size"}.

    `keep` stores a text for good. What is not too large is not copied.
    """
    found: dict[str, Any] = {}
    if isinstance(value, str):
        if _is_long(value, limit):
            kept = keep(value)
            found[place] = kept.model_dump()
            return excerpt(value, kept.size), found
    elif isinstance(value, dict):
        for key, entry in _texts_first(value):
            inner = f"{place}/{key}" if place else str(key)
            if inner.removesuffix("_lines") in found:  # the same text once more
                value.pop(key)
            else:
                value = _replaced(value, key, entry, limit, keep, inner, found)
    elif isinstance(value, list):
        for number, entry in enumerate(value):
            if isinstance(entry, str | dict | list):
                inner = f"{place}/{number}" if place else str(number)
                value = _replaced(value, number, entry, limit, keep, inner, found)
    return value, found


def _replaced(
    value: Any, key: Any, entry: Any, limit: int, keep: Callable[[str], KeptText], place: str, found: dict[str, Any]
) -> Any:
    """`value` with its entry set aside where it is too large: a copy, where something has changed."""
    left, inner = set_aside(entry, limit, keep, place)
    if inner:
        value = value.copy() if not found else value
        value[key] = left
        found.update(inner)
    return value


def _texts_first(value: dict[str, Any]) -> list[tuple[str, Any]]:
    """Entries that can hold something large."""
    entries = [entry for entry in value.items() if entry[0] not in (_VALUES, KEPT)]
    texts = [entry for entry in entries if isinstance(entry[1], str)]
    return texts + [entry for entry in entries if isinstance(entry[1], dict | list)]


def excerpt(text: str, size: int) -> str:
    """Its first and last characters, and between them a line that says how much is not shown."""
    first, last = text[:_END], text[-_END:]
    shown = len(first.encode("utf-8", "replace")) + len(last.encode("utf-8", "replace"))
    return f"{first}\n[… {size - shown} of {size} bytes are not shown here: the whole is kept as an artifact …]\n{last}"


def kept_texts(data: Mapping[str, Any]) -> dict[str, KeptText]:
    """Place in an event's data → the whole text that belongs there."""
    found = data.get(KEPT)
    if not isinstance(found, Mapping):
        return {}
    return {str(place): KeptText.model_validate(entry) for place, entry in found.items()}


def below(kept: Mapping[str, Any], folder: str) -> dict[str, Any]:
    """The entries of a `KEPT` mapping under one place, named from there."""
    return {place.removeprefix(folder): entry for place, entry in kept.items() if place.startswith(folder)}


def _is_long(text: str, limit: int) -> bool:
    if len(text) <= limit // 4:  # at most four bytes each
        return False
    return len(text) > limit or len(text.encode("utf-8", "surrogateescape")) > limit
