# SPDX-License-Identifier: Apache-2.0
"""The word "both" beside what it sums up."""

from planner.tokens import Token
from planner.words import ANAPHORS, FILLERS


def without_both(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """ "Both nginx and redis" as the two alone, "them both" and "both of them" as "both"."""
    said = [t.fixed if not t.is_literal else "" for t in tokens]
    if "both" not in said:
        return tokens
    at = said.index("both")
    if said[at - 1 : at] == ["them"]:
        return (*tokens[: at - 1], *tokens[at:])
    if said[at + 1 : at + 3] == ["of", "them"]:
        return (*tokens[: at + 1], *tokens[at + 3 :])
    listed = said[at + 2 : at + 3] in (["and"], ["&"]) and said[at + 1] not in FILLERS | ANAPHORS
    return (*tokens[:at], *tokens[at + 1 :]) if listed else tokens
