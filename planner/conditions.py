# SPDX-License-Identifier: Apache-2.0
"""Whether: "if it is running", "only where disk usage is over 85%", "unless a reboot is pending", as conditions."""

import itertools
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from opsconductor.domain.plans import Condition
from planner.condition_grammar import GRAMMAR, OPPOSITE, TRIGGERS, Groups, Making
from planner.tokens import Kind, Token
from planner.words import QUESTION_STARTS

_BY_KIND = (("path", "file_exists"), ("package", "package_installed"), ("service", "service_running"))


@dataclass(frozen=True, slots=True)
class Said:
    """A condition as the words give it, and the tokens it takes: [first, last)."""

    condition: Condition
    first: int
    last: int
    subject: Token | None = None
    kind: str = ""  #: what the words call its subject: service, file …
    state: str = ""  #: "up" or "here" where what the subject is decides about the fact


#: Words of the longest subject of "should … be stopped".
_LONGEST_SUBJECT = 12
_ENDING = frozenset({",", ".", ";", ":", "!", "?", "then", "should"})
_OPENING = _ENDING | {"and", "but", "or", "(", "-", "\u2013", "\u2014", "please"}
#: Verbs behind "should" as they stand behind "if".
_THIRD = {
    "be": "is",
    "exist": "exists",
    "run": "runs",
    "need": "needs",
    "require": "requires",
    "fail": "fails",
    "succeed": "succeeds",
    "work": "works",
    "fall": "falls",
    "drop": "drops",
    "exceed": "is over",
    "have": "has",
}
#: Never mere talk wherever they stand, and where they open a clause.
_WHETHER = frozenset({"if", "unless", "whether"})
_OPENERS = frozenset(
    {"once", "when", "whenever", "where", "wherever", "assuming", "provided", "providing", "given", "except", "until"}
)
_ADVERBS = frozenset({"still", "not", "currently", "already", "actually", "now", "even", "ever"})
#: What stands behind the subject of "were … stopped".
_STATES = frozenset(
    [
        "still", "not", "currently", "already", "actually", "now", "running", "up", "active", "started", "alive",
        "online", "stopped", "down", "inactive", "dead", "offline", "halted", "disabled", "installed", "present",
        "there", "available", "missing", "absent", "gone", "open", "closed", "over", "under", "above", "below",
        "required", "needed", "pending",
    ]
)  # fmt: skip
_SHORT = {"it's": "it is", "they're": "they are", "that's": "that is", "there's": "there is"}
_TAIL = r"(?= |$)"


def _unique(form: str) -> str:
    """The form with the names of its groups numbered, since parts of it occur more than once."""
    count = itertools.count()
    return re.sub(r"\(\?P<(\w+)>", lambda m: f"(?P<{m[1]}__{next(count)}>", form)


def _groups(match: re.Match[str]) -> Groups:
    """The groups by their names without number, the first that matched."""
    found: Groups = {}
    for name, text in match.groupdict().items():
        base = name.partition("__")[0]
        found[base] = found.get(base) or text
    return found


@cache
def _compiled() -> tuple[tuple[re.Pattern[str], bool, Making], ...]:
    """Every form behind every trigger; whether it is one like "unless"; what is made of it. At first use, since
    compiling takes longer than reading any request and most hold no condition."""
    return tuple(
        (re.compile(_unique(rf"(?:^|(?<= ))(?P<trigger>{trigger}) (?:{form}){_TAIL}")), unless, make)
        for form, make in GRAMMAR
        for trigger, unless in (
            ("|".join(t for t, u in TRIGGERS if u), True),
            ("|".join(t for t, u in TRIGGERS if not u), False),
        )
    )


_ANY_TRIGGER = frozenset(
    [
        "unless",
        "if",
        "when",
        "where",
        "wherever",
        "should",
        "were",
        "whenever",
        "once",
        "case",
        "after",
        "upon",
        "assuming",
        "provided",
        "providing",
        "long",
        "given",
        "condition",
        "that",
        "which",
        "whose",
        "having",
        "with",
        "?",
    ]
)


