# SPDX-License-Identifier: Apache-2.0
"""How: options of the whole plan, cut out of a request by their phrases."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from planner.clocks import on_clocks
from planner.manner_parts import COUNT, HOSTS, PERCENT, SPAN, Reader, number, percent, seconds
from planner.manners import FORMS
from planner.recurrence import with_precise
from planner.schedules import cron_line, find_schedules
from planner.tokens import Kind, Token

#: Pseudo-options: a time that is not clear, a word with which speakers correct themselves.
UNCLEAR_TIME, CORRECTION = "schedule?", "!"


@dataclass(frozen=True, slots=True)
class OptionPhrase:
    """One option with the span it was said in; an empty option is mere emphasis."""

    option: str
    value: Any
    start: int
    end: int


def _compiled(form: str) -> re.Pattern[str]:
    flexible = form.replace(" ?:?", r"\s*:?").replace("[ -]", r"[\s-]").replace(" ?", r"\s?").replace(" ", r"\s+")
    return re.compile(rf"(?:,?\s*\b(?:and|but)\s+)?(?<!\w){flexible.replace(chr(39), '.')}(?!\w)", re.IGNORECASE)


_SPAN = re.compile(r"\d\s?-?[smh]|second|minute|hour|\bsecs?\b|\bmins?\b|\bhrs?\b", re.IGNORECASE)
_CANARY = re.compile("canar", re.IGNORECASE)


def _needed(form: str) -> re.Pattern[str] | None:
    """What a request must hold for a form to be worth looking for."""
    return _SPAN if "(?P<t>" in form else _CANARY if "canar(?:y|ies)" in form else None


@cache
def _forms() -> tuple[tuple[str, re.Pattern[str], Reader, re.Pattern[str] | None], ...]:
    """The forms ready for use; at first use, since compiling takes longer than reading any request."""
    return tuple(
        (option, _compiled(_TRYING + form if option == "canary" else form), read, _needed(form))
        for option, form, read in FORMS
    )


#: Before a canary: "…, but try it on one machine first as a canary".
_TRYING = r"(?:(?:please )?(?:try|do|trial)(?: out)? (?:it|this|that|them)(?: out)? )?"


_CRON_LEAD = re.compile(
    r"(?:\b(?:on|with|using|at|as|per)\s+)?(?:\b(?:the|a)\s+)?(?:\b(?:cron|schedule|crontab|"
    r"expression)\s+)*\Z",
    re.IGNORECASE,
)
_DRY_FLAGS = frozenset(
    {"--check", "--dry-run", "--dryrun", "-whatif", "--whatif", "--simulate", "--noop", "--just-print"}
)
_READABLE = frozenset({Kind.DURATION, Kind.PERCENT})


#: Something that every form holds, to leave most requests alone quickly.
_ABOUT_HOW = re.compile(
    r"\b(?:log|logg\w*|record\w*|document\w*|results?|outcomes?|outputs?|time|once|batch\w*|"
    r"groups of|chunks|waves|blocks|sets|parallel|"
    r"simultaneously|half|halves|third|quarter|pairs?|pairwise|two by two|serially|sequentially|"
    r"sequence|series|one|by|after|rolling|first|canary|canaries|rest|"
    r"others?|fail\w*|errors?|wrong|breaks|going|going|timeout|time out|within|wait\w*|paus\w*|"
    r"dies?|died|verif\w*|matter|whatever|delay|gap|break|sleep\w*|dry|simulat\w*|change\w*|changing|"
    r"preview|mode|what would|regards|thanks|thank|cheers|greetings|sincerely|thx|rgds|br|"
    r"ticket|incident|case|issue|jira|task|ext|extension|phone|tel|mobile|call|reach|approved|"
    r"cab-?\d+|crq-?\d+|itsm-?\d+|sd-?\d+|inc-?\d+|chg-?\d+|req-?\d+|ritm-?\d+|tkt-?\d+|prb-?\d+|cr-?\d+|roll\w*|revert|undo|restore|"
    r"back|allow\w*|give|up to|at most|less than|under|no|rather|mean|meant|"
    r"make|scratch|actually|correction|thoughts?|sorry|nothing|only|usual|possible|convenience|"
    r"i\.e|namely|viz|say|"
    r"canary|concurrency|parallelism|forks?|serial|health|anything|begin|discussed|always|if you can|"
    r"would (?:do|change|mean|cause)|well|hm+|uh+|u+m+|er+m?|oops|ah|oh|wait|test|trial|practice|nothing|"
    r"minutes?|moments?|chance|time|morning|afternoon|evening|day|hi|hello|hey|hiya|dear|howdy|team|colleagues|all|folks|"
    r"nowhere|anywhere|for (?:me|us|our|my|the|an?)|apologies|touch|touching|execute|apply)\b",
    re.IGNORECASE,
)


_NEW_FIGURE = re.compile(
    rf"[\s,]*(?:{SPAN}|{PERCENT}|{COUNT}\b)(?: {HOSTS})?(?: at a time| each)?(?=\s?(?:$|[.,;:!)]|and\b|but\b|then\b))",
    re.IGNORECASE,
)
_FIGURED = {"batch": ("p", "n"), "canary": ("n",), "pause": ("t",), "verify_timeout": ("t",)}


def _corrected_figures(found: list[OptionPhrase], plain: str) -> list[OptionPhrase]:
    """A figure alone behind a correction is one of the option before it: "in batches of four, hmm, make that two"."""
    corrected = []
    for mark in (o for o in found if o.option == CORRECTION):
        before = max((o for o in found if o.end <= mark.start), key=lambda o: o.end, default=None)
        figure = _NEW_FIGURE.match(plain, mark.end)
        if before is None or figure is None or plain[before.end : mark.start].strip(" ,.;-\u2013\u2014\u2026"):
            continue
        if any(figure.start() < o.end and o.start < figure.end() for o in found):
            continue
        kind = next((name for name in _FIGURED.get(before.option, ()) if figure[name]), None)
        if kind is not None:
            value = {"p": percent, "n": number, "t": seconds}[kind](figure)
            if value is None:
                continue
            corrected.append(OptionPhrase(before.option, value, figure.start(), figure.end()))
    return corrected


def in_plain(text: str, tokens: tuple[Token, ...]) -> str:
    """The text with the words of literals out of sight, each character in its place."""
    shown = list(text)
    for token in tokens:
        if token.is_literal and token.kind not in _READABLE:
            shown[token.start : token.end] = "\u0000" * (token.end - token.start)
    return "".join(shown)


def find_options(text: str, tokens: tuple[Token, ...], now: datetime) -> tuple[OptionPhrase, ...]:
    """All options said in a request, in order; the words of literals are not looked at."""
    plain = in_plain(text, tokens)
    found: list[OptionPhrase] = []
    if _ABOUT_HOW.search(plain):
        absent = [needed for needed in (_SPAN, _CANARY) if not needed.search(plain)]
        for option, form, read, needed in _forms():
            if needed in absent:
                continue
            for match in form.finditer(plain):
                taken = any(match.start() < p.end and p.start < match.end() for p in found)
                if not taken and (value := read(match)) is not None:
                    found.append(OptionPhrase(option, value, match.start(), match.end()))
    found += _corrected_figures(found, plain)
    for token in tokens:
        if token.kind is Kind.CRON:
            lead = _CRON_LEAD.search(plain, 0, token.start)
            start = lead.start() if lead else token.start
            value = on_clocks({"cron": cron_line(token.value)}, now)
            found.append(OptionPhrase("schedule", value, start, token.end))
        elif token.kind is Kind.FLAG and token.low in _DRY_FLAGS:
            found.append(OptionPhrase("dry_run", True, token.start, token.end))
    for when in with_precise(tuple(find_schedules(plain, now)), plain):
        if not any(when.start < p.end and p.start < when.end for p in found):
            found.append(
                OptionPhrase("schedule", on_clocks(when.value, now), when.start, when.end)
                if when.value
                else OptionPhrase(UNCLEAR_TIME, when.doubt, when.start, when.end)
            )
    return tuple(sorted(found, key=lambda p: p.start))
