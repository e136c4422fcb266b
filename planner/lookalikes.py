# SPDX-License-Identifier: Apache-2.0
"""What looks like a name of machines and is none: a group of accounts on them, the source of traffic to them."""

from collections.abc import Callable
from dataclasses import dataclass

from planner.words import DETERMINERS, PREPOSITIONS, WHOLE


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


GROUPS = frozenset({"group", "groups"})
#: Behind these an address is where traffic comes from.
TRAFFIC = _words("firewall allow port ports traffic open permit block deny tcp udp")
_BETWEEN = DETERMINERS | WHOLE | _words("local security unix system secondary supplementary additional new old unused")
_INTO = _words("to into from in of as with")
_ACCOUNTS = _words("user users account accounts member members membership login usermod useradd adduser")
_MOVING = _words("add remove put join drop take delete kick strip include assign enroll rid")
_MAKING = _words("create add make take remove delete drop ensure sure that up of setup")
_ASKING = _words("is are was were does")
_BEING = _words("exist exists should must shall is are be present absent does")
#: Words of the longest name of such a group, and how far around it what is done with it is looked for.
_LONGEST, _BEFORE, _BEHIND = 4, 8, 6


@dataclass(frozen=True, slots=True)
class Around:
    """A request as its words: `word(place)` is empty for what is no plain word, `known` tells names of the estate."""

    word: Callable[[int], str]
    lemma: Callable[[str], str]
    known: Callable[[int], bool]
    size: int


def is_account_group(around: Around, start: int) -> bool:
    """Whether the group named from a token on is one of accounts: "to the docker group", "create group ops"."""
    word = around.word
    lead, place = start - 1, start
    while word(lead) in _BETWEEN:
        lead -= 1
    while word(place) in _BETWEEN | PREPOSITIONS:
        lead = place if word(place) in PREPOSITIONS else lead
        place += 1
    last = _end(around, place)
    if last is None:
        return False
    place += word(place) in GROUPS
    place += word(place) in {"named", "called"}
    if place >= around.size or around.known(place):
        return False
    if word(lead) in _INTO:
        near = range(max(0, start - _BEFORE), min(last + _BEHIND, around.size))
        said = {around.lemma(word(i)) for i in near}
        return bool(said & (_ACCOUNTS | _MOVING)) or word(lead - 1) in _BEING or word(lead - 2) in _ASKING
    if word(lead) in {"and", ","} and not _ACCOUNTS.isdisjoint(word(i) for i in range(max(0, start - _BEFORE), start)):
        return True
    if word(lead) in PREPOSITIONS:
        return False
    return around.lemma(word(lead)) in _MAKING or word(last) in _BEING


def _end(around: Around, place: int) -> int | None:
    """The token after the group's name and the word group, whichever comes first; None where there is none."""
    if around.word(place) in GROUPS:
        named = around.word(place + 1) in {"named", "called"}
        return place + 2 + named
    return next((i + 1 for i in range(place + 1, place + 1 + _LONGEST) if around.word(i) in GROUPS), None)
