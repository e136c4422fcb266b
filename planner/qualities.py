# SPDX-License-Identifier: Apache-2.0
"""Which: what words say of machines besides their names - the system they run, their role, how their names begin."""

import re
from dataclasses import dataclass, replace

from opsconductor.domain.base import Platform
from planner.names import Found, NameIndex, role_key
from planner.ranges import between, expand
from planner.tokens import Kind, Token
from planner.words import DETERMINERS, MACHINES, NUMBERS

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

    def word(self, at: int) -> str:
        return self.low[at] if 0 <= at < len(self.tokens) and not self.tokens[at].is_literal else ""

    def number(self, at: int) -> int | None:
        if at < len(self.tokens) and self.tokens[at].kind is Kind.NUMBER and len(self.tokens[at].text) <= 6:
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
        for several in (word.removesuffix("s"), ROLES.get(word, "")):
            if several in self.index.roles and word.endswith("s") and word not in self.index.roles:
                return several
        if word in self.index.roles and self.word(at - 1) == "the":
            found = [a for a in self.index.estate.assets if role_key(a.role or "") == word]
            return word if len(found) == 1 else None
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
        names = tuple(a.name for a in self.index.estate.assets if a.name.casefold().startswith(prefix))
        return (names, at + 2) if names else None

    def through(self, at: int, found: Found) -> Item:
        """A machine, or the run of machines it opens: `web-01 through web-04`."""
        names = (found.name,)
        renamed = self.word(at + 1) == "to" and not _NAMING.isdisjoint(self.low[:at])
        if self.word(at + 1) in _THROUGH and at + 2 < len(self.tokens) and not renamed:
            stop = self.tokens[at + 2].value
            if self.tokens[at + 2].kind is Kind.NUMBER:
                stop = found.name.rstrip("0123456789") + stop
            if self.index.host(stop) or self.index.looks_like_host(stop):
                known, unknown = between(found.name, stop, self.index)
                if known:
                    spot = Unknown(", ".join(unknown), self.tokens[at].start, self.tokens[at + 2].end)
                    return Item(at + 3, hosts=known, unknown=(spot,) if unknown else ())
        return Item(at + 1, hosts=names)

    def numbered(self, at: int) -> Found | None:
        """The machine of a word with its number a blank behind it: "web 1"."""
        behind = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        if self.tokens[at].kind is not Kind.WORD or behind is None or behind.kind is not Kind.NUMBER:
            return None
        return self.index.host(self.tokens[at].value + behind.text) if self.tokens[at].text.isalpha() else None

    def range_of(self, at: int) -> Item | None:
        token = self.tokens[at]
        if "*" in token.text:
            shape = re.compile(re.escape(token.text).replace(r"\*", ".*"), re.IGNORECASE)
            hits = tuple(a.name for a in self.index.estate.assets if shape.fullmatch(a.name))
            spot = Unknown(token.text, token.start, token.end)
            return Item(at + 1, hosts=hits, unknown=() if hits else (spot,))
        known: list[str] = []
        missing: list[str] = []
        for name in expand(token.text):
            found = self.index.host(name)
            (known if found else missing).append(found.name if found else name)
        spot = Unknown(", ".join(missing), token.start, token.end)
        return Item(at + 1, hosts=tuple(known), unknown=(spot,) if missing else ())

    def beside(self, item: Item) -> int | None:
        """The place of another machine's name that stands right behind one: "restart nginx web-01 web-02"."""
        at = item.at
        known = item.hosts and not item.groups and at < len(self.tokens) and self.tokens[at].kind is Kind.WORD
        return at if known and self.index.host(self.tokens[at].value) else None
