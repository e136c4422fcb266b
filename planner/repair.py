# SPDX-License-Identifier: Apache-2.0
"""Typing errors mended: one letter off, towards the closed vocabulary only, never inside a literal or a name."""

from dataclasses import replace

from rapidfuzz.distance import OSA

from planner.names import NameIndex
from planner.tokens import Kind, Token
from planner.vocabulary import Vocabulary

#: Shorter words are left alone: too many are one letter apart.
SHORTEST = 4
#: Programs that are one letter off a word of the vocabulary.
_PROGRAMS = frozenset({"cups"})


def repaired(tokens: tuple[Token, ...], vocabulary: Vocabulary, index: NameIndex) -> tuple[Token, ...]:
    """The tokens with `fixed` set where a word is one step from exactly one known word."""
    mended = tuple(_repair(token, vocabulary, index) for token in tokens)
    mended = tuple(_state(token, mended[at - 1].fixed if at else "", vocabulary) for at, token in enumerate(mended))
    if mended and not index.host(mended[0].low):
        mended = (_verb(mended[0], vocabulary), *mended[1:])
    return tuple(
        _in_place(token, before.fixed if before else "", after, then.fixed if then else "")
        for token, before, after, then in zip(
            mended, (None, *mended[:-1]), (*mended[1:], None), (*mended[2:], None, None), strict=False
        )
    )


#: Short words as they are often mistyped; too short to be told by a letter that is off.
_SLIPS = {"adn": "and", "nad": "and", "teh": "the", "hte": "the", "fro": "for", "wiht": "with", "wich": "which"}
_COMPARED = frozenset(
    {"less", "more", "greater", "higher", "lower", "older", "newer", "longer", "fewer", "larger", "smaller"}
)


_BEING = frozenset({"is", "are", "isn't", "aren't", "not", "be", "still", "already"})
_STATES = frozenset(
    {"running", "stopped", "installed", "present", "missing", "required", "needed", "pending", "active"}
)


def _state(token: Token, before: str, vocabulary: Vocabulary) -> Token:
    """Behind "is" a word that may be several is the one that tells a state: "is not runing"."""
    if token.kind is not Kind.WORD or token.fixed in vocabulary.known or before not in _BEING:
        return token
    near = [w for w in _STATES & vocabulary.near(token.low) if _one_off(token.low, w)]
    return replace(token, fixed=near[0]) if len(near) == 1 else token


def _verb(token: Token, vocabulary: Vocabulary) -> Token:
    """In front a word with two letters swapped is the verb: "strat nginx"."""
    if token.kind is not Kind.WORD or len(token.low) < SHORTEST or token.fixed in vocabulary.known:
        return token
    letters = sorted(token.low)
    near = [w for w in vocabulary.starters if len(w) == len(letters) and sorted(w) == letters]
    near = [w for w in near if OSA.distance(token.low, w) == 1]
    return replace(token, fixed=near[0]) if len(near) == 1 else token


_WHETHER = frozenset({"if", "whether"})


def _in_place(token: Token, before: str, after: Token | None, then: str) -> Token:
    """A word that another one beside it shows to be meant differently."""
    if after is None or token.is_literal:
        return token
    if token.low == "then" and before in _COMPARED:
        return replace(token, fixed="than")
    if token.low == "too" and after.kind is Kind.PATH:
        return replace(token, fixed="to")
    if token.low in {"tell", "know"} and (
        after.fixed in _WHETHER or (after.fixed in {"me", "us"} and then in _WHETHER)
    ):
        return replace(token, fixed="check")
    return token


def _repair(token: Token, vocabulary: Vocabulary, index: NameIndex) -> Token:
    low = token.low
    if token.kind is Kind.WORD and low in _SLIPS and not index.host(low):
        return replace(token, fixed=_SLIPS[low])
    if token.kind is not Kind.WORD or len(low) < SHORTEST or not low.isalpha():
        return token
    if (
        low in _PROGRAMS
        or low in vocabulary.known
        or low.removesuffix("s") in index.roles
        or low in index.roles
        or index.host(low)
    ):
        return token
    near = {w for w in vocabulary.near(low) if _one_off(low, w)}
    bases = {vocabulary.lemma(w) for w in near}
    if len(near) == 1 or (near and len(bases) == 1):
        return replace(token, fixed=min(near, key=lambda w: (OSA.distance(low, w), abs(len(w) - len(low)), w)))
    return token


def _one_off(low: str, word: str) -> bool:
    """One letter wrong, missing, too many or swapped; among short words only swapped letters are a typo."""
    if len(low) == SHORTEST or len(word) == SHORTEST:
        return sorted(low) == sorted(word) and OSA.distance(low, word, score_cutoff=1) <= 1
    return abs(len(word) - len(low)) <= 1 and OSA.distance(low, word, score_cutoff=1) <= 1
