# SPDX-License-Identifier: Apache-2.0
"""Politeness and framing in front of what is to be done."""

from planner.tokens import Kind, Token
from planner.words import LEAD_INS, LONGEST_POLITENESS, POLITENESS


def lead_in(tokens: tuple[Token, ...]) -> int:
    """How many tokens of politeness or framing stand at the front."""
    said: list[str] = []
    for token in tokens[:LONGEST_POLITENESS]:
        if token.is_literal or token.kind is Kind.PUNCTUATION:
            break
        said.append(token.fixed)
    if found := POLITENESS.match(" ".join(said)):
        return len(found.group().split())
    for words in _LEAD_INS.get(tokens[0].fixed, ()) if tokens else ():
        if len(tokens) >= len(words) and all(
            not t.is_literal and t.fixed == w for t, w in zip(tokens, words, strict=False)
        ):
            return len(words)
    return 0


#: The framings by their first word, in their order.
_LEAD_INS = {first: tuple(words for words in LEAD_INS if words[0] == first) for first in {w[0] for w in LEAD_INS}}
