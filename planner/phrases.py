# SPDX-License-Identifier: Apache-2.0
"""How: options of the whole plan, cut out of a request by their phrases."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from planner.tokens import Kind, Token
from planner.values import seconds_of
from planner.words import EMPHASIS, NUMBERS


@dataclass(frozen=True, slots=True)
class OptionPhrase:
    """One option with the span it was said in; an empty option is mere emphasis."""

    option: str
    value: Any
    start: int
    end: int


#: Whole numbers only: a part of "12.5 %" is none.
_N = r"(?<![\d.,])(?P<n>\d+(?![\d.,]*\d|\s?%)|" + "|".join(NUMBERS) + r")"
_P = r"(?<![\d.,])(?P<p>\d+)\s?%"
_T = r"(?P<t>\d+(?:\.\d+)?\s?(?:seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h))"
_HOSTS = r"(?:servers?|hosts?|machines?|systems?|boxes|box|nodes?|targets?)"
_EACH = r"(?: at a time| each)?"
_IN_BATCHES = r"(?:in (?:batches|groups|chunks|waves|blocks|sets) of|batch size(?: of)?)"
_STOP = r"(?:stop|abort|halt)"
_FAILS = r"(?:fails?|failures?|errors?)"


def _number(match: re.Match[str]) -> int:
    text = match["n"].casefold()
    return NUMBERS[text] if text in NUMBERS else int(text)


def _percent(match: re.Match[str]) -> str:
    return f"{int(match['p'])}%"


def _seconds(match: re.Match[str]) -> int | None:
    return seconds_of(match["t"])


def _said(value: Any) -> Callable[[re.Match[str]], Any]:
    return lambda _: value


#: Option, how it is said (a blank stands for any white space), how its value is read.
_FORMS: tuple[tuple[str, str, Callable[[re.Match[str]], Any]], ...] = (
    (
        "log",
        r"(?:log|record|document|write down) (?:(?:all|the|every) )*"
        r"(?:results?|outcomes?|outputs?|everything|it(?: all)?|what (?:was done|happened|happens))\b"
        r"(?: (?:for (?:each|every|all) \w+|to (?:the )?(?:database|log|file|audit log)))?",
        _said(True),
    ),
    (
        "log",
        r"(?:write|put|save) (?:(?:all|the|every) )*(?:results?|outcomes?|outputs?) (?:in)?to (?:the )?"
        r"(?:database|log|audit log)",
        _said(True),
    ),
    (
        "batch",
        rf"(?:(?:a single|one) (?:{_HOSTS} )?at a time|one (?:{_HOSTS} )?after (?:the other|another)|one by one|"
        r"serially|sequentially|in (?:sequence|series)|(?:as a )?rolling(?: (?:fashion|manner))?)",
        _said(1),
    ),
    ("batch", rf"{_IN_BATCHES} {_P}(?: of the {_HOSTS}| {_HOSTS})?{_EACH}", _percent),
    ("batch", rf"{_IN_BATCHES} {_N}\b(?: {_HOSTS})?{_EACH}", _number),
    ("batch", rf"{_P} (?:of (?:them|the {_HOSTS}) )?at (?:a time|once)", _percent),
    ("batch", rf"{_N} (?:{_HOSTS} )?at (?:a time|once)", _number),
    (
        "batch",
        rf"(?:all (?:{_HOSTS} )?(?:at once|at the same time|in parallel|simultaneously)|in parallel|simultaneously|"
        r"at the same time)",
        _said("100%"),
    ),
    ("max_fail", rf"{_STOP} (?:at|on|after) (?:the )?(?:first|any) (?:failure|error|failed \w+)", _said(0)),
    ("max_fail", rf"{_STOP} (?:if|when|as soon as) (?:any(?:thing| \w+)?|one(?: \w+)?) fails?", _said(0)),
    (
        "max_fail",
        rf"{_STOP} (?:if|when) more than {_P}(?: of (?:them|the \w+))?(?: {_HOSTS})? fail",
        _percent,
    ),
    ("max_fail", rf"{_STOP} (?:if|when) more than {_N}(?: of them)?(?: {_HOSTS})? fail", _number),
    (
        "max_fail",
        r"(?:keep going|continue|carry on|go on)(?: processing)? "
        rf"(?:even )?(?:if|when|on|despite|regardless of) (?:\w+ ){{0,3}}?{_FAILS}",
        _said("100%"),
    ),
    ("verify_timeout", rf"(?<=wait\s)up to {_T}(?= for (?!it|verification))", _seconds),
    (
        "verify_timeout",
        r"(?:within|wait(?:ing)? up to|and wait|with a timeout of|timeout(?: of)?|wait at most|for at most|for up to) "
        rf"(?:the next )?{_T}\b(?: for (?:verification|it to (?:come (?:up|back)|start)))?",
        _seconds,
    ),
    (
        "dry_run",
        r"(?:(?:as a |do a )?dry[ -]?run|in check mode|(?:just )?simulate(?: only)?|(?:don't|do not) (?:actually )?"
        r"change anything|without (?:actually )?changing anything|preview only)\b ?:?",
        _said(True),
    ),
    (
        "rollback",
        r"(?:roll ?back|revert|undo) (?:(?:everything|it|all|the changes?) )?(?:if|on|when|in case of) "
        rf"(?:(?:any|an|something|anything|it|goes) )*(?:{_FAILS}|wrong)",
        _said(True),
    ),
    (
        "rollback",
        r"on (?:any )?(?:error|failure)s?,? (?:restore|roll ?back|revert|undo)\b"
        r"(?: (?:the )?(?:previous|old|former) \w+| (?:it|everything|the changes?))?",
        _said(True),
    ),
    ("rollback", r"with (?:automatic )?rollback", _said(True)),
    ("", "(?:" + "|".join(" ".join(words) for words in EMPHASIS) + ")", _said(True)),
)


def _compiled(form: str) -> re.Pattern[str]:
    flexible = form.replace(" ?:?", r"\s*:?").replace("[ -]", r"[\s-]").replace(" ?", r"\s?").replace(" ", r"\s+")
    return re.compile(rf"(?:,?\s*\b(?:and|but)\s+)?(?<!\w){flexible.replace(chr(39), '.')}(?!\w)", re.IGNORECASE)


_COMPILED = tuple((option, _compiled(form), read) for option, form, read in _FORMS)
_READABLE = frozenset({Kind.DURATION, Kind.PERCENT})


def find_options(text: str, tokens: tuple[Token, ...]) -> tuple[OptionPhrase, ...]:
    """All options said in a request, in order; the words of literals are not looked at."""
    shown = list(text)
    for token in tokens:
        if token.is_literal and token.kind not in _READABLE:
            shown[token.start : token.end] = "\u0000" * (token.end - token.start)
    plain = "".join(shown)
    found: list[OptionPhrase] = []
    for option, form, read in _COMPILED:
        for match in form.finditer(plain):
            taken = any(match.start() < p.end and p.start < match.end() for p in found)
            if not taken and (value := read(match)) is not None:
                found.append(OptionPhrase(option, value, match.start(), match.end()))
    return tuple(sorted(found, key=lambda p: p.start))
