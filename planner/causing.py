# SPDX-License-Identifier: Apache-2.0
"""Work that is wanted done: "have the file fetched", "I want nginx restarted"."""

from planner.tokens import Token
from planner.vocabulary import Vocabulary
from planner.words import FILLERS, PREPOSITIONS

_SHORTEST_CAUSED = 3
#: Who speaks, or is spoken of.
PERSONS = frozenset({"we", "our", "they", "their", "he", "she", "i", "my", "i'd", "we'd"})
_WANTING = frozenset({"need", "needs", "want", "require", "like", "would"})


def caused(tokens: tuple[Token, ...], vocabulary: Vocabulary) -> tuple[Token, ...]:
    """ "have the file fetched", "I want nginx restarted" as "fetched the file"."""
    start = tokens
    if len(tokens) > 1 and tokens[0].fixed in PERSONS and tokens[1].fixed in _WANTING:
        tokens = tokens[1:]
        if tokens[0].fixed in {"would", "should"}:
            tokens = tokens[1:]
    if len(tokens) < _SHORTEST_CAUSED or tokens[0].is_literal or tokens[0].fixed not in {"have", "get"} | _WANTING:
        return start
    for at in range(2, len(tokens)):
        low = tokens[at].fixed
        if tokens[at].is_literal or not low.endswith(("ed", "en", "wn")) or low in {"named", "called", "owned"}:
            continue
        ends = at + 1 == len(tokens) or tokens[at + 1].fixed in PREPOSITIONS | FILLERS | {"with", "by", "as", "using"}
        if ends and vocabulary.lemma(low) != low and vocabulary.lemma(low) in vocabulary.starters:
            return (tokens[at], *tokens[1:at], *tokens[at + 1 :])
    return start
