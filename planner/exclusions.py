# SPDX-License-Identifier: Apache-2.0
"""Which not: phrases that leave machines out - "except web-03", "but not the Windows ones", "leave the DCs alone"."""

from abc import abstractmethod

from opsconductor.domain.plans import Selector
from planner.qualities import Item, Unknown
from planner.systems import Systems
from planner.targets import resolve
from planner.tokens import Kind
from planner.words import DETERMINERS, EXCEPTIONS, WHOLE

#: What is left out: the token after it, names, names that nobody knows.
Left = tuple[int, tuple[str, ...], tuple[Unknown, ...]]

_ENDS = frozenset([",", ".", ";", "!", "?", "and", "then", "if", "unless", "but", ":", ")"])
_SENTENCES = frozenset({".", ";", ":", "!", "?", "then"})
_EXCEPTING = frozenset(words[0] for words in EXCEPTIONS)
_THOSE = frozenset({"those", "ones", "anything", "everything", "machines", "servers", "hosts", "that", "are"})
#: What is done to machines that nothing shall be done to, before their names and behind them.
_LEAVING = (("leave",), ("leaving",), ("keep",), ("keeping",), ("do", "not", "touch"), ("don't", "touch"),
            ("without", "touching"), ("not", "touching"), ("never", "touch"), ("hands", "off"))  # fmt: skip
_LEFT = frozenset({"out", "alone", "untouched", "unchanged", "aside", "be"})
_TAILS = (("as", "they", "are"), ("as", "it", "is"), ("as", "is"), ("out", "of", "it"), ("out", "of", "this"))
_LEAVERS = frozenset(words[0] for words in _LEAVING)
#: What a machine has another one as, which is no name: "not on its twin".
_COUNTERPARTS = frozenset(
    ["twin", "partner", "counterpart", "peer", "sibling", "replica", "standby", "secondary", "mirror", "neighbour",
     "neighbor", "clone", "other", "others"]
)  # fmt: skip
_WHOSE = frozenset({"its", "their", "his", "the"})
_LONGEST_COUNTERPART = 3

#: What a group's name that stands apart is followed by, and what stands before one that is wished something.
_BEHIND_LISTED = frozenset(
    [
        ",",
        ".",
        ";",
        "!",
        "?",
        "if",
        "unless",
        "but",
        "+",
        "plus",
        "&",
        "only",
        "except",
        "without",
        "minus",
        "excluding",
    ]
)
_WISHED = frozenset({"need", "needs", "want", "wants", "like", "have", "get"})
#: Words from "wait" to the machine whose port is waited for.
_WAITED = 7


