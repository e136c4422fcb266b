# SPDX-License-Identifier: Apache-2.0
"""Which: what words say of machines besides their names - the system they run, their role, how their names begin."""

import re
from dataclasses import dataclass, replace

from opsconductor.domain.base import Platform
from planner.lookalikes import TRAFFIC
from planner.names import Found, NameIndex, role_key, stems
from planner.ranges import MOST_NAMES, between, names_of
from planner.tokens import Kind, Token
from planner.words import DETERMINERS, FILLERS, MACHINES, NUMBERS, WORK_VERBS

SYSTEMS = {"windows": Platform.WINDOWS, "win": Platform.WINDOWS, "linux": Platform.LINUX, "unix": Platform.LINUX}
DISTRIBUTIONS = {
    "ubuntu": "Ubuntu",
    "debian": "Debian",
    "rhel": "RHEL",
    "centos": "CentOS",
    "rocky": "Rocky",
    "sles": "SLES",
    "fedora": "Fedora",
    "alma": "AlmaLinux",
    "almalinux": "AlmaLinux",
    "suse": "SUSE",
    "opensuse": "openSUSE",
}
ROLES = {
    "database": "db", "databases": "db", "dbs": "db", "loadbalancer": "lb", "webserver": "web", "webservers": "web",
    "application": "app", "apps": "app",
}  # fmt: skip
_THROUGH = frozenset({"through", "thru", "to", "-", "\u2013", "\u2014", "until", "till"})
#: Stand for machines behind a word that says which: "the Windows ones".
ONES = frozenset({"ones", "one"})
#: The same in several words, behind the first of them.
_THROUGH_WORDS = (
    ("up", "to", "and", "including"), ("up", "until"), ("up", "till"), ("up", "to"), ("through", "to"),
    ("all", "the", "way", "to"), ("all", "the", "way", "through", "to"), ("to", "and", "including"),
)  # fmt: skip
_NAMING = frozenset({"hostname", "rename", "hostnames", "set-hostname", "name"})
#: Between machines and the system they have.
_RUNNING = frozenset(
    ["run", "runs", "running", "on", "with", "that", "which", "are", "is", "still", "currently", "use", "using", "have"]
)
#: Between machines and the role they have.
_HAVING = frozenset(
    [
        "with",
        "having",
        "tagged",
        "in",
        "of",
        "whose",
        "that",
        "have",
        "has",
        "which",
        "the",
        "a",
        "as",
        "is",
        "are",
        "by",
    ]
)
#: The end of a name that another machine has in its stead.
_ENDING = re.compile(r"-?\d+$|-[A-Za-z]$")
#: Words of the longest machine's name that is spoken, and digits of its number.
_MOST_WORDS, _MOST_DIGITS = 3, 4
_SINGLE = frozenset({"server", "host", "machine", "box", "node", "vm"})
_SHORTENED = {"server": "srv", "database": "db", "workstation": "ws"}
_DIGITS = {word: str(value) for word, value in NUMBERS.items() if value < 10} | {"oh": "0"}
#: Behind these a part of a sentence has ended.
_CLOSING = frozenset([",", ".", ";", "!", "?"])
#: Tokens of the longest request in short form, and words that a name of another kind follows.
_LONGEST_SHORT = 8
_NO_TRAIL = DETERMINERS | frozenset(
    ["group", "groups", "user", "users", "account", "role", "service", "share", "file", "named", "called", "name", "to",
     "into", "as", "in", "of", "for", "with", "from", "by", "and", "or", "rename", "is", "are", "at", "text", "line",
     ",", "not", "but", "without", "package", "task", "job"]
)  # fmt: skip
#: Tokens from one system's name to the other's where they share a noun.
_LONGEST_SHARE = 24
_ROLE_WORDS = frozenset({"role", "roles", "tag", "label"})


