# SPDX-License-Identifier: Apache-2.0
"""What a dry run says of a step on a target. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import unified_diff
from typing import Any

from opsconductor.domain.results import Result, ResultStatus
from opsconductor.domain.templates import CheckMode

#: Texts longer than this are only said to differ.
_LONGEST = 200_000


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
    told = [f"{key} {before[key]} → {after[key]}" for key in after if key in before and before[key] != after[key]]
    return ", ".join(told) or None


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
