# SPDX-License-Identifier: Apache-2.0
"""Speakers who correct themselves: what stands before "no wait" gives way to what stands behind it."""

from planner.phrases import CORRECTION, OptionPhrase
from planner.scope import Phrase
from planner.tokens import Kind, Token
from planner.vocabulary import Vocabulary
from planner.words import FILLERS, JOINTS, PREPOSITIONS, STRONG_BREAKS


def corrected(
    tokens: tuple[Token, ...],
    options: tuple[OptionPhrase, ...],
    phrases: tuple[Phrase, ...],
    taken: dict[int, int],
    vocabulary: Vocabulary,
) -> tuple[Phrase, ...]:
    """The phrases with those taken back emptied; words taken back are marked in `taken`.

    An option needs no help: of two the later one counts.
    """
    for mark in (o for o in options if o.option == CORRECTION):
        after = next((at for at, t in enumerate(tokens) if t.start >= mark.end and not _empty(t, at, taken)), None)
        if after is None:
            continue
        number = taken.get(after)
        if number == -1:
            continue
        if number is not None and number >= 0:
            earlier = [n for n, p in enumerate(phrases) if p.end <= mark.start and p.names_something]
            if earlier and phrases[number].names_something:
                phrases = _emptied(phrases, earlier[-1])
        elif number is None:
            _take_back(tokens, after, mark.start, taken, vocabulary)
    return phrases


def _empty(token: Token, at: int, taken: dict[int, int]) -> bool:
    if at in taken:
        return False
    return token.kind is Kind.PUNCTUATION or (not token.is_literal and token.fixed in FILLERS | JOINTS)


def _emptied(phrases: tuple[Phrase, ...], number: int) -> tuple[Phrase, ...]:
    old = phrases[number]
    blank = Phrase(old.first, old.last, old.start, old.end)
    return (*phrases[:number], blank, *phrases[number + 1 :])


def _take_back(
    tokens: tuple[Token, ...], after: int, before: int, taken: dict[int, int], vocabulary: Vocabulary
) -> None:
    """A verb takes back the clause before, another word the last word before."""
    at = max((i for i, t in enumerate(tokens) if t.end <= before), default=-1)
    if not tokens[after].is_literal and vocabulary.lemma(tokens[after].fixed) in vocabulary.starters:
        while at >= 0 and tokens[at].fixed not in STRONG_BREAKS:
            taken.setdefault(at, -1)
            at -= 1
        return
    while at >= 0 and (at in taken or tokens[at].kind is Kind.PUNCTUATION or tokens[at].fixed in PREPOSITIONS):
        at -= 1
    if at > 0:
        taken[at] = -1
