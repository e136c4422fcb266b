# SPDX-License-Identifier: Apache-2.0
"""A request as tokens: literals masked whole, every token with its span, nothing lost in between."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum


class Kind(StrEnum):
    """What a token is, by its shape alone."""

    WORD = "word"
    NUMBER = "number"
    QUOTED = "quoted"
    CODE = "code"  #: in back quotes: only ever a command
    PATH = "path"
    URL = "url"
    ADDRESS = "address"  #: IPv4 address or network
    RANGE = "range"  #: host range or wildcard: web-[01:04], a-01..05, web-*
    DURATION = "duration"
    PERCENT = "percent"
    FLAG = "flag"  #: -y, --now
    PUNCTUATION = "punctuation"


#: Kinds whose text is never repaired, lower-cased or split.
LITERALS = frozenset(Kind) - {Kind.WORD, Kind.NUMBER, Kind.PUNCTUATION}


@dataclass(frozen=True, slots=True)
class Token:
    """One token. `value` is what it stands for (a quoted text without its quotes), `low` its lower case."""

    kind: Kind
    text: str
    value: str
    start: int
    end: int
    low: str
    fixed: str = ""  #: `low` after typo repair; the same where nothing was repaired

    @property
    def is_literal(self) -> bool:
        """Whether its text is data and never vocabulary."""
        return self.kind in LITERALS


_QUOTES = (
    ("'", "'"),
    ('"', '"'),
    ("\u2018", "\u2019"),
    ("\u201c", "\u201d"),
    ("\u201e", "\u201c"),
    ("\u00ab", "\u00bb"),
)
_QUOTED = "|".join(rf"(?<![^\W_]){re.escape(a)}[^{re.escape(a + b)}\n]+{re.escape(b)}(?![^\W_])" for a, b in _QUOTES)
_EXTENSION = (
    r"(?:exe|dll|msi|cmd|bat|psm?1|config|conf|cfg|ini|json|xml|ya?ml|txt|log|zip|cab|sys|"
    r"pem|cer|crt|key|sh|py|bak|old)"
)
_PART = r"[^\s\\/\"'<>|*?,;`]"
_UNITS = r"(?:milliseconds?|ms|seconds?|secs?|sec|s|minutes?|mins?|min|m|hours?|hrs?|h|days?|d)"

_SHAPES: tuple[tuple[Kind, str], ...] = (
    (Kind.QUOTED, _QUOTED),
    (Kind.CODE, r"(?<!\w)`[^`\n]+`(?!\w)"),
    (Kind.URL, r"\b[A-Za-z][A-Za-z0-9+.-]*://[^\s\"'<>`]+"),
    (
        Kind.PATH,
        rf"\b[A-Za-z]:\\(?:(?:{_PART}+(?: {_PART}+)*\\)*(?:{_PART}+ )*{_PART}+\.{_EXTENSION}\b|[^\s\"'<>|*?,;`]*)",
    ),
    (Kind.PATH, rf"\\\\{_PART}+(?:\\{_PART}+)+\\?"),
    (Kind.PATH, r"(?<![\w./\\])(?:~?/(?:[^\s\"'<>|,;`()]+)?)(?<![.:!?])"),
    (Kind.RANGE, r"\b[A-Za-z][\w-]*\[\d+\s?(?::|-|\.\.)\s?\d+\][\w.-]*"),
    (Kind.RANGE, r"\b[A-Za-z][\w-]*?\d+\.\.+(?:[A-Za-z][\w-]*?)?\d+\b"),
    (Kind.RANGE, r"(?<![\w*])(?:[A-Za-z][\w.-]*\*[\w.*-]*|\*[\w.-]+)"),
    (Kind.ADDRESS, r"\b\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?\b"),
    (Kind.PERCENT, r"\b\d+(?:\.\d+)?\s?%"),
    (Kind.DURATION, rf"\b\d+(?:\.\d+)?\s?{_UNITS}\b"),
    (Kind.FLAG, r"(?<![\w-])--?[A-Za-z][\w-]*"),
    (Kind.NUMBER, r"\b\d+\b(?![\w.-]*[A-Za-z]|\.\d)"),
    (Kind.WORD, r"[^\W\d_]+['\u2019](?:t|s|re|ll|ve|d|m)\b|\w(?:[\w@$+.:-]*[\w$+])?"),
    (Kind.PUNCTUATION, r"\S"),
)
_MASTER = re.compile("|".join(f"(?P<k{i}>{shape})" for i, (_, shape) in enumerate(_SHAPES)))


def tokenize(text: str) -> tuple[Token, ...]:
    """All tokens of a text in order. Between them stands white space only; each token is a slice of the text."""
    found = []
    for match in _MASTER.finditer(text):
        kind = _SHAPES[int((match.lastgroup or "k0")[1:])][0]
        found.append(_token(kind, match.group(), match.start()))
    return tuple(found)


def _token(kind: Kind, text: str, start: int) -> Token:
    value = text[1:-1].strip() if kind in (Kind.QUOTED, Kind.CODE) else text
    low = text.casefold().replace("\u2019", "'")
    token = Token(kind, text, value, start, start + len(text), low)
    return replace(token, fixed=low)
