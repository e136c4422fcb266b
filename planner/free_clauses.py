# SPDX-License-Identifier: Apache-2.0
"""Which clauses are read without regard to order: one alone, or one with the fragment that belongs to it."""

from dataclasses import replace

from planner.clauses import Clause
from planner.free_order import free_order
from planner.hazards import danger_in
from planner.matching import Match
from planner.tokens import Token
from planner.values import Destructive
from planner.vocabulary import Vocabulary
from planner.words import FILLERS

_IT = frozenset({"it", "them"})


def alone(clause: Clause, vocabulary: Vocabulary) -> tuple[Match, ...]:
    """The readings of a clause by itself."""
    return _safe(free_order(clause.tokens, vocabulary, clause.polite))


def in_parts(clause: Clause, vocabulary: Vocabulary) -> tuple[Match, Match] | tuple[()]:
    """Two orders joined by "and", the second of which may be about the same: "squid off and not started at boot"."""
    for at, token in enumerate(clause.tokens):
        if token.is_literal or token.fixed not in {"and", "&"}:
            continue
        first, rest = alone(replace(clause, tokens=clause.tokens[:at]), vocabulary), clause.tokens[at + 1 :]
        if len(first) != 1 or not rest:
            continue
        named = [t for fillings in first[0].fillings.values() for f in fillings for t in f.tokens]
        for tokens in (rest, (*named, *rest)):
            second = _safe(free_order(tokens, vocabulary, clause.polite))
            if len(second) == 1:
                return first[0], second[0]
    return ()


def with_order_behind(clause: Clause, following: Clause | None, vocabulary: Vocabulary) -> tuple[Match, ...]:
    """A thing that is named, and what to do with it in the next clause: "a unix group ops, please create it"."""
    if following is None or following.conditions != clause.conditions or following.order or clause.heading:
        return ()
    said = [t.fixed for t in following.tokens if not t.is_literal and t.fixed not in FILLERS - _IT]
    if len(said) != len(following.tokens) or said[-1:] not in (["it"], ["them"]) or _has_verb(clause.tokens, vocabulary):
        return ()
    return _only(free_order((*clause.tokens, *following.tokens), vocabulary, wished=True))


def with_words_before(before: Clause, clause: Clause, vocabulary: Vocabulary) -> tuple[Match, ...]:
    """A clause together with the one before: its heading ("registry: …"), or the order that it says more of."""
    if clause.order or clause.conditions not in (before.conditions, ()):
        return ()
    return _only(free_order((*before.tokens, *clause.tokens), vocabulary, before.polite or clause.polite))


def _has_verb(tokens: tuple[Token, ...], vocabulary: Vocabulary) -> bool:
    return any(not t.is_literal and vocabulary.lemma(t.fixed) in vocabulary.verbs for t in tokens[:1])


def _only(matches: tuple[Match, ...]) -> tuple[Match, ...]:
    """One reading or none: where two clauses are joined there is no offer of several."""
    return _safe(matches) if len(matches) == 1 else ()


def _safe(matches: tuple[Match, ...]) -> tuple[Match, ...]:
    """The readings; raises Destructive where one, said in the usual order, would be refused unread."""
    for match in matches:
        values = " ".join(t.text for fillings in match.fillings.values() for f in fillings for t in f.tokens)
        if what := danger_in(f"{match.template.grammar.verbs[0]} {values}"):
            raise Destructive(f"{what} OpsConductor never does that.", remedy="Name another thing.")
    return matches
