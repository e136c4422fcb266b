# SPDX-License-Identifier: Apache-2.0
"""Which system: what a request says of Linux and Windows machines apart - "… on Linux, … on the Windows ones"."""

from dataclasses import replace

from planner.qualities import ONES, SYSTEMS, Item, Qualities
from planner.vocabulary import Vocabulary
from planner.words import MACHINES

_PARTS = frozenset({"half", "part", "side", "portion", "share", "section", "members", "contingent"})
_BEHIND = frozenset([",", ".", ";", "!", "?", ":", ")", "(", "and", "&", "or", "then", "but", "while", "-", "also"])
_BEFORE = frozenset([",", ".", ";", "!", "?", ":", "(", "and", "&", "then", "but", "while", "-", ""])
_WITHIN = frozenset({"of", "in", "from", "within", "across"})
_WHERE = frozenset({"on", "for", "under", "across", "in", "with"})
_BOTH = frozenset({"and", "&", "or", "/", "+", "plus"})


class Systems(Qualities):
    """What words say of the system that machines run, where that is what tells them apart."""

    vocabulary: Vocabulary

    def limited(self, item: Item) -> Item:
        """The system that is said behind a name: `…, Linux only`, `… (only the Windows machines)`, `… (Linux)`."""
        at = item.at
        bracket = self.word(at) == "("
        if not (item.groups or item.hosts or item.everything) or item.os or item.os_version:
            return item
        at += self.word(at) in {",", "(", "-", "\u2013", "\u2014"}
        if only := self.word(at) in {"only", "just"}:
            at += 1
        at += self.word(at) == "the"
        system = SYSTEMS.get(self.word(at))
        at += 1
        at += self.word(at) in MACHINES | ONES
        if self.word(at) == "only":
            only, at = True, at + 1
        if system is None or not (only or bracket) or (bracket and self.word(at) != ")"):
            return item
        return replace(item, os=system, at=at + bracket)

    def part(self, at: int) -> bool:
        """Whether "half of", "side of" stands here behind a word that says which: "the Linux half of Data"."""
        return self.word(at) in _PARTS and self.word(at + 1) in {"of", "in", "within"}

    def both_systems(self, at: int) -> int:
        """The token after `Linux and Windows`, which only says that all are meant; `at` where it is not said."""
        first, second = SYSTEMS.get(self.word(at)), SYSTEMS.get(self.word(at + 2))
        return at + 3 if first and second and first is not second and self.word(at + 1) in _BOTH else at

    def apart(self, at: int, preposition: str | None) -> bool:
        """Whether a system's name by itself says which machines: "restart sshd on Linux, WinRM on Windows"."""
        if not self.both_said or preposition not in _WHERE or self.word(at) not in SYSTEMS:
            return False
        word = self.word(at + 1)
        if at + 1 >= len(self.tokens) or word in _BEHIND | _WITHIN:
            return True
        start = at - 1
        while start > 0 and self.word(start) not in _WHERE:
            start -= 1
        opens = start == 0 or self.word(start - 1) in _BEFORE
        return opens or self.vocabulary.lemma(word) in self.vocabulary.starters

    def headed(self, at: int) -> Item | None:
        """A system as a heading or in brackets: `Linux: …`, `on the Windows machines: …`, `chronyd (Linux)`."""
        bracket = self.word(at) == "("
        if not bracket and at and self.word(at - 1) not in _BEFORE:
            return None
        at += 1 if bracket or self.word(at) in _WHERE else 0
        while self.word(at) in {"the", "all", "only", "for", "on"}:
            at += 1
        system = SYSTEMS.get(self.word(at))
        at += 1
        while self.word(at) in MACHINES | ONES | {"only"}:
            at += 1
        if system is None or self.word(at) != (")" if bracket else ":") or (bracket and not self.both_said):
            return None
        return Item(at + 1, os=system, noun=True, ones=True)
