# SPDX-License-Identifier: Apache-2.0
"""Texts that speak of the plan before as a whole, or answer a question it left open."""

import re
from enum import StrEnum
from typing import Any

from opsconductor.domain.estate import Estate
from opsconductor.domain.plans import Plan, Question
from opsconductor.domain.templates import Catalogue, Parameter, ParameterType
from opsconductor.errors import InvalidInput, Refused
from planner.names import NameIndex
from planner.scope import find_phrases
from planner.selecting import select
from planner.tokens import Kind, Token, tokenize
from planner.values import check_value
from planner.vocabulary import Vocabulary
from planner.words import FILLERS, JOINTS, MACHINES, NUMBERS, PREPOSITIONS


class Move(StrEnum):
    """What is to become of the plan before as a whole."""

    APPROVE = "approve"
    FORGET = "forget"
    RETRY = "retry"
    UNDO = "undo"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_POLITE = _words(
    "please pls kindly ok okay now immediately just then thanks thank you can could would we i let's the a so all right"
)
_IT = _words("it that this everything all plan job last previous changes change one")
_APPROVING = _words("yes yep yeah sure proceed approve approved confirm confirmed lgtm continue agreed accept accepted")
_GOING_AHEAD = (("go", "ahead"), ("do", "it"), ("run", "it"), ("run", "that"), ("execute", "it"), ("ship", "it"))
_APPROVAL = _APPROVING | _POLITE | _IT | _words("go ahead do run execute ship with ok okay looks good to me")
_FORGETTING = re.compile(
    r"(?:(?:forget(?: about)?|scrap|cancel|scratch|drop|discard|abandon|abort|ditch|dismiss|leave|skip|bin|throw|call|"
    r"never mind|nevermind)"
    r" (?:it|that|this|that one|all (?:of )?(?:that|it|this)|everything|(?:about )?the (?:whole |last |entire |"
    r"current )?"
    r"(?:plan|thing|request|idea|lot)|my last request|that last one|what i said)(?: (?:away|off|be|all|alone))?|"
    r"never mind|nevermind|"
    r"(?:start|begin) (?:all )?(?:over|anew|afresh)(?: again)?|(?:start|begin) (?:over |again |"
    r"anew )?from (?:scratch|the beginning|zero)|"
    r"(?:start |begin )?(?:with )?a? ?(?:clean slate|fresh start|new request|new plan)|from scratch|"
    r"(?:let us |we )?(?:don't|do not) (?:bother|do (?:it|that|anything)|run (?:it|that))(?: after all)?)"
)
_SHRUGGING = _words(
    "ok okay please just now no so actually let's lets then thanks thank you nah nope well oh hm hmm ah alright right "
    "sorry wait yes and again for pls"
)
_RETRYING = _words("retry rerun re-run repeat again redo")
_ENDINGS = {
    "failed": "failed", "failing": "failed", "fail": "failed", "failures": "failed", "failure": "failed",
    "unreachable": "unreachable", "reached": "unreachable",
    "cancelled": "cancelled", "canceled": "cancelled",
    "run": "not run", "ran": "not run",
}  # fmt: skip
_RETRY = (
    _RETRYING
    | _POLITE
    | _IT
    | MACHINES
    | frozenset(_ENDINGS)
    | _words(
        "try do once more on for with those these ones them which that who were was have has had been be could not"
    )
    | _words("couldn't weren't wasn't didn't did where only same thing steps step but and")
)
_UNDOING = _words("undo revert rollback undone reverted")
_BACK = _words("roll take put turn")
_UNDO = _UNDOING | _POLITE | _IT | _words("back of what was were did done been just should be has have your")
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1}
_PICKING = _words("the number choice option no nr answer one please take use i'd like it's it is that would be")


def move_of(tokens: tuple[Token, ...]) -> tuple[Move, str] | None:
    """What a text says of the plan as a whole, for a retry with the ending it speaks of; machines are left out."""
    words = [t.low for t in tokens if t.kind is not Kind.PUNCTUATION]
    said, every = set(words), words
    if any(t.is_literal for t in tokens) or not words:
        return None
    if said <= _APPROVAL and (
        said & _APPROVING or any(_stands(words, pair) for pair in _GOING_AHEAD) or said <= {"ok", "okay"}
    ):
        return Move.APPROVE, ""
    while words and words[0] in _SHRUGGING:
        words = words[1:]
    while words and words[-1] in _SHRUGGING:
        words = words[:-1]
    if _FORGETTING.fullmatch(" ".join(words)):
        return Move.FORGET, ""
    if said <= _UNDO | _BACK and (said & _UNDOING or ("back" in said and said & _BACK)):
        return Move.UNDO, ""
    if said <= _RETRY and (said & _RETRYING or {"try", "once", "same"} & said):
        return _retry(every, said)
    return None


