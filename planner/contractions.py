# SPDX-License-Identifier: Apache-2.0
"""Short forms written out where a state follows: "verify that it's running" as "verify that it is running"."""

from dataclasses import replace

from planner.tokens import Kind, Token

#: What stands for "it is" only before one of these: "clear it's cache" is a slip of the pen.
_STATES = frozenset(
    [
        "running", "up", "down", "stopped", "started", "enabled", "disabled", "active", "inactive", "alive", "dead",
        "there", "installed", "gone", "open", "closed", "reachable", "listening", "present", "healthy", "still", "not",
        "back",
    ]
)  # fmt: skip
_SHORT = {"it's": ("it", "is"), "they're": ("they", "are")}
_APOSTROPHES = frozenset({"'s", "\u2019s"})


def written_out(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """The tokens with such short forms in two words; at the front "it's" tells and is left alone."""
    if not any(t.fixed in _SHORT or t.fixed in _APOSTROPHES for t in tokens[1:-1]):
        return tokens
    found = list(tokens[:1])
    for token, following in zip(tokens[1:], (*tokens[2:], None), strict=True):
        told = following is not None and not following.is_literal and following.fixed in _STATES
        if told and token.fixed in _SHORT:
            found += [_word(token, word) for word in _SHORT[token.fixed]]
        elif told and token.fixed in _APOSTROPHES:
            found.append(_word(token, "is"))
        else:
            found.append(token)
    return tuple(found)


def _word(token: Token, word: str) -> Token:
    return replace(token, kind=Kind.WORD, text=word, value=word, low=word, fixed=word)
