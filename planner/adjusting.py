# SPDX-License-Identifier: Apache-2.0
"""Options of the plan before said anew in ways that only a follow-up may: "make it 23:30", "for real this time"."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from opsconductor.domain.plans import Options
from planner.later import Later
from planner.manner_parts import BETWEEN_THEM, COUNT, HOSTS, SPAN, number, number_or_one, said, seconds
from planner.phrases import CORRECTION, UNCLEAR_TIME, OptionPhrase
from planner.retiming import Retimed, not_then, retimed
from planner.words import NUMBERS, words_of

#: Characters of the longest text that is taken for a remark.
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Adjusted:
    """What some words change in the options before; a value of None takes one back."""

    values: dict[str, Any] = field(default_factory=dict)
    spans: tuple[tuple[str, int, int], ...] = ()  #: option, where it is said
    doubt: str | None = None  #: why it is not clear
    about_time: bool = False  #: the doubt is about when
    blanks: tuple[tuple[int, int], ...] = ()  #: what says nothing more


Form = tuple[str, Later, Callable[[re.Match[str]], Any]]


def _form(text: str) -> Later:
    return Later(rf"(?<![\w-])(?:{text})(?![\w-])")


_IT = r"(?:it|that|this|them|these|those|everything|the (?:whole )?(?:job|run|plan|thing|lot))"
_NO = (
    r"(?:not(?: (?:as|in|with))?|no(?: more)?|without|drop|skip|leave out|remove|forget(?: about)?|turn off|disable|"
    r"cancel|scrap|never mind|nevermind|do away with|don't need|take out|take away|get rid of)"
    r"(?: (?:the|a|an|any|this|that))?"
)
_AFTER = r"(?: (?:after all|any ?more|any longer|this time|now|instead|please|of it))*"
_NOUNS = {
    "dry_run": r"dry[ -]?run(?:ning)?(?: mode)?|simulation|check mode",
    "canary": r"canar(?:y|ies)(?: (?:hosts?|first))?",
    "pause": rf"(?:pauses?|waits?|waiting(?: time)?|delays?|gaps?|breaks?)(?: {BETWEEN_THEM})?",
    "batch": r"(?:batch(?:es|ing)?(?: size)?|rolling)",
    "rollback": r"(?:auto(?:matic)? )?roll[ -]?back",
    "log": r"log(?:ging)?",
    "schedule": r"schedul(?:e|ing)|timer|start(?:ing)? time|fixed time|(?:date|time) limit",
    "max_fail": r"(?:failure |error )?(?:limit|threshold)|max[ -]?fail(?:ures)?|stop(?:ping)? (?:on|"
    r"at) (?:fail|err)\w+",
    "verify_timeout": r"time ?out",
}
_UNDOING = {name: _form(rf"{_NO} (?:{nouns}){_AFTER}") for name, nouns in _NOUNS.items()}
_IN_EARNEST = _form(
    rf"(?:(?:really|actually) (?:do|run|execute|apply|perform) {_IT}|(?:(?:do|run|make|execute) {_IT} )?"
    r"(?:for real|in earnest|properly|live)|(?:as )?(?:an? |the )?(?:real|live|actual) (?:run|thing|one))"
    r"(?: (?:now|this time|then|please|after all))*"
)
_AT_ONCE = _form(
    rf"(?:(?:do|run|make|execute|have|start) {_IT} (?:run )?)?"
    r"(?:right now|now|immediately|right away|straight away|straightaway|asap|as soon as possible)"
    r"(?: (?:instead|rather|then|please))*"
)
_FORMS: tuple[Form, ...] = (
    (
        "canary",
        _form(
            rf"(?:try|test|start|begin|do|run|check|take)(?: {_IT})?(?: out)?(?: with| on)?(?: only| just)?"
            rf"(?: an?| (?:the )?first)? ?(?:single )?{COUNT}?(?: of (?:them|these|those|the {HOSTS}))?(?: {HOSTS})?"
            r" (?:as|for) (?:an? |the )?canar(?:y|ies)(?: (?:first|then))*"
        ),
        number_or_one,
    ),
    (
        "canary",
        _form(rf"(?:start|begin) (?:with|on) (?:just |only )?{COUNT} of (?:them|these|those|the {HOSTS})"),
        number,
    ),
    ("canary", _form(rf"(?:start|begin) (?:with|on) an? (?:single )?(?:canary|{HOSTS})(?: {HOSTS})?"), said(1)),
    (
        "canary",
        _form(
            rf"(?:(?:try|test|do|start|begin)(?: {_IT})?(?: out)?(?: with| on)? )?(?:just |only )?(?:an? )?"
            rf"(?:single )?(?:{COUNT}|single|canary)(?: of (?:them|these|those|the {HOSTS}))?(?: {HOSTS})?,? first"
        ),
        number_or_one,
    ),
    ("canary", _form(r"(?:(?:add|use|with|as|have|take) )?an? canary(?: (?:first|run|host|server|machine))*"), said(1)),
    ("batch", _form(rf"batch(?: size|es)? (?:of|to|:|=|is|should be) ?{COUNT}"), number),
    ("batch", _form(rf"batch(?:es| size)? {COUNT}"), number),
    ("batch", _form(rf"{COUNT} (?:{HOSTS} )?(?:in a row|per (?:batch|go|round|step)|each time|together)"), number),
    (
        "pause",
        _form(rf"(?:give|allow|leave)(?: {_IT})? (?:an? (?:pause|break|gap) of )?{SPAN} {BETWEEN_THEM}"),
        seconds,
    ),
    ("pause", _form(rf"(?:an? )?(?:pause|break|gap|wait|delay) (?:of|to|is|should be) {SPAN}"), seconds),
    ("pause", _form(rf"(?:wait|pause|sleep)(?: for)? {SPAN} (?:after|before) (?:each|every)(?: one)?"), seconds),
    (
        "dry_run",
        _form(
            rf"(?:only |just |first )?(?:simulate|dry[ -]?run|rehearse) {_IT}(?: (?:only|first))?|"
            r"(?:try it |do it )?without (?:changing|touching) anything(?: yet)?|"
            rf"(?:(?:do|run) )?an? (?:dry|test|trial) run(?: of {_IT})?(?: (?:first|only))?|"
            r"(?:dry|test|trial) run (?:first|only|please)"
        ),
        said(True),
    ),
)
_ALL_OF = _form(
    r"(?P<of>both|all (?P<n>two|three|four|five|six|[2-9]|\d\d)(?: of them)?|all)(?: of (?:them|these|those))?"
    r"(?: machines| hosts| servers)? (?:at once|at the same time|at one time|in parallel|simultaneously|together)"
    r"|do them (?:both|all) (?:at once|at the same time|in parallel|simultaneously|together)"
)
_NOT_ALL = _form(
    r"(?:but )?not (?:all|both|everything|them all|all of them) (?:at once|at the same time|together|in parallel)"
)
#: What may stand around a change without saying more.
_SHELL = words_of(
    """make change move shift push set put do have has execute schedule reschedule postpone delay defer bring pull it
    that this them these those they to for at until till back forward up out off by the time date hour begin day
    job run plan whole thing lot one instead rather please then too also as well after all better prefer preferably i
    i'd we let's lets us can could you should would will be maybe perhaps want like ok okay but and so same just only
    actually sorry wait good fine yes need more later earlier with in on is of a thanks thank bit mean meant kindly
    use adjust now try hmm oh alright right no"""
)
_START = re.compile(r"\bstart(?:ing)? (?:time|date|hour|day)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\s,.;:!?]+|[,.;:!?]")


def adjust(
    plain: str, options: tuple[OptionPhrase, ...], before: Options, targets: int, now: datetime
) -> Adjusted | None:
    """The changes that a text says; None when it says none. `plain` is the text with literals out of sight."""
    if len(plain) > _LONGEST:
        return None
    options = tuple(o for o in options if o.option not in ("", CORRECTION, UNCLEAR_TIME))
    reader = _Adjusting(plain, before, targets)
    reader.denied()
    reader.cleared()
    reader.forms([(o.start, o.end) for o in options])
    when = None if reader.doubt else retimed(reader.shown, before.schedule, now, _rest(reader.shown, options, _SHELL))
    if when is not None:
        reader.timed(when)
    if not (reader.spans or reader.doubt or options):
        return None
    left = _rest(reader.shown, options, frozenset())
    silent = all(_is_silent(w) for _, _, w in left)
    blanks = [(start, end) for _, start, end in reader.spans]
    blanks += reader.denials
    if silent:
        blanks += [(start, end) for start, end, w in left if w[:1].isalnum()]
    elif reader.doubt:
        return None
    about_time = when is not None and when.doubt is not None
    return Adjusted(reader.values, tuple(reader.spans), reader.doubt, about_time, tuple(blanks))


def _is_silent(word: str) -> bool:
    """Whether a word says nothing beside a change; a literal always does."""
    return word.casefold() in _SHELL or not (word[:1].isalnum() or word[:1] == "\u0000")


def _rest(shown: str, options: tuple[OptionPhrase, ...], but: frozenset[str]) -> list[tuple[int, int, str]]:
    """The words that no option takes and that are not among `but`, with their spans."""
    found = []
    for match in _WORD.finditer(shown):
        taken = any(o.start < match.end() and match.start() < o.end for o in options)
        if not taken and match.group().casefold() not in but:
            found.append((match.start(), match.end(), match.group()))
    return found


class _Adjusting:
    """Finds the changes one kind after another; what is found is out of sight for the next."""

    def __init__(self, plain: str, before: Options, targets: int) -> None:
        self.shown = plain
        self.before = before
        self.targets = targets
        self.values: dict[str, Any] = {}
        self.spans: list[tuple[str, int, int]] = []
        self.doubt: str | None = None
        self.denials: list[tuple[int, int]] = []

    def take(self, name: str, value: Any, start: int, end: int) -> None:
        self.values[name] = value
        self.spans.append((name, start, end))
        self.shown = f"{self.shown[:start]}{' ' * (end - start)}{self.shown[end:]}"

    def denied(self) -> None:
        """ "Not tonight, tomorrow at 22:00": the time that is denied is said for nothing else."""
        start_time = _START.search(self.shown)
        for start, end in filter(None, (not_then(self.shown), start_time.span() if start_time else None)):
            self.denials.append((start, end))
            self.shown = f"{self.shown[:start]}{' ' * (end - start)}{self.shown[end:]}"

    def cleared(self) -> None:
        """Options that are taken back; one that the plan before does not have is left to be read otherwise."""
        now = self.before.model_dump(exclude_defaults=True)
        for name, form in _UNDOING.items():
            match = form.search(self.shown)
            if match and (name in now or name in ("dry_run", "canary")):
                self.take(name, None, *match.span())
        if "dry_run" in now and (match := _IN_EARNEST.search(self.shown)):
            self.take("dry_run", None, *match.span())
        if "schedule" in now and (match := _AT_ONCE.search(self.shown)):
            others = self.shown[: match.start()] + self.shown[match.end() :]
            if all(_is_silent(w) for w in _WORD.findall(others)):
                self.take("schedule", None, *match.span())

    def forms(self, taken: list[tuple[int, int]]) -> None:
        """Batches, canaries and pauses as a remark about a plan may put them."""
        if match := _NOT_ALL.search(self.shown):
            self.doubt = "How many machines at a time? Say for example 'two at a time'."
            self.take("batch", self.before.batch, *match.span())
            return
        if match := _ALL_OF.search(self.shown):
            many = (match["n"] or "").casefold() or ("two" if "both" in match.group().casefold() else "")
            count = NUMBERS.get(many) or (int(many) if many.isdigit() else self.targets)
            if count != self.targets:
                self.doubt = f"The plan before has {self.targets} machines, not {count}. How many at a time?"
            self.take("batch", "100%", *match.span())
        for name, form, read in _FORMS:
            match = form.search(self.shown)
            if match is None or any(start <= match.start() and match.end() <= end for start, end in taken):
                continue
            if (value := read(match)) is not None and name not in self.values:
                self.take(name, value, *match.span())

    def timed(self, when: Retimed) -> None:
        if when.doubt is not None:
            self.doubt = when.doubt
            self.take("schedule", self.before.schedule, when.start, when.end)
            return
        self.take("schedule", when.value, when.start, when.end)
