# SPDX-License-Identifier: Apache-2.0
"""Words that point back at the plan before: a small closed list, found outside literals and options."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from opsconductor.domain.plans import Plan
from planner.adjusting import Adjusted, adjust
from planner.names import NameIndex
from planner.phrases import CORRECTION, OptionPhrase, find_options, in_plain
from planner.repair import repaired
from planner.tokens import Kind, Token, tokenize
from planner.vocabulary import Vocabulary
from planner.words import FILLERS, JOINTS, MACHINES


class Mark(StrEnum):
    """What a word that points back says."""

    SAME = "same"  #: all of the plan: "do the same", "repeat that"
    AGAIN = "again"
    ALSO = "also"
    THEN = "then"
    AND = "and"  #: opens the text
    INSTEAD = "instead"
    ONLY = "only"
    BEFORE = "before"  #: in front of its steps
    THERE = "there"  #: its machines
    OTHER = "other"  #: machines that are not its machines
    LESS = "less"  #: the machines that are named are left out
    LEAD = "lead"  #: opens the text and says nothing more


def _phrases(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(part.split()) for part in text.split("·"))


#: What counts wherever it stands.
_ANYWHERE: dict[Mark, tuple[tuple[str, ...], ...]] = {
    Mark.SAME: _phrases(
        "do the same thing·do the same·do that·do this·do it·the same thing·the same·same thing·same·repeat that·"
        "repeat this·repeat it·repeat the plan·repeat·run that·run it·run the plan·rerun that·rerun it·rerun·likewise·"
        "ditto"
    ),
    Mark.AGAIN: _phrases("again·once more·one more time"),
    Mark.ALSO: _phrases("also·as well·too·additionally·in addition"),
    Mark.INSTEAD: _phrases("instead·rather"),
    Mark.ONLY: _phrases("only·just"),
    Mark.OTHER: _phrases(
        "other·remaining·the rest of·the rest·the others·all others·everything else·everywhere else·all the others·"
        "all the rest"
    ),
}
#: What counts where nothing that says anything stands before it.
_IN_FRONT: dict[Mark, tuple[tuple[str, ...], ...]] = {
    Mark.THEN: _phrases(
        "and then·then·afterwards·after that·next·and after that·and afterwards·when done·when that is done·"
        "when that's done·once that is done·once that's done·once done·when it is done·when it's done·once it is done·"
        "when finished·at the end·in the end·finally·and finally·lastly·as a last step·as the last step·after it·"
        "add a step to·add a further step to·add another step to·add a step·add a further step·add another step·"
        "when that is finished·once that has finished"
    ),
    Mark.BEFORE: _phrases(
        "before that·before this·before you do that·before you do it·before you do·before doing that·before doing it·"
        "before it·beforehand·prior to that·prior to this·but first·but before that·and before that·first of all·"
        "but before you do that·ahead of that·before anything else·as a first step·as the first step"
    ),
    Mark.AND: _phrases("and·plus·&"),
    Mark.INSTEAD: _phrases("make it·make that·change it to·change that to·use·i meant·i mean"),
    Mark.LEAD: _phrases("but·ok·okay·now·please·so·actually·sorry·wait·yes"),
}
#: What counts at the end of a text as well.
_AT_END: dict[Mark, tuple[tuple[str, ...], ...]] = {
    Mark.THEN: _phrases("afterwards·after that·at the end·in the end·when done·once done·next"),
    Mark.BEFORE: _phrases("before that·beforehand·first·before you do that·up front·before anything else"),
}
_PLACING = frozenset({"on", "for", "at", "across", "against"})
_THEM = frozenset({"them", "those", "these"})
_LISTS = tuple(
    sorted(
        (
            (words, mark, anywhere)
            for anywhere, table in ((True, _ANYWHERE), (False, _IN_FRONT))
            for mark, phrases in table.items()
            for words in phrases
        ),
        key=lambda entry: -len(entry[0]),
    )
)


@dataclass(frozen=True, slots=True)
class Found:
    """One mark with its span."""

    mark: Mark
    start: int
    end: int
    first: bool  #: nothing that says anything stands before it
    last: bool  #: nor behind it
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pointing:
    """The marks of a text, and the text with blanks in their places, so that spans stay right."""

    found: tuple[Found, ...]
    text: str
    adjusted: Adjusted | None = None  #: what is said of the options before in ways that only a follow-up may

    @property
    def marks(self) -> frozenset[Mark]:
        """All marks but mere lead-ins."""
        return frozenset(f.mark for f in self.found) - {Mark.LEAD}

    def has(self, *marks: Mark) -> bool:
        """Whether one of them was found."""
        return not self.marks.isdisjoint(marks)

    def says(self, *words: str) -> bool:
        """Whether one of these words is part of a mark."""
        return any(not set(words).isdisjoint(f.words) for f in self.found)

    def first(self, *marks: Mark) -> bool:
        """Whether one of them opens the text."""
        return any(f.mark in marks and f.first for f in self.found)

    def last(self, *marks: Mark) -> bool:
        """Whether one of them closes the text."""
        return any(f.mark in marks and f.last for f in self.found)


def find_pointing(
    text: str, vocabulary: Vocabulary, index: NameIndex, now: datetime, before: Plan | None = None
) -> Pointing:
    """Marks in a text; what an option says ("wait between them") is none, but a correction in front is."""
    tokens = repaired(tokenize(text), vocabulary, index)
    options = find_options(text, tokens, now)
    low = ["" if t.is_literal or any(o.start < t.end and t.start < o.end for o in options) else t.low for t in tokens]
    found: list[tuple[Mark, int, int]] = []
    at, said = 0, False
    while at < len(tokens):
        correction = next((o for o in options if o.option == CORRECTION and o.start < tokens[at].end <= o.end), None)
        if correction is not None and not said:
            end = next((i for i, t in enumerate(tokens) if t.start >= correction.end), len(tokens))
            found.append((Mark.INSTEAD, at, end))
            at = end
            continue
        hit = _there(tokens, low, at) or _listed(low, at, said) or _closing(tokens, low, at, said, vocabulary)
        if hit is not None:
            found.append((hit[0], at, hit[1]))
            at = hit[1]
            continue
        said = said or not _says_nothing(tokens[at], low[at])
        at += 1
    spans = [(mark, tokens[a].start, tokens[b - 1].end, a, b) for mark, a, b in found]
    taken = {i for _, _, _, a, b in spans for i in range(a, b)}
    telling = [i for i, t in enumerate(tokens) if i not in taken and not _says_nothing(t, low[i])]
    marks = tuple(
        Found(mark, start, end, not any(i < a for i in telling), not any(i >= b for i in telling), tuple(low[a:b]))
        for mark, start, end, a, b in spans
    )
    adjusted = _adjusted(text, tokens, options, before, now)
    return Pointing(marks, _blanked(text, tokens, low, marks, adjusted), adjusted)


def marked(pointing: Pointing, mark: Mark | None) -> Pointing:
    """The pointing with one more mark, which stands in front of the text."""
    if mark is None:
        return pointing
    return replace(pointing, found=(Found(mark, 0, 0, first=True, last=False), *pointing.found))


def _adjusted(
    text: str, tokens: tuple[Token, ...], options: tuple[OptionPhrase, ...], before: Plan | None, now: datetime
) -> Adjusted | None:
    if before is None:
        return None
    return adjust(in_plain(text, tokens), options, before.options, len(before.targets.names), now)


def _says_nothing(token: Token, low: str) -> bool:
    return token.kind is Kind.PUNCTUATION or low in FILLERS | JOINTS


def _listed(low: list[str], at: int, said: bool) -> tuple[Mark, int] | None:
    for words, mark, anywhere in _LISTS:
        end = at + len(words)
        if tuple(low[at:end]) != words or (said and not anywhere):
            continue
        following = low[end] if end < len(low) else ""
        if words == ("wait",) and following not in {"", ",", "."}:
            continue
        if words in {("other",), ("remaining",)} and following in {"than", "way", ""}:
            continue
        return mark, end
    return None


def _closing(
    tokens: tuple[Token, ...], low: list[str], at: int, said: bool, vocabulary: Vocabulary
) -> tuple[Mark, int] | None:
    """What points back only at the end, and "first" before a verb: "first stop nginx", "stop nginx first"."""
    if low[at] == "first" and not said and at + 1 < len(low) and low[at + 1] not in MACHINES:
        verb = not tokens[at + 1].is_literal and vocabulary.lemma(low[at + 1]) in vocabulary.starters
        alone = at == 0 or low[at - 1] != "the"
        return (Mark.BEFORE, at + 1) if verb and alone else None
    for mark, phrases in _AT_END.items() if said else ():
        for words in phrases:
            end = at + len(words)
            if tuple(low[at:end]) == words and all(t.kind is Kind.PUNCTUATION for t in tokens[end:]):
                return mark, end
    return None


def _there(tokens: tuple[Token, ...], low: list[str], at: int) -> tuple[Mark, int] | None:
    """`there`, `on them`, `on all of those servers`, `on the same machines`."""
    if low[at] == "there":
        return Mark.THERE, at + 1
    end = at
    placed = low[end] in _PLACING
    end += placed
    if placed and low[end : end + 2] == ["all", "of"]:
        end += 2
    here = low[end : end + 3]
    if here[:2] == ["the", "same"] and len(here) > 2 and here[2] in MACHINES:
        return Mark.THERE, end + 3
    if here and here[0] in _THEM and (placed or here[0] != "them"):
        noun = len(here) > 1 and here[1] in MACHINES
        if noun or (placed and (len(here) < 2 or tokens[end + 1].kind is Kind.PUNCTUATION or here[0] == "them")):
            return Mark.THERE, end + 1 + noun
    return None


def _blanked(
    text: str, tokens: tuple[Token, ...], low: list[str], marks: tuple[Found, ...], adjusted: Adjusted | None
) -> str:
    """The text without the marks; "ones" becomes a noun for machines of the same length."""
    shown = list(text)
    for token, word in zip(tokens, low, strict=True):
        if word == "ones":
            shown[token.start : token.end] = "host"
    for start, end in [*((m.start, m.end) for m in marks), *(adjusted.blanks if adjusted else ())]:
        shown[start:end] = " " * (end - start)
    return "".join(shown)
