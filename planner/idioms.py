# SPDX-License-Identifier: Apache-2.0
"""Remarks about the machines of the plan before, put into the plain words that point back; spans stay as they are."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from planner.later import Later
from planner.pointing import Mark

#: Characters of the longest text that is taken for a remark.
_LONGEST = 200
_LEAD = (
    r"^\s*(?:(?:no|nope|ok|okay|oh|ah|hm+|well|sorry|wait|actually|but|and|so|please|then|alright|right|fine|yes|yeah|"
    r"let's|let us|lets|can (?:we|you)|could (?:we|you)|we should|we can|you can|i'd rather|i would rather|"
    r"i'd prefer to|i want to|i'd like to|better|maybe|perhaps|just|i think|we'd better|we better|"
    r"also)(?![\w'-])[,.!]?\s*)*"
)
_TAIL = (
    r"(?:\s*,?\s*(?:please|for now|for the moment|this time|after all|then|thanks|thank you|of course|for today|"
    r"pls|if possible|as well|too|instead|rather))*[\s.!?]*$"
)
_IT = r"(?:it|that|this|everything|the (?:whole )?(?:plan|job|run|thing|rollout))"
_M = r"(?P<m>\S(?:.*?\S)?)"


def _rule(text: str) -> Later:
    return Later(f"{_LEAD}(?:{text}){_TAIL}")


_LEAVING = (
    _rule(
        rf"{_M} (?:is|are|stays?|should be|should stay|must be|can be|has to be|should) (?:off[ -]limits|excluded|out|"
        r"left out|not (?:be )?(?:included|needed|affected|touched|part of (?:it|this))|untouched|left alone|skipped|"
        r"out of scope)"
    ),
    _rule(
        r"(?:drop|remove|exclude|omit|spare|forget(?: about)?|ignore|discard|cut|strike|skip|except(?: for)?|"
        r"keep away from|stay away from|leave (?:aside|off|out)|take (?:away|off|out)|get rid of|keep out|"
        r"(?:don't|do not|dont|never) (?:touch|do|include|use|bother with|do it on|run it on)|no need (?:for|"
        r"to do)|nothing on|no|"
        r"(?:all|all of them|everything|everywhere|everyone|each)(?: else)? (?:but|except(?: for)?|without)|"
        r"not(?! (?:those|these|them|that|there|this|all|everything|everywhere|both)\b)) "
        rf"(?:on )?{_M}(?: (?:from (?:it|that|this|the (?:list|plan|targets|run))|out of (?:it|that|this)))?"
    ),
    _rule(
        rf"(?:leave|take|keep|pull|put) {_M} (?:alone|out(?: of (?:it|this|that|the (?:plan|run)))?|off(?: it|"
        rf" the list)?|"
        r"untouched|aside|be|as (?:it is|they are))"
    ),
)
_MARKED = (
    (
        Mark.ALSO,
        _rule(
            rf"(?:add|include|throw in|bring in|count in|put in|append|(?:extend|expand|widen) {_IT} to) {_M}"
            r"(?: (?:in|on top|to (?:it|that|this|them|those|the (?:plan|list|targets|run|job|batch|machines|"
            r"servers|hosts))))?"
        ),
    ),
    (
        Mark.ONLY,
        _rule(
            rf"(?:(?:limit|restrict|narrow|confine|reduce) {_IT}(?: down)? to|nothing but|only do|just do|"
            rf"keep {_IT} to|keep only|keep just) {_M}"
        ),
    ),
    (
        Mark.ONLY,
        _rule(rf"not (?:all|everything|everywhere|all of them)[,;:]? (?:but |rather )?(?:only|just) (?:on )?{_M}"),
    ),
    (Mark.ONLY, _rule(rf"(?:only|just) {_M}")),
    (
        Mark.INSTEAD,
        _rule(
            rf"(?:take|use|pick|choose|go with|go for|i want|i'd prefer|prefer|switch(?: {_IT})? to|"
            rf"change {_IT} to|(?:it|that) should be|make it|"
            rf"not (?:those|these|them|that|there|this|that one|those ones|it)[,;:]? ?(?:but |rather )?|"
            rf"i (?:really )?mean(?:t)?|i said) (?:on )?{_M}"
        ),
    ),
    (Mark.SAME, _rule(rf"(?:(?:and )?(?:now|next up|next|then)[:,]?|followed by) (?:on |for )?{_M}")),
    (Mark.SAME, _rule(rf"(?:on |for )?{_M},? (?:next|now)")),
)
_FIRST = (
    _rule(
        rf"(?:(?:try|test|do|start|begin|use|take|run|check|make)(?: {_IT})?(?: out)?(?: on| with)? |on )?{_M},? "
        r"(?:first|(?:first )?as (?:the |an? |our )?canary(?: first)?|the canary|go(?:es)? first)"
        r"(?:,? (?:and )?then (?:on )?(?:the )?(?:rest|others?|remaining ones))?"
    ),
    _rule(rf"(?:start|begin) (?:with|on) {_M}(?:,? (?:and )?then (?:on )?(?:the )?(?:rest|others?|remaining ones))?"),
)
_ASKING = _rule(rf"(?:(?:what|how) (?:about|of)|what's with|same (?:question|check|thing) (?:for|on)) (?:on )?{_M}")
_EXCHANGES = (
    _rule(r"(?:replace|swap|exchange|switch|change) (?P<old>\S.*?) (?:with|for|by|to|against) (?P<new>\S.*?)"),
    _rule(
        r"(?:(?:take|use|do|do it on|run it on|on|make it) )?(?P<new>\S.*?) (?:instead of|rather than|"
        r"in place of|and not|not) (?:on )?(?P<old>\S.*?)"
    ),
    _rule(
        r"(?:don't|do not|dont|instead of|rather than) (?P<old>\S.*?)(?:, ?| but | rather |, but |; )"
        r"(?:just |rather |but |instead )?(?P<new>\S.*?)"
    ),
    _rule(r"not (?!all\b|every)(?:on )?(?P<old>\S.*?)(?:, ?| but | rather |, but |; )(?:on )?(?P<new>\S.*?)"),
)
_BARE = _rule(
    rf"(?:(?:take|use|pick|choose|go with|go for|it's|its|it is|that's|that is|that'd be|i mean(?:t)?|i want|"
    rf"do|do {_IT}|run {_IT}|make it|"
    rf"for|on|only|just|say|try|the answer is) )*{_M}"
)


#: What makes a role stand for its machines; spans are told without it.
_ON = "on "
_PLACED = re.compile(r"(?:on|in|for|at|from|of|across) ", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Idiom:
    """A text with blanks in place of the remark around the machines, and what that remark says."""

    text: str
    mark: Mark | None = None
    start: int = 0  #: where the machines begin
    asks: bool = False  #: "what about …"
    first: bool = False  #: "… as the canary"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One that is to stand in the place of another: spans in the text."""

    old: tuple[int, int]
    new: tuple[int, int]