def find_conditions(tokens: tuple[Token, ...]) -> tuple[Said, ...]:
    """All conditions said among tokens, in order, not overlapping."""
    if _ANY_TRIGGER.isdisjoint(t.fixed for t in tokens):
        return ()
    shadow, starts, values = _shadow(tokens)
    found: list[Said] = []
    for form, unless, make in _compiled():
        for match in form.finditer(shadow):
            first, last = starts.index(_start(match, starts)), sum(1 for s in starts if s < match.end())
            if any(s.first < last and first < s.last for s in found) or _asked(tokens, first):
                continue
            made = make(_groups(match), values)
            if made is not None:
                found.append(_said(made, unless, first, last))
    return tuple(sorted(found, key=lambda s: s.first))


_WEAK = frozenset({"that", "which", "whose", "having", "with"})
_LOOKING = frozenset(
    [
        "check",
        "checks",
        "checking",
        "verify",
        "see",
        "confirm",
        "test",
        "determine",
        "tell",
        "know",
        "look",
        "sure",
        "care",
        "certain",
        "ensure",
        "whether",
        "out",
        "me",
        "us",
        "find",
        "show",
        "validate",
        "assert",
        "monitor",
        "ask",
    ]
)


def _asked(tokens: tuple[Token, ...], first: int) -> bool:
    """Whether the words are what is to be found out ("check if it is running"), not a condition."""
    if tokens[first].fixed == "and" and tokens[first + 1].fixed == "that":
        first += 1
    opener = tokens[first].fixed
    if first == 0:
        return opener in _WEAK
    if opener not in _WEAK | {"if", "when", "where", "that"}:
        return False
    before = first - 1
    while before > 0 and tokens[before].fixed in {"afterwards", "afterward", "again", "then", "also", "finally"}:
        before -= 1
    if tokens[before].fixed in _LOOKING or [t.fixed for t in tokens[max(0, before - 1) : before + 1]] == ["to", "it"]:
        return True
    if (
        opener == "that"
        and tokens[first - 1].fixed in {"and", ","}
        and any(tokens[at].fixed in _LOOKING for at in range(first - 1))
    ):
        return True
    for at in range(first - 1, max(-1, first - 7), -1):
        if tokens[at].fixed in {",", ".", ";", ":", "and", "then"}:
            return False
        if tokens[at].fixed in _LOOKING and tokens[at + 1].fixed in {"on", "in", "at", "for", "across"}:
            return True
    return False


def _start(match: re.Match[str], starts: list[int]) -> int:
    return max(s for s in starts if s <= match.start())


def _shadow(tokens: tuple[Token, ...]) -> tuple[str, list[int], dict[str, Token]]:
    """The tokens as one line in which literals are marks, the place of each, and what the marks and words stand for."""
    parts: list[str] = []
    starts: list[int] = []
    values: dict[str, Token] = {}
    at = 0
    turned = _turned(tokens)
    for number, token in enumerate(tokens):
        numeric = token.kind is Kind.NUMBER
        text = f"⟨{token.kind.value}{number}⟩" if token.is_literal or numeric else token.fixed
        text = _SHORT.get(text, text)
        values.setdefault(text, token)
        text = turned.get(number, "{}").format(text)
        parts.append(text)
        starts.append(at)
        at += len(text) + 1
    return " ".join(parts), starts, values


def _turned(tokens: tuple[Token, ...]) -> dict[int, str]:
    """Conditions that a verb opens in the words that "if" would open: "should nginx be down", "were it down"."""
    turned = _asked_first(tokens)
    for at, token in enumerate(tokens):
        if not opens_inverted(tokens, at):
            continue
        turned[at] = "if"
        bare = token.fixed == "should" and tokens[at + 1].fixed == "have"  # the machine is said elsewhere
        for place in range(at + 2 - bare, min(at + _LONGEST_SUBJECT, len(tokens))):
            word = "" if tokens[place].is_literal else tokens[place].fixed
            if word in _ENDING:
                break
            if token.fixed == "should" and word in _THIRD:
                turned |= _third_person(tokens, at, place)
                break
            if token.fixed == "were" and word in _STATES:
                turned[place] = "is {}"
                break
    return turned


