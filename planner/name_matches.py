# SPDX-License-Identifier: Apache-2.0
"""How the words of a target phrase were found to be the names they are."""

from collections.abc import Iterable, Iterator

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from opsconductor.domain.explanations import NameMatch, Near
from planner.names import ENOUGH, LEAD, Found, NameIndex, stems
from planner.qualities import Unknown
from planner.ranges import expand
from planner.scope import Phrase
from planner.tokens import Kind, Token

#: Runners-up that are shown.
_OTHERS = 3


class _Open:
    """The names of a phrase whose words are not found yet, first those taken, then those left out."""

    def __init__(self, phrase: Phrase) -> None:
        self.parts = (dict.fromkeys((*phrase.groups, *phrase.hosts)), dict.fromkeys(phrase.exclude))

    def claim(self, names: Iterable[str]) -> tuple[tuple[str, ...], bool]:
        """Those of some names that are still open, and whether they are left out."""
        wanted = tuple(names)
        for excluded, part in enumerate(self.parts):
            if found := tuple(n for n in wanted if n in part):
                for name in found:
                    del part[name]
                return found, bool(excluded)
        return (), False

    def claim_all(self) -> Iterator[tuple[tuple[str, ...], bool]]:
        """What is left at the end."""
        for excluded, part in enumerate(self.parts):
            if part:
                yield tuple(part), bool(excluded)


def name_matches(phrase: Phrase, tokens: tuple[Token, ...], index: NameIndex) -> tuple[NameMatch, ...]:
    """Every name of a phrase with the place of its words and the way it was found; `tokens` are the phrase's own."""
    open_names = _Open(phrase)
    found: list[NameMatch] = []
    at = 0
    while at < len(tokens):
        match, length = _named(tokens[at:], open_names, index)
        found += [match] if match is not None else []
        at += length
    for names, excluded in open_names.claim_all():
        found.append(_said(phrase, "machine", names, way="range", excluded=excluded))
    found += _qualities(phrase)
    found += [_unknown(unknown, index) for unknown in phrase.unknown]
    return tuple(found)


def _named(tokens: tuple[Token, ...], open_names: _Open, index: NameIndex) -> tuple[NameMatch | None, int]:
    """The name that stands at the front of some tokens, and how many of them it takes."""
    first = tokens[0]
    if first.kind is Kind.RANGE:
        return _range(first, open_names, index), 1
    for length in range(min(index.longest + 1, len(tokens)), 0, -1):
        part = tokens[:length]
        group = index.group(" ".join(t.value for t in part), loose=True)
        if group is not None:
            names, excluded = open_names.claim([group.name])
            if names:
                return _group(group, part, excluded, index), length
    machine = index.host(first.value) or (index.mistyped_host(first.value) if first.kind is Kind.WORD else None)
    names, excluded = open_names.claim([machine.name] if machine else [])
    if machine is None or not names:
        return None, 1
    return _match(first, first, "machine", names, machine.way, excluded), 1


def _range(token: Token, open_names: _Open, index: NameIndex) -> NameMatch | None:
    if "*" in token.text:
        names, excluded = open_names.claim(index.alike(token.text))
        way = "wildcard"
    else:
        hosts = (index.host(name) for name in expand(token.text))
        names, excluded = open_names.claim(h.name for h in hosts if h is not None)
        way = "range"
    return _match(token, token, "machine", names, way, excluded) if names else None


def _group(found: Found, part: tuple[Token, ...], excluded: bool, index: NameIndex) -> NameMatch:
    made = _match(part[0], part[-1], "group", (found.name,), found.way, excluded)
    if found.way not in ("abbreviated", "misspelt"):
        return made
    words = " ".join(t.value for t in part)
    likeness = dict(index.similar(words, _OTHERS + 1))
    score = likeness.pop(found.name, None)
    others = tuple(Near(name=n, score=round(s, 1)) for n, s in likeness.items())[:_OTHERS]
    if found.way == "abbreviated" or score is None:
        return made.model_copy(update={"others": others})
    distance = sum(OSA.distance(a, b) for a, b in zip(stems(words), stems(found.name), strict=True))
    margin = round(score - max((o.score for o in others), default=0.0), 1)
    why = f"{score:.0f} of 100 alike, {ENOUGH} is enough; {margin:.0f} ahead of the second, {LEAD} is enough"
    update = {"distance": distance, "score": round(score, 1), "margin": margin, "others": others, "why": why}
    return made.model_copy(update=update)


def _match(first: Token, last: Token, kind: str, names: tuple[str, ...], way: str, excluded: bool) -> NameMatch:
    return NameMatch(start=first.start, end=last.end, text="", kind=kind, names=names, excluded=excluded, way=way)


def _said(phrase: Phrase, kind: str, names: tuple[str, ...], *, way: str = "said", excluded: bool = False) -> NameMatch:
    return NameMatch(start=phrase.start, end=phrase.end, text="", kind=kind, names=names, excluded=excluded, way=way)


def _qualities(phrase: Phrase) -> Iterator[NameMatch]:
    """What the phrase says of machines beside their names."""
    if phrase.role:
        yield _said(phrase, "role", (phrase.role,))
    if phrase.os:
        yield _said(phrase, "os", (phrase.os.value,))
    if phrase.os_version:
        yield _said(phrase, "os_version", (phrase.os_version,))
    if phrase.count is not None:
        which = "" if phrase.count_from == "all" else f"{phrase.count_from} "
        yield _said(phrase, "count", (f"{which}{phrase.count}",))
    if phrase.share is not None:
        yield _said(phrase, "count", (f"{phrase.share:.0%}",))
    if phrase.everything:
        yield _said(phrase, "everything", ("all machines",))


def _unknown(unknown: Unknown, index: NameIndex) -> NameMatch:
    low = unknown.text.casefold()
    near = [Near(name=n, score=round(fuzz.token_sort_ratio(low, n.casefold()), 1)) for n in index.near(unknown.text)]
    near.sort(key=lambda other: -other.score)
    return NameMatch(
        start=unknown.start,
        end=unknown.end,
        text=unknown.text,
        kind="unknown",
        way="none",
        others=tuple(near),
        why=_why_not(unknown.text, index),
    )


def _why_not(words: str, index: NameIndex) -> str:
    """Why the nearest group was not taken."""
    if index.looks_like_host(words):
        return "there are machines of this name with other numbers only"
    similar = index.similar(words, 2)
    if not similar:
        return "there is no group"
    (name, score), second = similar[0], similar[1:]
    if score < ENOUGH:
        return f"the nearest group, '{name}', is {score:.0f} of 100 alike; {ENOUGH} would be enough"
    if second and score - second[0][1] < LEAD:
        return f"'{name}' ({score:.0f}) is not {LEAD} ahead of '{second[0][0]}' ({second[0][1]:.0f})"
    return f"'{name}' is {score:.0f} of 100 alike, but differs in more than one letter of a long word"
