# SPDX-License-Identifier: Apache-2.0
"""Where, said on: what stands right behind machines that were named - "… and the bastion", "…, Windows included"."""

from abc import abstractmethod
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from opsconductor.domain.base import Platform
from opsconductor.domain.plans import Selector
from planner.any_system import ABOUT_SYSTEMS, any_system
from planner.exclusions import Exclusions
from planner.qualities import Item
from planner.targets import resolve
from planner.tokens import Kind
from planner.words import DETERMINERS, FILLERS, MACHINES, WHOLE

if TYPE_CHECKING:  # it reads its phrases with what is here
    from planner.scope import Phrase

_ENDS = frozenset([",", ".", ";", "!", "?", "and", "then", "if", "unless", "but", "at", "except", "excluding", ":"])
_LISTING = frozenset({",", "-", "\u2013", "\u2014"})
_CLOSING = frozenset({".", "!", "?", ","})
#: What narrows the machines that a noun names.
NARROWING = frozenset(["in", "of", "from", "within", "on", "at", "inside", "under"])
_BELOW = frozenset({"below", "beneath", "older", "except"})
#: What is done with files: "everything" behind it is no machine.
_OF_FILES = frozenset(
    ["delete", "remove", "erase", "wipe", "clean", "copy", "backup", "up", "archive", "move", "purge", "zip"]
)
#: How far behind its first word a remark about systems names them.
_NEAR = 8


class PhraseTails(Exclusions):
    """What words say behind a phrase that names machines."""

    def remark(self, at: int, before: "Phrase | None") -> int | None:
        """The token after words that only say that machines of every system are meant."""
        if ABOUT_SYSTEMS.isdisjoint(self.plain[at : at + _NEAR]):
            return None
        if before is None or before.last != at or before.os is not None or before.os_version is not None:
            return any_system(self.word, at, frozenset)
        return any_system(self.word, at, partial(self.systems_of, before))

    def systems_of(self, phrase: "Phrase") -> frozenset[Platform]:
        """The systems that the machines of a phrase run."""
        return frozenset(self.index.estate.asset(name).platform for name in self.machines_of(phrase))

    @abstractmethod
    def name(self, at: int, definite: bool, preposition: str | None) -> Item | None:
        """A group or machines named at a token."""

    def machines_of(self, phrase: "Phrase") -> tuple[str, ...]:
        """The machines of a phrase that says no number of them."""
        said = Selector(
            groups=phrase.groups, hosts=phrase.hosts, role=phrase.role, os=phrase.os, os_version=phrase.os_version,
            everything=phrase.everything, exclude=phrase.exclude,
        )  # fmt: skip
        return resolve(said, self.index.estate)

    def with_role_beside(self, at: int, before: "Phrase") -> "Phrase | None":
        """A phrase with the machines of a role joined to it: `the load balancers and the bastion`."""
        start = at + (self.word(at) == ",")
        counted = before.count is not None or before.share is not None or before.exclude or before.unknown
        if before.last != at or self.word(start) not in {"and", "&"} or not before.names_something or counted:
            return None
        place = start + 1
        while self.word(place) in DETERMINERS | WHOLE:
            place += 1
        role = self.role_noun(place, _ENDS) if place > start + 1 and self.word(place + 1) not in _LISTING else None
        last = place + 1
        if role is None and self.word(last) in MACHINES and (last + 1 >= len(self.low) or self.word(last + 1) in _ENDS):
            role, last = (self.role(place) if self.name(place, True, None) is None else None), last + 1
        if role is None:
            return None
        plain = not (before.role or before.os or before.os_version or before.everything)
        hosts = before.hosts if plain else self.machines_of(before)
        return replace(
            before, last=last, end=self.tokens[last - 1].end, groups=before.groups if plain else (), role=None,
            os=None, os_version=None, everything=False,
            hosts=tuple(dict.fromkeys((*hosts, *self.index.with_role(role)))),
        )  # fmt: skip

    def closes(self, at: int) -> bool:
        """Whether all of a role are named by the last words of all: "nginx reload, both lbs"."""
        start = at
        while self.word(start - 1) in DETERMINERS | WHOLE:
            start -= 1
        whole = not WHOLE.isdisjoint(self.plain[start:at])
        return whole and self.word(start - 1) in _LISTING and set(self.plain[at + 1 :]) <= _CLOSING | FILLERS

    def of_files(self, at: int, preposition: str | None) -> bool:
        """Whether "everything" is what lies in a folder: "delete everything in /srv/cache"."""
        after = at + 2 if self.word(at + 1) in NARROWING | _BELOW else at + 1
        if after < len(self.tokens) and self.tokens[after].kind is Kind.PATH:
            return True
        verb = self.vocabulary.lemma(self.word(at - 1))
        return preposition is None and verb in _OF_FILES and self.word(after) not in MACHINES