def _retry(words: list[str], said: set[str]) -> tuple[Move, str] | None:
    named = {_ENDINGS[w] for w in words if w in _ENDINGS}
    if "not run" in named and not said & _words("not didn't wasn't weren't"):
        named.discard("not run")
    if "reached" in said and not said & _words("not couldn't weren't wasn't"):
        return None
    if len(named) == 1:
        return Move.RETRY, named.pop()
    whole = "retry" in said and not named and not said & _words("not where only")
    return (Move.RETRY, "") if whole else None


def _stands(words: list[str], pair: tuple[str, ...]) -> bool:
    return any(tuple(words[at : at + len(pair)]) == pair for at in range(len(words)))


def fitting(
    before: Plan, tokens: tuple[Token, ...], catalogue: Catalogue, vocabulary: Vocabulary, index: NameIndex
) -> list[tuple[str, Any]]:
    """All open questions that a text as a whole answers, with the answer."""
    open_now = [q for q in before.questions if q.param is not None or q.id == "targets"]
    number = _picked(tokens)
    if number is not None:
        choosing = [q for q in open_now if q.choices]
        picked = [
            (q.id, q.choices[number if number < 0 else number - 1].sets)
            for q in choosing
            if number < 0 or number <= len(q.choices)
        ]
        if picked:
            return picked
    found: list[tuple[str, Any]] = []
    for question in open_now:
        label = next((c.sets for c in question.choices if _same(c.label, tokens)), None)
        if label is not None:
            found.append((question.id, label))
        elif question.id == "targets":
            if (words := _targets(tokens, vocabulary, index)) is not None:
                found.append((question.id, words))
        elif (value := _value(before, question, tokens, catalogue, vocabulary, index.estate)) is not None:
            found.append((question.id, value))
    return found


def accepted(before: Plan, tokens: tuple[Token, ...]) -> dict[str, int] | None:
    """The answer to an offered reading, or to the only offer of the only question; never an approval.

    "2" and "the first one" pick a reading of the request; "yes" and "leave it out" only where there is but one.
    """
    asked = next((q for q in before.questions if q.id == "request" and q.choices), None)
    only = before.questions[0] if len(before.questions) == 1 and len(before.questions[0].choices) == 1 else None
    words = [t.low for t in tokens if t.kind is not Kind.PUNCTUATION]
    if asked is not None:
        number = _picked(tokens)
        if number is not None and -1 <= number <= len(asked.choices):
            return {asked.id: len(asked.choices) if number < 0 else number}
        for place, choice in enumerate(asked.choices, start=1):
            if _same(choice.label, tokens) or _plain(choice.label) == _plain(" ".join(t.text for t in tokens)):
                return {asked.id: place}
    offering = asked if asked is not None and len(asked.choices) == 1 else only
    if offering is None or not words or any(t.is_literal for t in tokens):
        return None
    leaving = asked is offering and bool(_LEAVING_IT.fullmatch(" ".join(words)))
    return {offering.id: 1} if leaving or _YES.fullmatch(" ".join(words)) else None


_YES_WORD = (
    r"(?:yes|yep|yeah|yup|sure|right|correct|exactly|indeed|ok|okay|fine|that's right|that's it|"
    r"that is right|i do|please do|of course)"
)
_YES = re.compile(
    rf"{_YES_WORD}(?: (?:{_YES_WORD}|please|thanks|that one|that|that's the one|i meant that|i meant that one|"
    r"do that))*"
)
_LEAVING_IT = re.compile(
    rf"(?:{_YES_WORD} )*(?:please |just |then |you can |we can |let's )*"
    r"(?:leave|drop|skip|ignore|omit|forget|without|remove|do it without|go without|take) ?"
    r"(?:it|that|this|that word|those words|that part|them)?(?: (?:out|away|please|then|off))*"
)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[\w./-]+", text.casefold()))