def _asked_first(tokens: tuple[Token, ...]) -> dict[int, str]:
    """A question that an order follows in the words that "if" would open: "nginx down? start it"."""
    words = ["" if t.is_literal else t.fixed for t in tokens]
    end = words.index("?") if "?" in words else 0
    first = max((at + 1 for at in range(end) if words[at] in _ENDING), default=0)
    if end + 1 >= len(words) or first == end or end - first > _LONGEST_SUBJECT:
        return {}
    asks = words[first] in {"is", "are"}
    if words[first] in QUESTION_STARTS | {"does", "do", "can", "could", "would", "will"} and not (
        asks and words[end + 1] == "then"
    ):
        return {}
    turned = {first: "if" if asks else "if {}"}
    state = next((at for at in range(first + 1, end) if words[at] in _STATES), None)
    if state is not None and (asks or {"is", "are", "was", "isn't"}.isdisjoint(words[first:state])):
        turned[state] = "is {}"
    return turned


def says_whether(tokens: tuple[Token, ...]) -> bool:
    """Whether words say when something is to be done, so that they are never left out as mere talk."""
    words = [t.fixed for t in tokens if not t.is_literal]
    return (
        not _WHETHER.isdisjoint(words) or words[:1] in ([w] for w in _OPENERS) or opens_inverted(tokens, 0, clause=True)
    )


def _third_person(tokens: tuple[Token, ...], at: int, verb: int) -> dict[int, str]:
    """The verb behind "should" as it stands behind "if": "still be" as "is still", "not exist" as "does not exist"."""
    first = verb
    while first > at + 2 and tokens[first - 1].fixed in _ADVERBS:
        first -= 1
    said = [tokens[place].fixed for place in range(first, verb)]
    if tokens[verb].fixed == "be":
        return dict(zip(range(first, verb + 1), ["is", *said], strict=True))
    if "not" in said:
        return {first + said.index("not"): "does not"}
    return {verb: _THIRD[tokens[verb].fixed]}


def opens_inverted(tokens: tuple[Token, ...], at: int, *, clause: bool = False) -> bool:
    """Whether "should" or "were" opens a clause here, as "if" would. `clause`: the tokens are one clause, so that the
    first of them opens it; else machines may have stood before it, "shop-01 should have htop installed"."""
    if tokens[at].is_literal or tokens[at].fixed not in {"should", "were"} or at + 2 >= len(tokens):
        return False
    if not tokens[at + 1].is_literal and tokens[at + 1].fixed in {"i", "we", "you"}:
        return False
    return (at == 0 and (clause or tokens[0].start == 0)) or (
        at > 0 and not tokens[at - 1].is_literal and tokens[at - 1].fixed in _OPENING
    )


def _said(made: dict[str, Any], unless: bool, first: int, last: int) -> Said:
    token, kind, state = made.pop("token", None), made.pop("kind", ""), made.pop("state", "")
    condition = Condition(**made)
    if unless:
        condition = opposite(condition)
    return Said(condition, first, last, token, kind, state)


def opposite(condition: Condition) -> Condition:
    """What holds exactly where the condition does not."""
    if condition.op is not None and condition.op in OPPOSITE and condition.fact != "os_family":
        return condition.model_copy(update={"op": OPPOSITE[condition.op]})
    return condition.model_copy(update={"negate": not condition.negate})


def settled(said: Said, values: dict[str, str], intent: str) -> Condition | None:
    """The condition of a step with its subject; `values` are the step's own by type. None where there is none."""
    if said.state == "needed":
        return said.condition if intent == "host.reboot" else None
    if not said.state:
        return said.condition
    fact, subject = _about(said, values)
    if subject is None:
        return None
    return said.condition.model_copy(update={"fact": fact, "subject": subject})


def _about(said: Said, values: dict[str, str]) -> tuple[str, str | None]:
    """Which fact a state is about: a service or a process runs, a package or a file is there."""
    token = said.subject
    named = token.value if token is not None else None
    if said.state == "port":
        return "port_open", values.get("port")
    if said.state == "either":
        return next(((fact, values[kind]) for kind, fact in _BY_KIND if kind in values), ("service_running", None))
    if said.state == "as":
        return "package_version", named or values.get("package") or values.get("service")
    if said.state == "up":
        process = said.kind in {"process", "program"} or (named or "").casefold().endswith(".exe")
        if process or (named is None and "process" in values and "service" not in values):
            return "process_running", named or values.get("process")
        return "service_running", named or values.get("service") or values.get("process") or values.get("package")
    if (token is not None and token.kind is Kind.PATH) or said.kind in {"file", "folder", "directory", "path"}:
        return "file_exists", named or values.get("path")
    if named is None and "path" in values and "package" not in values:
        return "file_exists", values["path"]
    return "package_installed", named or values.get("package") or values.get("service")