def idioms(text: str) -> Iterator[Idiom]:
    """What a text may be in plainer words; only where the rest names machines is it meant so."""
    if len(text) > _LONGEST:
        return
    for rule in _FIRST:
        if match := rule.match(text):
            yield Idiom(_kept(text, match), None, match.start("m"), first=True)
    for rule in _LEAVING:
        if match := rule.match(text):
            yield Idiom(_kept(text, match), Mark.LESS, match.start("m"))
    for mark, rule in _MARKED:
        if match := rule.match(text):
            yield Idiom(_kept(text, match), mark, match.start("m"))
    if match := _ASKING.match(text):
        yield Idiom(_kept(text, match), Mark.AND, match.start("m"), asks=True)


def exchanges(text: str) -> Iterator[Exchange]:
    """Readings of a text as one thing in the place of another."""
    if len(text) > _LONGEST:
        return
    for rule in _EXCHANGES:
        if match := rule.match(text):
            yield Exchange(match.span("old"), match.span("new"))


def bare(text: str) -> str:
    """The text without what is said around an answer: "let's take", "please"."""
    match = _BARE.match(text) if len(text) <= _LONGEST else None
    return _kept(text, match).strip() if match else text


def _kept(text: str, match: re.Match[str]) -> str:
    start, end = match.span("m")
    lead = "" if start < len(_ON) or _PLACED.match(text, start) else _ON
    return f"{lead:>{start}}{text[start:end]}{' ' * (len(text) - end)}"
