# SPDX-License-Identifier: Apache-2.0
"""Words of reasons and headings that may say more than why: a machine beside machines, a figure beside options."""

from opsconductor.domain.plans import Question
from planner.clauses import Clause
from planner.phrases import OptionPhrase
from planner.scope import Phrase
from planner.tokens import Kind, Token
from planner.words import NUMBERS

_BESIDE = frozenset({"and", "plus", "+", "&"})
_FIGURES = frozenset({"batch", "pause", "canary", "max_fail", "verify_timeout", "rollback"})
_MEASURES = frozenset({Kind.DURATION, Kind.PERCENT})


def leftover(
    tokens: tuple[Token, ...],
    options: tuple[OptionPhrase, ...],
    phrases: tuple[Phrase, ...],
    clauses: tuple[Clause, ...],
    context: list[int],
) -> tuple[Question, tuple[tuple[int, int], ...]] | None:
    """The question about words that would be left out silently, and where they stand."""
    for number in context:
        clause = clauses[number]
        if clause.heading and _beside_machines(clause, tokens, phrases):
            return _question(clause)
        figures = [t for t in clause.tokens if t.kind in _MEASURES]
        if figures and clause.heading:
            return _question(clause)
        figures += [t for t in clause.tokens if t.kind is Kind.NUMBER or (not t.is_literal and t.fixed in NUMBERS)]
        if figures and _beside_options(clause, tokens, options):
            return _question(clause)
    return None


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
    before = [t for t in tokens if t.end <= first][-1:]
    after = [t for t in tokens if t.start >= last][:1]
    spans = [(o.start, o.end) for o in options if o.option in _FIGURES]
    near = (*before, *after)
    return any(
        (first < end and start < last) or any(start < t.end and t.start < end for t in near) for start, end in spans
    )


def _question(clause: Clause) -> tuple[Question, tuple[tuple[int, int], ...]]:
    text = (
        f"'{clause.text}' was not fully understood, and nothing is left out silently: "
        "say it in other words, or leave it out."
    )
    return Question(id="request", text=text), (clause.span,)
