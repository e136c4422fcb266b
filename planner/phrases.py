# SPDX-License-Identifier: Apache-2.0
"""How: options of the whole plan, cut out of a request by their phrases."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from planner.tokens import Token
from planner.values import seconds_of
from planner.words import NUMBERS


@dataclass(frozen=True, slots=True)
class OptionPhrase:
    """One option with the span it was said in."""

    option: str
    value: Any
    start: int
    end: int


_N = r"(?P<n>\d+|" + "|".join(NUMBERS) + r")"
_M = r"(?:servers?|hosts?|machines?|systems?|boxes|box|nodes?|targets?)"
_JOIN = r"(?:,?\s*\b(?:and|but)\s+)?"


def _number(match: re.Match[str]) -> int:
    text = match["n"].casefold()
    return NUMBERS[text] if text in NUMBERS else int(text)


def _percent(match: re.Match[str]) -> str:
    return f"{int(match['p'])}%"


def _seconds(match: re.Match[str]) -> int | None:
    return seconds_of(match["t"])


_TIME = r"(?P<t>\d+(?:\.\d+)?\s?(?:seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h))\b"
_FORMS: tuple[tuple[str, str, Callable[[re.Match[str]], Any]], ...] = (
    ("log", rf"{_JOIN}\b(?:log|record|document|write\s+down)\s+(?:all\s+|the\s+|every\s+)*(?:results?|outcomes?|outputs?|everything|it(?:\s+all)?|what\s+(?:was\s+done|happened|happens))\b(?:\s+(?:for\s+(?:each|every|all)\s+\w+|to\s+(?:the\s+)?(?:database|log|file|audit\s+log)))?", lambda _: True),
    ("batch", rf"{_JOIN}\b(?:(?:a\s+single|one)\s+(?:{_M}\s+)?at\s+a\s+time|one\s+(?:{_M}\s+)?after\s+(?:the\s+other|another)|one\s+by\s+one|serially|sequentially|in\s+(?:sequence|series)|(?:as\s+a\s+)?rolling(?:\s+(?:fashion|manner))?)\b", lambda _: 1),
    ("batch", rf"{_JOIN}(?:\bin\s+(?:batches|groups|chunks|waves|blocks|sets)\s+of\s+)(?:(?P<p>\d+)\s?%)(?:\s+{_M})?(?:\s+(?:at\s+a\s+time|each))?", _percent),
    ("batch", rf"{_JOIN}\b(?:in\s+(?:batches|groups|chunks|waves|blocks|sets)\s+of\s+|batch\s+size\s+(?:of\s+)?){_N}\b(?:\s+{_M})?(?:\s+(?:at\s+a\s+time|each))?", _number),
    ("batch", rf"{_JOIN}(?P<p>\d+)\s?%\s+(?:of\s+(?:them|the\s+{_M})\s+)?at\s+(?:a\s+time|once)\b", _percent),
    ("batch", rf"{_JOIN}\b{_N}\s+(?:{_M}\s+)?at\s+(?:a\s+time|once)\b", _number),
    ("batch", rf"{_JOIN}\b(?:all\s+(?:{_M}\s+)?(?:at\s+once|at\s+the\s+same\s+time|in\s+parallel|simultaneously)|in\s+parallel|simultaneously|at\s+the\s+same\s+time)\b", lambda _: "100%"),
    ("max_fail", rf"{_JOIN}\b(?:stop|abort|halt)\s+(?:at|on|after)\s+(?:the\s+)?(?:first|any)\s+(?:failure|error|failed\s+\w+)\b", lambda _: 0),
    ("max_fail", rf"{_JOIN}\b(?:stop|abort|halt)\s+(?:if|when|as\s+soon\s+as)\s+(?:any(?:thing|\s+\w+)?|one(?:\s+\w+)?)\s+fails?\b", lambda _: 0),
    ("max_fail", rf"{_JOIN}\b(?:stop|abort|halt)\s+(?:if|when)\s+more\s+than\s+(?P<p>\d+)\s?%\s*(?:of\s+(?:them|the\s+\w+)\s+)?(?:{_M}\s+)?fail\b", _percent),
    ("max_fail", rf"{_JOIN}\b(?:stop|abort|halt)\s+(?:if|when)\s+more\s+than\s+{_N}\s+(?:of\s+them\s+)?(?:{_M}\s+)?fail\b", _number),
    ("max_fail", rf"{_JOIN}\b(?:keep\s+going|continue|carry\s+on|go\s+on)\b(?:\s+processing)?(?:\s+(?:even\s+)?(?:if|when|on|despite|regardless\s+of)\s+(?:\w+\s+){{0,3}}?(?:fails?|failures?|errors?)\b)", lambda _: "100%"),
    ("verify_timeout", rf"{_JOIN}\b(?:within|wait(?:ing)?\s+up\s+to|and\s+wait|with\s+a\s+timeout\s+of|timeout(?:\s+of)?|wait\s+at\s+most|for\s+at\s+most|for\s+up\s+to)\s+(?:the\s+next\s+)?{_TIME}(?:\s+for\s+(?:verification|it\s+to\s+(?:come\s+(?:up|back)|start)))?", _seconds),
    ("dry_run", rf"{_JOIN}\b(?:(?:as\s+a\s+|do\s+a\s+)?dry[\s-]?run|in\s+check\s+mode|(?:just\s+)?simulate(?:\s+only)?|(?:don'?t|do\s+not)\s+(?:actually\s+)?change\s+anything|without\s+(?:actually\s+)?changing\s+anything|preview\s+only)\b\s*:?", lambda _: True),
    ("rollback", rf"{_JOIN}\b(?:roll\s?back|revert|undo)\s+(?:(?:everything|it|all|the\s+changes?)\s+)?(?:if|on|when|in\s+case\s+of)\s+(?:any\s+|an\s+|something\s+|anything\s+|it\s+|goes\s+)*(?:fails?|failures?|errors?|wrong|goes\s+wrong)\b", lambda _: True),
    ("rollback", rf"{_JOIN}\bon\s+(?:any\s+)?(?:error|failure)s?,?\s+(?:restore|roll\s?back|revert|undo)\b(?:\s+(?:the\s+)?(?:previous|old|former)\s+\w+|\s+(?:it|everything|the\s+changes?))?", lambda _: True),
    ("rollback", rf"{_JOIN}\bwith\s+(?:automatic\s+)?rollback\b", lambda _: True),
)  # fmt: skip
_COMPILED = tuple((option, re.compile(form, re.IGNORECASE), read) for option, form, read in _FORMS)


def find_options(text: str, tokens: tuple[Token, ...]) -> tuple[OptionPhrase, ...]:
    """All options said in a request, in order; the words of literals are not looked at."""
    shown = list(text)
    for token in tokens:
        if token.is_literal and token.kind not in ("duration", "percent"):
            shown[token.start : token.end] = "\u0000" * (token.end - token.start)
    plain = "".join(shown)
    found: list[OptionPhrase] = []
    for option, form, read in _COMPILED:
        for match in form.finditer(plain):
            taken = any(match.start() < p.end and p.start < match.end() for p in found)
            if not taken and (value := read(match)) is not None:
                found.append(OptionPhrase(option, value, match.start(), match.end()))
    return tuple(sorted(found, key=lambda p: p.start))
