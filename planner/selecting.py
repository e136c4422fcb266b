# SPDX-License-Identifier: Apache-2.0
"""Target phrases into one selector, or into the question which of two was meant."""

from dataclasses import dataclass
from math import ceil

from opsconductor.domain.estate import Estate
from opsconductor.domain.plans import Choice, Question, Selector
from planner.names import NameIndex
from planner.qualities import Unknown
from planner.scope import Phrase
from planner.targets import resolve


@dataclass(frozen=True, slots=True)
class Selection:
    """What some phrases select; `question` where that is not clear."""

    selector: Selector
    question: Question | None = None


def select(phrases: tuple[Phrase, ...], index: NameIndex) -> Selection:
    """One selector for phrases said of the same thing: the narrower wins, a contradiction is asked about."""
    unknown = [u for p in phrases for u in p.unknown]
    exclude = tuple(dict.fromkeys(name for p in phrases for name in p.exclude))
    selectors = [_selector(p, index) for p in phrases if p.names_something]
    chosen = Selector()
    question = ask_unknown(unknown[0], index) if unknown else None
    for selector in selectors:
        merged = merge(chosen, selector, index)
        if merged is None:
            question = question or _which(chosen, selector, index)
        else:
            chosen = merged
    return Selection(chosen.model_copy(update={"exclude": exclude}), question)


def union(selectors: list[Selector], estate: Estate) -> Selector:
    """Everything any of the selectors selects; by names of machines where their filters differ."""
    first = selectors[0]
    filters = {(s.role, s.os, s.os_version, s.count, s.count_from, s.exclude) for s in selectors}
    if len(filters) > 1 or any(not (s.groups or s.hosts) for s in selectors):
        return Selector(hosts=tuple(dict.fromkeys(name for s in selectors for name in resolve(s, estate))))
    return Selector(
        groups=tuple(dict.fromkeys(g for s in selectors for g in s.groups)),
        hosts=tuple(dict.fromkeys(h for s in selectors for h in s.hosts)),
        role=first.role if all(s.role == first.role for s in selectors) else None,
        os=first.os if all(s.os == first.os for s in selectors) else None,
        os_version=first.os_version if all(s.os_version == first.os_version for s in selectors) else None,
        exclude=tuple(dict.fromkeys(n for s in selectors for n in s.exclude)),
        everything=any(s.everything for s in selectors),
    )


def ask_unknown(unknown: Unknown, index: NameIndex) -> Question:
    """The question about a name that names nothing, with the nearest names as answers."""
    near = index.near(unknown.text)
    hint = (
        f"Did you mean {' or '.join(repr(n) for n in near)}?" if near else "See `opsc groups list`, `opsc assets list`."
    )
    return Question(
        id="targets",
        text=f"There is no group or machine '{unknown.text}'. {hint}",
        choices=tuple(index.choice(name) for name in near),
    )


def describe(selector: Selector) -> str:
    """A selector in words: "25 Windows machines of group 'CIS servers'"."""
    which = "" if selector.count_from == "all" else f"the {selector.count_from} "
    number = f"{selector.count} " if selector.count is not None else ""
    system = selector.os_version or (selector.os.value.capitalize() if selector.os else "")
    noun = f"{system} machines".strip() + (f" with role {selector.role}" if selector.role else "")
    names = ", ".join([*(f"group '{g}'" for g in selector.groups), *selector.hosts])
    qualified = bool(number or system or selector.role)
    if names:
        words = f"{which}{number}{noun} of {names}" if qualified else names
    else:
        words = f"{which}{number}{noun}" if number else f"all {noun}"
    return f"{words} except {', '.join(selector.exclude)}" if selector.exclude else words


def _selector(phrase: Phrase, index: NameIndex) -> Selector:
    made = Selector(
        groups=phrase.groups,
        hosts=tuple(dict.fromkeys(phrase.hosts)),
        role=phrase.role,
        os=phrase.os,
        os_version=phrase.os_version,
        count=phrase.count,
        count_from=phrase.count_from,
        everything=phrase.everything,
    )
    if phrase.share is None:
        return made
    found = len(resolve(made.model_copy(update={"exclude": phrase.exclude}), index.estate))
    return made.model_copy(update={"count": ceil(found * phrase.share), "count_from": "first"})


def merge(one: Selector, other: Selector, index: NameIndex) -> Selector | None:
    """Both selectors said of the same thing; None when they have no machine in common."""
    if one == Selector() or one == other:
        return other
    if not (other.groups or other.hosts):
        return one.model_copy(
            update={k: v for k, v in other.model_dump(exclude_defaults=True).items() if k != "everything"}
        )
    if not (one.groups or one.hosts):
        return other.model_copy(
            update={k: v for k, v in one.model_dump(exclude_defaults=True).items() if k != "everything"}
        )
    left, right = set(resolve(one, index.estate)), set(resolve(other, index.estate))
    if left >= right and right:
        return other
    if right >= left and left:
        return one
    return None


def _which(one: Selector, other: Selector, index: NameIndex) -> Question:
    both = union([one, other], index.estate)
    choices = tuple(
        Choice(label=describe(s), sets=s.model_dump(mode="json", include={"groups", "hosts"}))
        for s in (one, other, both)
    )
    return Question(
        id="targets", text=f"Which machines are meant: {describe(one)}, {describe(other)}, or both?", choices=choices
    )
