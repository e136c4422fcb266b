# SPDX-License-Identifier: Apache-2.0
"""Words of reasons and headings that may say more than why: a machine beside machines, a figure beside options."""

from opsconductor.domain.plans import Question
from planner.clauses import Clause
from planner.phrases import OptionPhrase
from planner.qualities import DISTRIBUTIONS, SYSTEMS
from planner.scope import Phrase
from planner.tokens import Kind, Token
from planner.words import DETERMINERS, MACHINES, NUMBERS, STRONG_BREAKS

_BESIDE = frozenset({"and", "plus", "+", "&"})
_FIGURES = frozenset({"batch", "pause", "canary", "max_fail", "verify_timeout", "rollback"})
_FRAME = MACHINES | DETERMINERS | frozenset({"only", "just", "for", "on", "ones", "all", ","})
_MEASURES = frozenset({Kind.DURATION, Kind.PERCENT})


def leftover(
    tokens: tuple[Token, ...],
    options: tuple[OptionPhrase, ...],
    phrases: tuple[Phrase, ...],
    clauses: tuple[Clause, ...],
    context: list[int],
) -> tuple[Question, tuple[tuple[int, int], ...]] | None:
    """The question about words that would be left out silently, and where they stand."""
    if ending := _ending_beside(tokens, phrases):
        return _question(f"-{ending.text}", (ending.start - 1, ending.end))
    for number in context:
        clause = clauses[number]
        if clause.heading and (_only_system(clause) or _beside_machines(clause, tokens, phrases)):
            return _question(clause.text, clause.span)
        figures = [t for t in clause.tokens if t.kind in _MEASURES]
        if figures and clause.heading:
            return _question(clause.text, clause.span)
        figures += [t for t in clause.tokens if t.kind is Kind.NUMBER or (not t.is_literal and t.fixed in NUMBERS)]
        if figures and _beside_options(clause, tokens, options):
            return _question(clause.text, clause.span)
    return None


def _only_system(clause: Clause) -> bool:
    """Whether a heading says nothing but which system: it would not count where it stands."""
    words = {t.fixed for t in clause.tokens if t.is_literal or t.fixed not in _FRAME}
    return bool(words) and words <= SYSTEMS.keys() | DISTRIBUTIONS.keys()


def _beside_machines(clause: Clause, tokens: tuple[Token, ...], phrases: tuple[Phrase, ...]) -> bool:
    """Whether the words are joined to a phrase that names machines: "the old ones plus web-01: …"."""
    own = {t.start for t in clause.tokens if t.is_literal or t.fixed not in _BESIDE}
    for phrase in (p for p in phrases if p.names_something):
        before = [t for t in tokens if t.end <= phrase.start][-2:]
        after = [t for t in tokens if t.start >= phrase.end][:2]
        if len(before) == 2 and before[1].fixed in _BESIDE and before[0].start in own:
            return True
        if len(after) == 2 and after[0].fixed in _BESIDE and after[1].start in own:
            return True
    return False


def _beside_options(clause: Clause, tokens: tuple[Token, ...], options: tuple[OptionPhrase, ...]) -> bool:
    """Whether the words touch an option that has a figure, or run on around it."""
    first, last = clause.span
    spans = [(o.start, o.end) for o in options if o.option in _FIGURES]
    apart = STRONG_BREAKS | {":"} if clause.heading else frozenset(t.fixed for t in tokens)
    for start, end in spans:
        between = [t for t in tokens if min(end, last) <= t.start < max(start, first)]
        if apart.isdisjoint(t.fixed for t in between):
            return True
    return False


def _ending_beside(tokens: tuple[Token, ...], phrases: tuple[Phrase, ...]) -> Token | None:
    """The end of a name alone that is joined to machines and that no phrase has taken: "all of them and -2"."""
    ends = {p.end for p in phrases if p.names_something}
    for at, token in enumerate(tokens):
        line = tokens[at - 1] if at else token
        if token.kind is not Kind.NUMBER or line.text != "-" or line.end != token.start:
            continue
        before = at - 2
        while before >= 0 and tokens[before].fixed in _BESIDE | {",", "or"}:
            before -= 1
        if 0 <= before < at - 2 and tokens[before].end in ends:
            return token
    return None


def _question(words: str, *spans: tuple[int, int]) -> tuple[Question, tuple[tuple[int, int], ...]]:
    text = (
        f"'{words}' was not fully understood, and nothing is left out silently: say it in other words, or leave it out."
    )
    return Question(id="request", text=text), spans