def _picked(tokens: tuple[Token, ...]) -> int | None:
    """The number of the choice that "2", "the second one" or "option 2" picks; -1 for the last."""
    numbers = []
    for token in tokens:
        if token.kind is Kind.NUMBER and len(token.text) <= 2:
            numbers.append(int(token.text))
        elif token.low in _ORDINALS:
            numbers.append(_ORDINALS[token.low])
        elif token.low in NUMBERS and token.low != "one":
            numbers.append(NUMBERS[token.low])
        elif token.low not in _PICKING and token.kind is not Kind.PUNCTUATION:
            return None
    if not numbers and [t.low for t in tokens] == ["one"]:
        return 1
    return numbers[0] if len(numbers) == 1 and numbers[0] else None


def _same(label: str, tokens: tuple[Token, ...]) -> bool:
    return bool(tokens) and label.casefold().split() == " ".join(t.low for t in tokens).split()


def _targets(tokens: tuple[Token, ...], vocabulary: Vocabulary, index: NameIndex) -> str | None:
    """The words as they are, when all of them name machines that there are."""
    phrases = find_phrases(tokens, index, vocabulary)
    words = " ".join(t.text for t in tokens)
    if not phrases:
        tokens = tokenize(f"on {words}")
        phrases = find_phrases(tokens, index, vocabulary)
    covered = {at for p in phrases for at in range(p.first, p.last)}
    rest = [t for at, t in enumerate(tokens) if at not in covered]
    if any(t.is_literal or t.low not in FILLERS | JOINTS | {"."} for t in rest):
        return None
    selection = select(phrases, index)
    named = any(p.names_something for p in phrases)
    return words if named and selection.question is None else None


def _value(
    before: Plan,
    question: Question,
    tokens: tuple[Token, ...],
    catalogue: Catalogue,
    vocabulary: Vocabulary,
    estate: Estate,
) -> Any:
    """The one value that a text is for the question's parameter, after the words that introduce it."""
    assert question.step is not None  # noqa: S101 - a question with a parameter has a step
    template = catalogue.get(before.steps[question.step - 1].intent)
    parameter = template.parameters.get(question.param or "") if template else None
    if template is None or parameter is None:
        return None
    lead = (
        PREPOSITIONS
        | FILLERS
        | _words("use with it's its is")
        | set(question.param.split("_") if question.param else ())
    )
    lead |= {parameter.type.value, *(w for o in template.grammar.objects for w in o.split())}
    rest = tokens
    while len(rest) > 1 and not rest[0].is_literal and rest[0].low in lead:
        rest = rest[1:]
    while len(rest) > 1 and (rest[-1].text in {".", "!"} or rest[-1].low in FILLERS):
        rest = rest[:-1]
    if len(rest) != 1 or not looks_like(parameter, rest[0], vocabulary, estate):
        return None
    try:
        return check_value(question.param or "", parameter, rest[0].value)
    except Refused:
        raise
    except InvalidInput:
        return None


_NUMBERS = frozenset({ParameterType.PORT, ParameterType.INTEGER})
_PATHS = frozenset({ParameterType.PATH, ParameterType.GLOB})
_NAMES = frozenset(
    {
        ParameterType.SERVICE,
        ParameterType.PROCESS,
        ParameterType.PACKAGE,
        ParameterType.USER,
        ParameterType.GROUP,
        ParameterType.NAME,
    }
)


def looks_like(parameter: Parameter, token: Token, vocabulary: Vocabulary, estate: Estate) -> bool:
    """Whether one token by itself has the shape of a parameter's values, so that it may be taken for one."""
    kind = parameter.type
    plain = token.kind is Kind.QUOTED or (token.kind is Kind.WORD and token.low not in vocabulary.reserved)
    if parameter.choices:
        return token.value in parameter.choices
    if kind in _PATHS:
        return token.kind is Kind.PATH or (token.kind is Kind.QUOTED and any(c in token.value for c in "/\\"))
    if kind is ParameterType.FILE:
        return plain and token.value in estate.files
    if kind is ParameterType.SCRIPT:
        return token.kind is Kind.PATH or (plain and token.value in estate.files)
    if kind is ParameterType.VERSION:
        return token.kind in (Kind.WORD, Kind.NUMBER, Kind.QUOTED) and token.value[:1].isdigit()
    if kind in _NUMBERS:
        return token.kind is Kind.NUMBER
    if kind is ParameterType.SECONDS:
        return token.kind is Kind.DURATION
    if kind in _NAMES:
        return plain and not token.value[:1].isdigit()
    if kind in (ParameterType.TEXT, ParameterType.WORDS, ParameterType.PHRASE, ParameterType.COMMAND):
        return token.kind in (Kind.QUOTED, Kind.CODE)
    return token.is_literal