class Exclusions(Systems):
    """What words leave out of the machines that others name."""

    @abstractmethod
    def items(self, at: int, preposition: str | None, *, closed: bool = False) -> Item | None:
        """Machines that are named from a token on, where the preposition before it expects some."""

    def listed(self, at: int, length: int, words: str) -> bool:
        """Whether a group's name of several words stands between signs, "restart nginx, edge proxies", or between a
        wish and what is to be done, "I'd like edge proxies restarted"."""
        if length < 2 or self.index.group(words, loose=False) is None:
            return False
        before, behind = self.word(at - 1), self.word(at + length)
        if before in _WISHED:
            return behind.endswith(("ed", "wn")) or behind == "to"
        ends = at + length >= len(self.low) or behind in _BEHIND_LISTED
        return ends and (before in {",", ":"} or (before in {".", ";"} and behind == "only"))

    def alone(self, at: int, length: int, words: str) -> bool:
        """Whether a group's exact name of one word stands by itself behind a comma at the end, or in front of all with
        a comma behind it: "apt install chrony, Staging", "Baggage, Linux only: remove telnet"."""
        exact = length == 1 and words[:1].isupper() and self.index.estate.group(words) is not None
        if not exact:
            return False
        ends = at + 1 >= len(self.low) or self.word(at + 1) in {".", "!"}
        return (self.word(at - 1) == "," and ends) or (at == 0 and self.word(1) in {",", "("})

    def is_waited_for(self, start: int, at: int) -> bool:
        """Whether a machine is the one whose port is waited for, and others were named before: "on app-01 wait until
        port 5432 on db-01 is open"."""
        here = {self.word(i) for i in range(max(0, start - _WAITED), start)}
        if "wait" not in here or self.word(start - 2) not in {"port", "ports"} or at >= len(self.tokens):
            return False
        named = any(self.index.host(t.value) for t in self.tokens[:start] if not t.is_literal)
        named = named or any(self.index.group(t.value, loose=False) for t in self.tokens[:start] if not t.is_literal)
        return named and self.index.host(self.tokens[at].value) is not None

    def exclusion(self, at: int) -> Left | None:
        """`except web-03 and the load balancers`: (token after, names, unknown names)."""
        leave = at + (self.word(at) == "but")
        if self.word(leave) in _LEAVERS and (left := self.left_alone(leave)):
            return left
        if self.word(at) not in _EXCEPTING:
            return None
        for words in EXCEPTIONS:
            if self.stand(words, at):
                opens = at == 0 or self.word(at - 1) in _SENTENCES
                return self.excepted(at + len(words), words[0].startswith("except") or words[0] == "excluding", opens)
        return None

    def stand(self, words: tuple[str, ...], at: int) -> bool:
        """Whether these words stand from a token on."""
        return all(self.word(at + i) == w for i, w in enumerate(words))

    def excepted(self, after: int, named: bool, opens: bool) -> Left | None:
        """What stands behind the words that open an exception; `named` where only names of machines can, `opens` where
        it opens a sentence."""
        after += self.word(after) == "the" and self.word(after + 1) in _THOSE
        while self.word(after) in _THOSE:
            after += 1
        if self.word(after) in {"on", "in", "for", "of", "from", "within"}:
            after += 1
        left = self.one_left(after, named)
        while left is not None and (following := self.joint(left[0])):
            more = self.one_left(following, named=False) if self.beside_left(left[0], opens) else None
            if more is None:
                break
            left = more[0], (*left[1], *more[1]), (*left[2], *more[2])
        return left

    def one_left(self, after: int, named: bool) -> Left | None:
        """Machines that are left out, of one kind: a role's, or a list of names."""
        if (role := self.role_noun(after + (self.word(after) == "the"), _ENDS)) is not None:
            return after + 1 + (self.word(after) == "the"), self.index.with_role(role), ()
        item = self.items(after, "on" if named else "in", closed=True)
        return (item.at, self.names_of(item), item.unknown) if item is not None and self.names_any(item) else None

    def beside_left(self, at: int, opens: bool) -> bool:
        """Whether what is joined here goes on the list: behind a comma alone others may be named where it opens."""
        others = self.word(at) == "," and self.word(at + 1) in WHOLE
        return not others and (not opens or self.word(at) != "," or self.word(at + 1) in {"and", "or", "nor"})

    def names_any(self, item: Item) -> bool:
        return item.named or item.role is not None or item.os is not None or item.os_version is not None

    def names_of(self, item: Item) -> tuple[str, ...]:
        """The groups and machines of a phrase; of one that says more of them than names, its machines."""
        if item.role is None and item.os is None and item.os_version is None and item.count is None:
            return (*item.groups, *item.hosts)
        selector = Selector(
            groups=item.groups, hosts=item.hosts, role=item.role, os=item.os, os_version=item.os_version,
            count=item.count, count_from=item.count_from, everything=not item.groups and not item.hosts,
        )  # fmt: skip
        return tuple(resolve(selector, self.index.estate))

    def left_alone(self, at: int) -> Left | None:
        """`leave the Windows servers alone`, `don't touch web-03`."""
        words = next((words for words in _LEAVING if self.stand(words, at)), None)
        if words is None:
            return None
        item = self.items(at + len(words), "in")
        if item is None or not self.names_any(item):
            return None
        after = item.at
        if words[0] in {"leave", "leaving", "keep", "keeping"}:
            tail = next((tail for tail in _TAILS if self.stand(tail, after)), None)
            if tail is None and self.word(after) not in _LEFT:
                return None
            after += len(tail) if tail else 1
        return after, self.names_of(item), item.unknown

    def counterpart(self, at: int) -> int | None:
        """The token after `not on its standby twin`: what no machine is named by, beside one that is."""
        at += self.word(at) == ","
        at += self.word(at) in {"but", "and"}
        if self.word(at) != "not":
            return None
        at += 2 if self.word(at + 1) in {"on", "for"} else 1
        if self.word(at) not in _WHOSE | DETERMINERS:
            return None
        for end in range(at + 1, at + 1 + _LONGEST_COUNTERPART):
            if end >= len(self.tokens) or self.tokens[end].kind is not Kind.WORD:
                return None
            ends = end + 1 >= len(self.tokens) or self.word(end + 1) in _ENDS
            if ends and (self.word(end) in _COUNTERPARTS or (self.word(end) in {"one", "ones"} and end > at + 1)):
                return end + 1
        return None