@dataclass(frozen=True, slots=True)
class Unknown:
    """Words in the place of a name that name nothing."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Item:
    """A part of a phrase while it is read: `at` is the token after it."""

    at: int
    groups: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    role: str | None = None
    os: Platform | None = None
    os_version: str | None = None
    count: int | None = None
    count_from: str = "all"
    share: float | None = None
    everything: bool = False
    unknown: tuple[Unknown, ...] = ()
    repaired: bool = False
    noun: bool = False
    ones: bool = False  #: "the Windows ones": of the machines named before

    @property
    def named(self) -> bool:
        return bool(self.groups or self.hosts or self.unknown)


class Qualities:
    """Tokens of a request, and what those from one on say of machines."""

    def __init__(self, tokens: tuple[Token, ...], index: NameIndex) -> None:
        self.tokens = tokens
        self.index = index
        self.low = [t.fixed for t in tokens]
        self.plain = ["" if t.is_literal else t.fixed for t in tokens]
        self.both_said = len({SYSTEMS[w] for w in self.plain if w in SYSTEMS}) > 1  # Linux and Windows
        self.ranges: dict[int, Item] = {}  # what was read at a token
        self.room = MOST_NAMES

    def word(self, at: int) -> str:
        return self.plain[at] if 0 <= at < len(self.plain) else ""

    def joint(self, at: int) -> int | None:
        end = at
        while self.word(end) in {",", "and", "&", "plus", "or", "+", "/", "also"}:
            end += 1
        if end == at and [self.word(at + i) for i in range(3)] == ["as", "well", "as"]:
            end = at + 3
        if end == at or end >= len(self.tokens):
            return None
        return end + 1 if self.word(end) in {"on", "in"} and self.word(end - 1) in {"and", "plus"} else end

    def limited(self, item: Item) -> Item:
        """Machines of one system among those named: "on Production, Linux only", "(only on Windows)"."""
        if item.os or item.os_version or not item.named:
            return item
        at = item.at + (self.word(item.at) in {",", "(", "-"})
        first = self.word(at) == "only"
        at += first
        at += first and self.word(at) in {"on", "the", "for"}
        system = SYSTEMS.get(self.word(at))
        end = at + 1 + (self.word(at + 1) in MACHINES)
        if system is None or (not first and self.word(end) != "only"):
            return item
        end += not first
        if end < len(self.low) and self.word(end) not in _CLOSING | {")", "and", "then"}:
            return item
        return replace(item, os=system, at=end + (self.word(end) == ")" and self.word(item.at) == "("))

    def trails(self, at: int, length: int) -> bool:
        """Whether several words stand alone at the end, as a group does in short form: "nginx status prod web"."""
        end = at + length
        ends = self.word(end) in {".", "?", "!"} or set(self.plain[end:]) <= _CLOSING | FILLERS
        if length < 2 or at < 2 or not ends:
            return False
        return bool(self.word(at - 1)) and self.word(at - 1) not in _NO_TRAIL and len(self.low) <= _LONGEST_SHORT

    def shares_noun(self, at: int) -> bool:
        """Whether a system's name stands here whose noun comes with the other one: "on the Linux and … on the Windows
        servers"."""
        system = SYSTEMS.get(self.word(at))
        if system is None or self.word(at + 1) != "and" or self.word(at - 1) not in DETERMINERS | {"on", "for"}:
            return False
        for later in range(at + 3, min(at + _LONGEST_SHARE, len(self.low))):
            other = SYSTEMS.get(self.word(later))
            if self.word(later) in _CLOSING:
                return False
            if other is not None:
                return other is not system and self.word(later + 1) in MACHINES | {"ones"}
        return False

    def number(self, at: int) -> int | None:
        if 0 <= at < len(self.tokens) and self.tokens[at].kind is Kind.NUMBER and len(self.tokens[at].text) <= 6:
            return int(self.tokens[at].text)
        return NUMBERS.get(self.word(at))

    def role(self, at: int) -> str | None:
        word = self.word(at)
        for role in (word, ROLES.get(word, "")):
            if role and role in self.index.roles:
                return role
        return None

    def running(self, at: int) -> Item | None:
        """`that run Debian 12`, `on Windows Server 2019` behind a noun for machines."""
        start = at
        while self.word(at) in _RUNNING or (at > start and self.word(at) in DETERMINERS):
            at += 1
        if at == start:
            return None
        item, after = self.system(at)
        return replace(item, at=after) if after > at else None

    def system(self, at: int) -> tuple[Item, int]:
        """A system's name with or without its version, not of machines that follow."""
        word = self.word(at)
        if word == "windows" and (edition := self.edition(at + 1)):
            item, after = Item(at, os_version=f"Windows {edition[0]}"), edition[1]
        elif word in SYSTEMS:
            item, after = Item(at, os=SYSTEMS[word]), at + 1
        elif word in DISTRIBUTIONS:
            follows = at + 1 < len(self.tokens) and re.match(r"\d", self.tokens[at + 1].text)
            version = self.tokens[at + 1].text if follows else ""
            item = Item(at, os_version=f"{DISTRIBUTIONS[word]} {version}".strip())
            after = at + 1 + bool(version)
        else:
            return Item(at), at
        return (Item(at), at) if self.word(after) in MACHINES else (item, after)

    def edition(self, at: int) -> tuple[str, int] | None:
        """`Server 2019` or `11` behind "Windows", and the token after it."""
        number = at + 1 if self.word(at) == "server" else at
        if number < len(self.tokens) and re.fullmatch(r"20\d\d|1[01]", self.tokens[number].text):
            return ("Server " if number > at else "") + self.tokens[number].text, number + 1
        return None

    def role_said(self, at: int) -> tuple[str, int] | None:
        """`with role web`, `tagged web`, `that have the db role`: the role and the token after it."""
        start = at
        while self.word(at) in _HAVING:
            at += 1
        said = any(self.word(i) == "tagged" for i in range(start, at))
        if at > start and self.word(at) in _ROLE_WORDS:
            at += 1
            while self.word(at) in {"is", "of", "=", ":", "the"}:
                at += 1
            if at < len(self.tokens) and (known := self.known_role(self.tokens[at].value)):
                return known, at + 1
            return None
        if at > start and (role := self.role(at)) and (said or self.word(at + 1) in _ROLE_WORDS):
            return role, at + 1 + (self.word(at + 1) in _ROLE_WORDS)
        return None

    def known_role(self, text: str) -> str | None:
        value = role_key(text)
        return (
            value if value in self.index.roles else ROLES.get(value) if ROLES.get(value) in self.index.roles else None
        )

    def role_noun(self, at: int, ends: frozenset[str]) -> str | None:
        """A role that stands for its machines: "both DCs", "the databases", "the bastion" where there is but one."""
        word = self.word(at)
        if not word or (at + 1 < len(self.tokens) and self.word(at + 1) not in ends):
            return None
        for several in (word.removesuffix("s"), word.removesuffix("ies") + "y", ROLES.get(word, "")):
            if several in self.index.roles and word.endswith("s") and word not in self.index.roles:
                return several
        if word in self.index.roles and self.word(at - 1) == "the":
            return word if len(self.index.with_role(word)) == 1 else None
        return None

    def begun(self, at: int) -> tuple[tuple[str, ...], int] | None:
        """`whose names start with web`: the machines and the token after it."""
        start = at
        while self.word(at) in {"whose", "with", "name", "names", "hostname", "hostnames", "that", "the", "a"}:
            at += 1
        verb = self.word(at)
        if (verb in {"start", "starts", "begin", "begins"} and at > start) or verb in {"starting", "beginning"}:
            at += 1
        else:
            return None
        if self.word(at) not in {"with", "by"} or at + 1 >= len(self.tokens):
            return None
        token = self.tokens[at + 1]
        if token.kind not in (Kind.WORD, Kind.QUOTED, Kind.RANGE):
            return None
        prefix = token.value.casefold().rstrip("*")
        names = self.index.alike(f"{prefix}*")
        return (names, at + 2) if names else None

    def through(self, at: int, found: Found) -> Item:
        """A machine, or the run of machines it opens: `web-01 through web-04`."""
        names = (found.name,)
        renamed = self.word(at + 1) == "to" and not _NAMING.isdisjoint(self.low[:at])
        last = self.through_words(at + 1)
        if last > at + 1 and last < len(self.tokens) and not renamed:
            stop = self.tokens[last].value
            if self.tokens[last].kind is Kind.NUMBER:
                stop = found.name.rstrip("0123456789") + stop
            elif spaced := self.numbered(last):
                stop, last = spaced[0].name, spaced[1]
            if self.index.host(stop) or self.index.looks_like_host(stop):
                known, unknown = between(found.name, stop, self.index)
                if known:
                    spot = Unknown(", ".join(unknown), self.tokens[at].start, self.tokens[last].end)
                    return Item(last + 1, hosts=known, unknown=(spot,) if unknown else ())
        return Item(at + 1, hosts=names)

    def through_words(self, at: int) -> int:
        """The token after the words that lead from the first machine of a run to its last; `at` where none stand."""
        for words in _THROUGH_WORDS:
            if all(self.word(at + i) == w for i, w in enumerate(words)):
                return at + len(words)
        return at + (self.word(at) in _THROUGH)

    def numbered(self, at: int) -> tuple[Found, int] | None:
        """The machine of words with their number a blank behind them ("web 1", "lab pc three"), and the place of the
        number."""
        for length in range(1, _MOST_WORDS + 1):
            behind = at + length
            if behind >= len(self.tokens) or not self.lettered(behind - 1):
                return None
            number, last = self.spoken(behind)
            if number and (self.tokens[behind].text.isdecimal() or self.word(last + 1) != "by"):
                words = [t.text for t in self.tokens[at:behind]]
                found = self.index.host("".join(words) + number)
                if found is None and length > 1:  # "lab server seven" is called lab-srv-07
                    found = self.index.host("".join(_SHORTENED.get(w.casefold(), w) for w in words) + number)
                if found is None and length > 1 and self.word(behind - 1) in _SINGLE:  # "web server two" is web-02
                    found = self.index.host("".join(words[:-1]) + number)
                return (found, last) if found else None
        return None

    def spoken(self, at: int) -> tuple[str, int]:
        """The number that stands or is spoken from a token on, digit by digit ("zero two") too; its last token."""
        figures, end = "", at
        while end < at + _MOST_DIGITS and (digit := _DIGITS.get(self.word(end))):
            figures, end = figures + digit, end + 1
        if end - at > 1:
            return figures, end - 1
        number = self.number(at)
        return ("" if number is None else str(number)), at

    def addressed(self, at: int, definite: bool) -> Item | None:
        """The machine of an address; behind words about traffic an address is none of ours."""
        token = self.tokens[at]
        name = self.index.estate.addresses.get(token.value) if token.kind is Kind.ADDRESS else None
        if name is None or not (definite or self.follows_verb(at)) or self.word(at - 1) in TRAFFIC:
            return None
        return Item(at + 1, hosts=(name,))

    def follows_verb(self, at: int) -> bool:
        """Whether a verb stands right before a token."""
        return self.word(at - 1) in WORK_VERBS

    def lettered(self, at: int) -> bool:
        """Whether a word has letters only, lines between them aside."""
        token = self.tokens[at]
        return token.kind is Kind.WORD and re.fullmatch(r"[A-Za-z]+(?:[-_][A-Za-z]+)*", token.text) is not None

    def ending(self, at: int, last: str) -> Item | None:
        """A name's end with its line before it, beside the whole name of another machine: "web-1 and -2"."""
        token, after = self.tokens[at], at + 1
        text = token.text
        if text == "-" and after < len(self.tokens) and self.tokens[after].kind is Kind.NUMBER:
            text, after = f"-{self.tokens[after].text}", after + 1 if self.tokens[after].start == token.end else at
        if after == at or not last or not re.fullmatch(r"-(?:[A-Za-z]|\d+)", text):
            return None
        name = _ENDING.sub("", last) + text
        if host := self.index.host(name):
            return Item(after, hosts=(host.name,))
        return Item(after, unknown=(Unknown(name, token.start, self.tokens[after - 1].end),))

    def versioned(self, at: int, preposition: str | None) -> tuple[str, int] | None:
        """A system with its version that alone says which machines: "on Debian 12", "roll … out to Debian 12"."""
        item, after = self.system(at)
        out = preposition == "to" and self.word(at - 2) == "out"
        known = item.os_version and re.search(r"\d", item.os_version)
        if not known or not (out or preposition in {"on", "across", "against"}):
            return None
        ends = after >= len(self.tokens) or self.word(after) in _CLOSING
        return (item.os_version or "", after) if ends else None

    def role_alone(self, at: int) -> tuple[str, int] | None:
        """`role web` or `role: web` by itself: the role and the token after it."""
        if self.word(at) != "role" or (at and self.word(at - 1) not in _CLOSING):
            return None
        at += 2 if self.word(at + 1) in {":", "="} else 1
        role = self.known_role(self.tokens[at].value) if at < len(self.tokens) else None
        ends = at + 1 >= len(self.tokens) or self.word(at + 1) in _CLOSING | {":"}
        return (role, at + 1) if role and ends else None

    def range_of(self, at: int) -> Item:
        if at not in self.ranges:
            self.ranges[at] = self.read_range(at)
        return self.ranges[at]

    def read_range(self, at: int) -> Item:
        token = self.tokens[at]
        known, missing = names_of(token.text, self.index) if self.room > 0 else ((), ())
        self.room -= len(known) + len(missing)
        unknown = (Unknown(", ".join(missing) or token.text, token.start, token.end),)
        return Item(at + 1, hosts=known, unknown=unknown if missing or not known else ())

    def beside(self, item: Item) -> int | None:
        """The place of another machine's name that stands right behind one: "restart nginx web-01 web-02"."""
        at = item.at
        known = item.hosts and not item.groups and at < len(self.tokens) and self.tokens[at].kind is Kind.WORD
        return at if known and self.index.host(self.tokens[at].value) else None


def not_said_by(groups: tuple[str, ...], words: tuple[Unknown, ...]) -> tuple[Unknown, ...]:
    """Unknown words that the groups' own names do not explain: "web servers in 'Production Web'" asks for nothing more,
    "web servers in 'Production'" would take too many machines."""
    said = set.intersection(*(set(stems(group)) for group in groups)) if groups else set()

    def explained(unknown: Unknown) -> bool:
        return set(stems(unknown.text)) <= said or ROLES.get(unknown.text.casefold()) in said

    return tuple(unknown for unknown in words if not explained(unknown))
