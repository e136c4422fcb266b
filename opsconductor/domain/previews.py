# SPDX-License-Identifier: Apache-2.0
"""What a dry run says of a step on a target. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import unified_diff
from typing import Any

from opsconductor.domain.results import Result, ResultStatus
from opsconductor.domain.templates import CheckMode

#: Where an event's data keep what `told_diffs` said of the result; the differences themselves are not kept.
TOLD = "opsc_diffs"
#: Texts longer than this are only said to differ.
_LONGEST = 200_000
#: Values longer than this are content: they are only said to differ.
_LONGEST_VALUE = 80
#: What makes a mapping a difference as Ansible tells it.
_SIDES = frozenset({"before", "after", "prepared"})


def foreseen(check_mode: CheckMode, result: Result, labels: Mapping[str, str], diffs: Sequence[str]) -> str:
    """The message of a cell that a dry run has finished; `diffs` are what its tasks would change."""
    if check_mode is CheckMode.NONE:
        return "cannot be previewed: only a real run shows what it changes"
    rest = " (not all of it can be foreseen)" if check_mode is CheckMode.PARTIAL else ""
    if result.status is not ResultStatus.CHANGED:
        state = result.state or result.facts.get("state")
        return "nothing would change" + (f": {labels.get(state, state)}" if isinstance(state, str) else "") + rest
    goal = result.facts.get("goal")
    parts = [f"would be {labels.get(goal, goal)}" if isinstance(goal, str) else "would change", *diffs]
    return "; ".join(dict.fromkeys(parts)) + rest


def without_diffs(data: Mapping[str, Any]) -> dict[str, Any]:
    """A task's result as it is kept: the short sentences about its differences, under `TOLD`, in their place.

    The differences hold whole files as they were and would be, which a dry run reads without an approval.
    """
    kept = {key: _without(value) for key, value in data.items() if key not in ("diff", TOLD)}
    told = told_diffs(data)
    return kept | {TOLD: told} if told else kept


def kept_diffs(data: Mapping[str, Any]) -> list[str]:
    """The sentences in an event's data; of events stored with whole differences, told anew."""
    told = data.get(TOLD)
    return [text for text in told if isinstance(text, str)] if isinstance(told, list) else told_diffs(data)


def _without(value: Any) -> Any:
    """The same JSON value without the differences of items, and of results that an item or a fact repeats."""
    if isinstance(value, Mapping):
        return {key: _without(entry) for key, entry in value.items() if key != "diff" or not _is_diff(entry)}
    return [_without(entry) for entry in value] if isinstance(value, list) else value


def _is_diff(value: Any) -> bool:
    if isinstance(value, list):
        return any(_is_diff(entry) for entry in value)
    return isinstance(value, Mapping) and not _SIDES.isdisjoint(value)


def told_diffs(data: Mapping[str, Any]) -> list[str]:
    """One short sentence for each difference that a task's result holds, those of its items included."""
    items = [item for item in data.get("results") or [] if isinstance(item, Mapping)]
    found = data.get("diff")
    entries = found if isinstance(found, list) else [found]
    told = [text for entry in entries if isinstance(entry, Mapping) and (text := _told(entry))]
    return [*told, *(text for item in items for text in told_diffs(item))]


def _told(diff: Mapping[str, Any]) -> str | None:
    before, after = diff.get("before"), diff.get("after")
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return _values(before, after)
    if isinstance(before, str) and isinstance(after, str) and before != after:
        where = diff.get("after_header") or diff.get("before_header")
        return _lines(before, after, where if isinstance(where, str) else "")
    return None


def _values(before: Mapping[str, Any], after: Mapping[str, Any]) -> str | None:
    """ "mode 0644 → 0600"; what is the same on both sides, and paths, are left out."""
    told = [_value(key, before[key], after[key]) for key in after if key in before and before[key] != after[key]]
    return ", ".join(told) or None


def _value(key: str, before: Any, after: Any) -> str:
    """ "mode 0644 → 0600"; of what is no short value only that it differs."""
    short = all(
        not isinstance(side, Mapping | list) and len(str(side)) <= _LONGEST_VALUE and "\n" not in str(side)
        for side in (before, after)
    )
    return f"{key} {before} → {after}" if short else f"another {key}"


def _lines(before: str, after: str, where: str) -> str:
    """ "2 lines more, 1 less in /etc/motd"."""
    place = f" in {where.removesuffix(' (content)')}" if where else ""
    if len(before) + len(after) > _LONGEST:
        return f"another content{place}"
    added, removed = _counts(unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0))
    return f"+{added} −{removed} lines{place}"


def _counts(lines: Iterable[str]) -> tuple[int, int]:
    changed = list(_changed(lines))
    return changed.count("+"), changed.count("-")


def _changed(lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if number > 1 and line[:1] in ("+", "-"):  # the first two lines name the two sides
            yield line[0]
