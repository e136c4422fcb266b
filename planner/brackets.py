# SPDX-License-Identifier: Apache-2.0
"""Brackets that say what a name stands for: "docker (the group)", "the print spooler (service name Spooler)"."""

from dataclasses import dataclass

from planner.tokens import Kind, Token
from planner.vocabulary import Vocabulary
from planner.words import ARTICLES

_SORTS = frozenset(
    {"service", "group", "user", "account", "package", "process", "daemon", "folder", "directory", "file"}
)
_NAMING = frozenset({"name", "named", "called", ":", "is", "="})
#: Tokens of the longest bracket of this kind.
_LONGEST = 6


@dataclass(frozen=True, slots=True)
class Sort:
    """The sort of a thing and, where the bracket gives it, its name; the token after the bracket."""

    tokens: tuple[Token, ...]
    last: int


def sort_said(tokens: tuple[Token, ...], at: int) -> Sort | None:
    """What a bracket that opens at a token says; None where it is no such bracket."""
    end = next((i for i in range(at + 1, min(at + _LONGEST, len(tokens))) if tokens[i].text == ")"), 0)
    inner = [t for t in tokens[at + 1 : end] if t.is_literal or t.fixed not in ARTICLES]
    if not inner or inner[0].is_literal or inner[0].fixed not in _SORTS:
        return None
    rest = [t for t in inner[1:] if t.is_literal or t.fixed not in _NAMING]
    if len(rest) > 1 or (len(inner) > 1 and not rest):
        return None
    if rest and rest[0].kind not in (Kind.WORD, Kind.QUOTED, Kind.PATH):
        return None
    return Sort((inner[0], *rest), end + 1)


def without_subject(words: list[Token], vocabulary: Vocabulary) -> list[Token]:
    """The words of a clause without the thing at their end, which a bracket behind it calls by its name."""
    for at in range(len(words) - 1, -1, -1):
        if not words[at].is_literal and words[at].fixed in ARTICLES:
            return words[: at + 1]
    verb = bool(words) and not words[0].is_literal and vocabulary.lemma(words[0].fixed) in vocabulary.starters
    return words[: int(verb)]
