# SPDX-License-Identifier: Apache-2.0
"""Where: phrases that name machines, cut out of a request."""

import re
from dataclasses import dataclass, replace

from opsconductor.domain.base import Platform
from planner.lookalikes import GROUPS, TRAFFIC, Around, is_account_group
from planner.names import Found, NameIndex
from planner.phrase_tails import NARROWING, PhraseTails
from planner.qualities import DISTRIBUTIONS, ONES, SYSTEMS, Item, Unknown, not_said_by
from planner.ranges import hyphenated
from planner.tokens import Kind, Token
from planner.vocabulary import Vocabulary
from planner.words import DETERMINERS, ENGLISH, MACHINES, OURS, PREPOSITIONS, WHOLE

_STRONG = frozenset({"on", "across", "against"})
#: Behind these a role may stand for its machines.
_ROLE_PLACES = frozenset({"on", "across", "against", "of", "for", "from"})
_ENDS = frozenset([",", ".", ";", "!", "?", "and", "then", "if", "unless", "but"])
_OPENS = frozenset({",", ".", ";", ":", "!", "?"})
_PLACING = frozenset(["in", "of", "from", "within", "inside"])
#: What may stand behind a role that stands for its machines.
_AFTER_ROLES = _ENDS | _PLACING | {"that", "which", "where", "with", "at", "except", "excluding", "do", "we", "are"}
#: Verbs whose object is always a machine.
_OF_MACHINES = frozenset({"reboot", "ping", "patch"})
_ENTERED = frozenset({("log", "on", "to"), ("log", "in", "to"), ("sign", "in", "to")})
_HEADING = frozenset({":", "-", "\u2013", "\u2014"})
#: "servers in batches" says how, not where.
_MANNERS = {"batches", "chunks", "waves", "blocks", "sets", "order", "parallel", "sequence", "series", "turn"}
_DETERMINERS = DETERMINERS | WHOLE
#: "All of the …": nobody puts more of them before a name.
_MOST_DETERMINERS = 8
#: A number behind these is no count of machines.
_NUMBERED = {"port", "ports", "line", "lines", "version", "id", "mode", "job", "plan", "code", "status", "kb"}
#: Nobody says a number of machines beyond this, but many ports are.
_MOST_COUNTED = 999
_SHARES = {"half": 1 / 2, "third": 1 / 3, "quarter": 1 / 4}


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase that names machines, with the tokens it takes: [first, last)."""

    first: int
    last: int
    start: int  #: span in the request
    end: int
    groups: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    role: str | None = None
    os: Platform | None = None
    os_version: str | None = None
    count: int | None = None
    count_from: str = "all"
    share: float | None = None  #: "half of": this part of what is found
    everything: bool = False
    exclude: tuple[str, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    repaired: bool = False
    ones: bool = False  #: "the Windows ones": of the machines named before

    @property
    def names_something(self) -> bool:
        """Whether it says which machines, rather than only leaving some out."""
        return bool(
            self.groups or self.hosts or self.role or self.os or self.os_version or self.everything or self.unknown
        )


def find_phrases(tokens: tuple[Token, ...], index: NameIndex, vocabulary: Vocabulary) -> tuple[Phrase, ...]:
    """All phrases that name machines, in order, not overlapping."""
    reader = _Reader(tokens, index, vocabulary)
    found: list[Phrase] = []
    at = 0
    while at < len(tokens):
        if found and (more := reader.with_role_beside(at, found[-1])):
            found[-1], at = more, more.last
            continue
        end = reader.remark(at, found[-1] if found else None)
        phrase = reader.phrase(at) if end is None else None
        if phrase is None and end is None and found and found[-1].hosts and not found[-1].groups:
            end = reader.counterpart(at)
        if phrase is None and end:
            phrase = Phrase(at, end, tokens[at].start, tokens[end - 1].end)
        if phrase is None:
            at += 1
        else:
            found.append(phrase)
            at = phrase.last
    return tuple(found)


class _Reader(PhraseTails):
    """Recursive descent over the tokens; every method returns what it read or None."""

    def __init__(self, tokens: tuple[Token, ...], index: NameIndex, vocabulary: Vocabulary) -> None:
        super().__init__(tokens, index)
        self.vocabulary = vocabulary
        self.reserved = vocabulary.reserved
        speaks_of_groups = not GROUPS.isdisjoint(self.low)
        self.groups = Around(self.word, vocabulary.lemma, self.names_group, len(tokens)) if speaks_of_groups else None

    def phrase(self, at: int) -> Phrase | None:
        start = at
        preposition = self.word(at) if self.word(at) in PREPOSITIONS else None
        if (self.vocabulary.lemma(self.word(at - 1)), self.word(at)) in self.vocabulary.particles:
            return None
        if preposition:
            at += 1
        if self.of_another_kind(start, at, preposition):
            return None
        if self.word(start) == "not" and self.of_another_kind(start + 1, start + 2, self.word(start + 1)):
            return None
        exclusion = self.exclusion(start)
        if exclusion is not None:
            last, names, unknown = exclusion
            return self._phrase(start, last, Item(last, unknown=unknown), names)
        if heading := self.headed(start):
            return self._phrase(start, heading.at, heading, ())
        if preposition is None and (said := self.role_alone(at)):
            return self._phrase(start, said[1], Item(said[1], role=said[0]), ())
        item = self.items(at, preposition)
        if item is None:
            return None
        exclude: tuple[str, ...] = ()
        item = self.limited(item)
        last, unknown = item.at, item.unknown
        if following := self.exclusion(last + 1 if self.word(last) == "," else last):
            last, exclude, more = following
            unknown = (*unknown, *more)
        return self._phrase(start, last, replace(item, unknown=unknown), exclude)

    def names_group(self, at: int) -> bool:
        """Whether the token is by itself the name of a group of machines."""
        return at < len(self.tokens) and self.index.group(self.tokens[at].value, loose=False) is not None

    def of_another_kind(self, start: int, at: int, preposition: str | None) -> bool:
        """Whether a name here is no machine: a new host name, a group of accounts, the source of traffic."""
        before = {self.word(i) for i in range(max(0, start - 8), start)}
        lead = preposition or self.word(start - 1)
        if self.word(start - 1) in {"set-hostname", "rename-computer"}:
            return True
        if lead in {"on", "at", "of"} and self.is_waited_for(at - 1, at):
            return True
        if lead in {"to", "as"} and before & {"hostname", "rename", "renamed", "name", "hostnames"}:
            return True
        if preposition in {"from", "for", "to"} and at < len(self.tokens) and self.tokens[at].kind is Kind.ADDRESS:
            return bool(before & TRAFFIC)
        return self.groups is not None and is_account_group(self.groups, start)

    def _phrase(self, first: int, last: int, item: Item, exclude: tuple[str, ...]) -> Phrase:
        start, end = self.tokens[first].start, self.tokens[last - 1].end
        return Phrase(
            first, last, start, end, item.groups, item.hosts, item.role, item.os, item.os_version, item.count,
            item.count_from, item.share, item.everything, exclude, item.unknown, item.repaired, item.ones,
        )  # fmt: skip

    def items(self, at: int, preposition: str | None, *, closed: bool = False) -> Item | None:
        item = self.item(at, preposition)
        if item is None:
            return None
        while item.named:
            following = self.joint(item.at) or self.beside(item)
            if closed and following and self.word(following) in WHOLE and self.word(item.at) == ",":
                break  # "apart from web-02, every web server": the others are named behind the comma
            more = None
            if following:
                more = self.sibling(item, following) or self.item(following, "in", listed=True)
            if more is None or not more.named or more.role or more.os or more.count is not None:
                break
            item = replace(
                item,
                at=more.at,
                groups=(*self.completed(item, more), *more.groups),
                hosts=(*item.hosts, *more.hosts),
                unknown=(*item.unknown, *more.unknown),
                repaired=item.repaired or more.repaired,
            )
        return item

    def completed(self, item: Item, more: Item) -> tuple[str, ...]:
        """The groups of a list whose last name holds for all: "production and staging web servers"."""
        if len(item.groups) != 1 or len(more.groups) != 1 or self.word(more.at - 1) not in MACHINES:
            return item.groups
        found = self.index.completed(item.groups[0], more.groups[0])
        return (found,) if found else item.groups

    def sibling(self, item: Item, at: int) -> Item | None:
        """The end of a name alone, for another one that begins alike: `web-01, 02 and 03`, `Line A and B`."""
        if at >= len(self.tokens):
            return None
        token = self.tokens[at]
        if item.groups and not item.hosts:
            found = self.index.sibling(item.groups[-1], token.value) if token.kind in (Kind.WORD, Kind.NUMBER) else None
            return Item(at + 1, groups=(found,)) if found else None
        last = item.hosts[-1] if item.hosts and not item.groups else ""
        if ending := self.ending(at, last):
            return ending
        digits = re.search(r"\d+$", last)
        if digits is None or token.kind is not Kind.NUMBER or len(token.text) != len(digits[0]):
            return None
        if len(token.text) < 2 and self.tokens[at - 1].text != "/":
            return None
        name = last[: digits.start()] + token.text
        if host := self.index.host(name):
            return Item(at + 1, hosts=(host.name,))
        return Item(at + 1, unknown=(Unknown(name, token.start, token.end),))

    def item(self, at: int, preposition: str | None, *, listed: bool = False) -> Item | None:
        start = at
        item = Item(at)
        every = False
        while at < start + _MOST_DETERMINERS and (self.word(at) in _DETERMINERS or (every and self.word(at) == "of")):
            every = every or self.word(at) in WHOLE
            at += 1
        item, at = self.counted(item, at)
        every = every or self.word(at) in WHOLE
        while self.word(at) in _DETERMINERS:
            at += 1
        if versioned := self.versioned(at, preposition):
            return replace(item, os_version=versioned[0], noun=True, at=versioned[1])
        item, at = self.qualified(item, at, preposition)
        definite = at > start or preposition is not None or listed or self.word(start - 1) in {"which", "what"}
        if self.word(at) == "everything" and self.of_files(at, preposition):
            return None
        named = self.name(at, definite, preposition) if not item.ones else None
        nouns = MACHINES | {"everything", "everywhere", "group", "groups"}
        if named is None and (self.word(at) in nouns or ((item.os or item.os_version) and self.part(at))):
            item, named, at = self.after_noun(item, at, preposition)
            every = every or self.word(at - 1) in {"everything", "everywhere", "fleet", "estate"}
        if named is not None:
            item = replace(
                item, groups=named.groups, hosts=named.hosts, unknown=named.unknown, repaired=named.repaired, noun=True
            )
            at = named.at
        item = self.narrowed(replace(item, at=at))
        if item.noun and self.word(item.at) == "only" and self.word(item.at + 1) not in {"if", "when", "where"}:
            item = replace(item, at=item.at + 1)
        if item.named or item.role or item.os or item.os_version:
            whole = item.named or item.noun or every
            return item if whole else None
        strong = preposition in _STRONG or self.only_looks(start)
        alone = every and strong and (at >= len(self.tokens) or self.word(at) in {",", ".", ";", "!"})
        if (every or item.count is not None) and (item.noun or alone):
            return replace(item, everything=True)
        return None

    def only_looks(self, at: int) -> bool:
        """Whether a verb alone that needs no object and changes nothing stands before: "ping all"."""
        found = self.vocabulary.bare.get((self.vocabulary.lemma(self.word(at - 1)),), ())
        return bool(found) and all(p.template.read_only for p in found) and self.word(at) == "all"

    def counted(self, item: Item, at: int) -> tuple[Item, int]:
        """`25`, `first 5`, `10 of the`, `any two`."""
        which = "all"
        if self.word(at) in _SHARES and (self.word(at + 1) == "of" or self.word(at + 1) in DETERMINERS):
            return replace(item, share=_SHARES[self.word(at)]), at + 1 + (self.word(at + 1) == "of")
        if self.word(at) in {"first", "last"} and self.number(at + 1) is not None:
            which, at = self.word(at), at + 1
        elif self.word(at) in {"first", "last"} and self.word(at - 1) == "the" and self.machines_follow(at + 1):
            return replace(item, count=1, count_from=self.word(at)), at + 1
        number = self.number(at)
        if number is None or self.tokens[at].kind not in (Kind.NUMBER, Kind.WORD) or self.word(at - 1) in _NUMBERED:
            return item, at
        after = at + 1
        if self.word(after) == "of":
            which, after = ("first" if which == "all" else which), after + 1
        if which == "all" and (not self.machines_follow(after) or number > _MOST_COUNTED):
            return item, at
        return replace(item, count=number, count_from=which), after

    def machines_follow(self, at: int) -> bool:
        """Whether a noun for machines, or a name, comes within three words."""
        for i in range(at, min(at + 4, len(self.tokens))):
            word = self.word(i)
            if word in MACHINES or self.name(i, True, None) is not None or self.role_noun(i, _AFTER_ROLES):
                return True
            if word not in _DETERMINERS and word not in SYSTEMS and word not in DISTRIBUTIONS and self.role(i) is None:
                return False
        return False

    def qualified(self, item: Item, at: int, preposition: str | None) -> tuple[Item, int]:
        """`Windows`, `Ubuntu 22.04`, `web` before a noun for machines."""
        while True:
            word = self.word(at)
            if word == "windows" and (edition := self.edition(at + 1)):
                item = replace(item, os_version=f"Windows {edition[0]}")
                at = edition[1]
            elif (both := self.both_systems(at)) > at and (self.followed(both) or self.word(both) in _ENDS | {""}):
                item, at = replace(item, noun=True), both
            elif word in SYSTEMS and self.followed(at + 1):
                item, at = replace(item, os=SYSTEMS[word]), at + 1
            elif self.apart(at, preposition):
                return replace(item, os=SYSTEMS[word], noun=True, ones=True), at + 1
            elif self.shares_noun(at):
                return replace(item, os=SYSTEMS[word], noun=True), at + 1
            elif word in DISTRIBUTIONS and self.followed(at + 1):
                version = self.tokens[at + 1].text if re.match(r"\d", self.tokens[at + 1].text) else ""
                item = replace(item, os_version=f"{DISTRIBUTIONS[word]} {version}".strip())
                at += 2 if version else 1
            elif self.role(at) and self.word(at + 1) in MACHINES | ONES and self.name(at, True, None) is None:
                item, at = replace(item, role=self.role(at)), at + 1
            elif (
                not item.role
                and (role := self.role_noun(at, _AFTER_ROLES))
                and (preposition in _ROLE_PLACES or self.acted_on(at) or self.closes(at))
            ):
                return replace(item, role=role, noun=True), at + 1
            elif (item.os or item.os_version or item.role) and word in ONES:
                return replace(item, noun=True, ones=True), at + 1
            else:
                return item, at

    def followed(self, at: int) -> bool:
        """Whether an operating system's name is said of machines."""
        return at < len(self.tokens) and (
            self.word(at) in MACHINES | ONES
            or self.part(at)
            or self.word(at) in DISTRIBUTIONS
            or self.role(at) is not None
            or bool(re.match(r"\d", self.tokens[at].text))
            or self.name(at, True, None) is not None
        )

    def after_noun(self, item: Item, at: int, preposition: str | None) -> tuple[Item, Item | None, int]:
        """`servers web-01`, `group 'X'`, `everything`: what stands behind the noun."""
        is_group = self.word(at) in {"group", "groups"}
        at += 1
        if self.word(at) == "group" and not is_group:
            is_group, at = True, at + 1
        if self.word(at) in {"named", "called"}:
            at += 1
        if not is_group and (self.role_said(at) or self.running(at) or self.begun(at)):
            return replace(item, noun=True), None, at
        if item.os and self.both_said and self.word(at - 1) in MACHINES | ONES:
            preposition = None  # "on the Windows machines Spooler": what it is about
        named = self.name(at, True, preposition if not is_group else "group")
        return replace(item, noun=not is_group or named is not None), named, at

    def narrowed(self, item: Item) -> Item:
        """Behind the name: `group`, `servers`, `in the 'X' group`, `with role web`."""
        at = item.at
        while (
            self.word(at) in MACHINES | ONES | {"group", "groups", "s"} or self.word(at) in {"'", "'s", "\u2019s"}
        ) and (item.named or item.noun):
            item, at = replace(item, noun=True), at + 1
        for words in OURS:
            if item.noun and all(self.word(at + i) == w for i, w in enumerate(words)):
                at += len(words)
                break
        if (item.noun or item.named) and (role := self.role_said(at)):
            return self.narrowed(replace(item, role=role[0], noun=True, at=role[1]))
        if item.noun and not item.named and (begun := self.begun(at)):
            return replace(item, hosts=begun[0], at=begun[1])
        if item.noun and not item.os and not item.os_version and (system := self.running(at)):
            return self.narrowed(replace(item, at=system.at, os=system.os, os_version=system.os_version))
        if item.noun and not item.groups and not item.hosts and self.word(at) in NARROWING:
            after = at + 1
            while self.word(after) in _DETERMINERS:
                after += 1
            if self.word(after) in {"group", "groups"}:
                inner = self.name(after + 1, True, "group")
            else:
                # What stands here after "servers in" is a place: one that nobody knows is asked about by its name.
                manner = after < len(self.tokens) and self.tokens[after].low in _MANNERS
                placed = self.word(at) in _PLACING and not manner
                place = "group" if placed else self.word(at)
                inner = self.name(after, True, place)
            if inner is not None:
                merged = replace(
                    item,
                    groups=inner.groups,
                    hosts=inner.hosts,
                    unknown=(*not_said_by(inner.groups, item.unknown), *inner.unknown),
                    repaired=inner.repaired,
                    at=inner.at,
                )
                return self.narrowed(merged)
        return replace(item, at=at)

    def name(self, at: int, definite: bool, preposition: str | None) -> Item | None:
        """A group, a machine or a range of machines at a token; `definite` where a name is expected."""
        if at >= len(self.tokens):
            return None
        token = self.tokens[at]
        if token.kind is Kind.RANGE:
            return None if self.files_at(at) else self.range_of(at)
        if addressed := self.addressed(at, definite):
            return addressed
        nameable = token.kind is Kind.WORD or (token.kind is Kind.QUOTED and definite)
        if nameable and (found := self.index.host(token.value)):
            return self.through(at, found)
        opens = at == 0 or self.word(at - 1) in _OPENS
        if (definite or opens or self.ordered(at)) and (spaced := self.numbered(at)):
            return self.through(spaced[1], spaced[0])
        if group := self.group(at, definite, preposition):
            return group
        parts = [self.index.host(part) for part in token.value.split("+")] if nameable and "+" in token.value else []
        if parts and all(parts):
            return Item(at + 1, hosts=tuple(part.name for part in parts if part))
        if nameable and (run := hyphenated(token.value, self.index)):
            return Item(at + 1, hosts=run)
        expected = token.kind is Kind.WORD and (definite or self.ordered(at)) and not self.known(token)
        if expected and (mended := self.index.mistyped_host(token.value)):
            return Item(at + 1, hosts=(mended.name,), repaired=True)
        return self.unknown(at, preposition)

    def files_at(self, at: int) -> bool:
        """Whether a wildcard stands for files: "*.log files", "*.log in /srv"."""
        after = self.tokens[at + 1 : at + 3]
        said = bool(after) and self.word(at + 1) in {"file", "files", "log", "logs"}
        return self.tokens[at].text.startswith("*.") and (said or any(t.kind is Kind.PATH for t in after))

    def group(self, at: int, definite: bool, preposition: str | None) -> Item | None:
        token = self.tokens[at]
        if token.kind is Kind.QUOTED:
            said = definite or self.word(at + 1) in {"group", "servers", "hosts", "machines"}
            found = self.index.group(token.value, loose=True) if said else None
            return Item(at + 1, groups=(found.name,), repaired=found.how == "repair") if found else None
        for length in range(min(self.index.longest + 1, len(self.tokens) - at), 0, -1):
            part = self.tokens[at : at + length]
            if any(t.kind not in (Kind.WORD, Kind.NUMBER) for t in part):
                continue
            words = " ".join(t.text for t in part)
            said = definite or self.word(at + length) in MACHINES | {"group"} or (at == 0 and length > 1)
            said = said or (at == 0 and self.word(length) in _HEADING) or self.listed(at, length, words)
            said = said or self.trails(at, length) or self.alone(at, length, words)
            said = (said and not self.everyday(at, length, preposition)) or self.is_object(at, length, words)
            if said and (found := self._group_of(words, part, length)):
                return Item(at + length, groups=(found.name,), repaired=found.how == "repair")
        return None

    def everyday(self, at: int, length: int, preposition: str | None) -> bool:
        """Whether a group's name is a word of the work itself, and nothing says that machines are meant: "take a
        backup of /etc/hosts", "in the directory /opt"."""
        after = at + length
        if length > 1 or self.low[at] not in self.reserved or self.word(after) in MACHINES | {"group", "groups"}:
            return False
        ends = after >= len(self.tokens) or self.word(after) in _ENDS | _HEADING
        if ends and self.tokens[at].text[:1].isupper() and (at or self.word(after) in _HEADING):
            return self.index.estate.group(self.tokens[at].text) is None
        return preposition not in _STRONG | {"group"} or (after < len(self.tokens) and self.tokens[after].is_literal)

    def is_object(self, at: int, length: int, words: str) -> bool:
        """Whether a group's exact name is what a verb acts on, and nothing else is: "patch Staging"."""
        ends = at + length >= len(self.tokens) or self.word(at + length) in _ENDS or length > 1
        lemma = self.vocabulary.lemma
        particle = (lemma(self.word(at - 2)), self.word(at - 1)) in self.vocabulary.particles
        verb = particle or lemma(self.word(at - 1)) in self.vocabulary.starters
        return ends and verb and words.casefold() in self.index.spellings

    def _group_of(self, words: str, part: tuple[Token, ...], length: int) -> Found | None:
        found = self.index.group(words, loose=False)
        if found is None and part[0].low in NARROWING:  # "in Kiosks" is no end of "Check-in Kiosks"
            return None
        if found is not None and length == 1 and part[0].low in MACHINES:
            return None
        if found is None and not any(t.low in MACHINES and length == 1 for t in part):
            found = self.index.group(words, loose=length > 1 or part[0].low not in self.reserved)
        return found

    def ordered(self, at: int) -> bool:
        """Whether a verb that machines are the object of stands right before: "reboot web two"."""
        return self.vocabulary.lemma(self.word(at - 1)) in _OF_MACHINES

    def acted_on(self, at: int) -> bool:
        """The same with determiners and a number between, or "how many" or "log on to" in front."""
        while self.word(at - 1) in _DETERMINERS or self.number(at - 1) is not None:
            at -= 1
        before = (self.word(at - 3), self.word(at - 2), self.word(at - 1))
        return self.ordered(at) or before in _ENTERED or [self.word(at - 2), self.word(at - 1)] == ["how", "many"]

    def unknown(self, at: int, preposition: str | None) -> Item | None:
        """Words in the place of a name that name nothing: to be asked about, never guessed."""
        token = self.tokens[at]
        if token.kind is Kind.QUOTED and (preposition in _STRONG | {"group"} or self.word(at + 1) == "group"):
            return Item(at + 1, unknown=(Unknown(token.value, token.start, token.end),))
        if token.kind is Kind.ADDRESS and preposition is not None:
            return Item(at + 1, unknown=(Unknown(token.value, token.start, token.end),))
        if token.kind is not Kind.WORD or self.known(token):
            return None
        if self.index.looks_like_host(token.value):
            return Item(at + 1, unknown=(Unknown(token.value, token.start, token.end),))
        if preposition not in _STRONG | {"group"} and not (preposition and self.word(at + 1) == "group"):
            return None
        end = at + 1
        while end < min(at + 4, len(self.tokens)) and self.tokens[end].kind is Kind.WORD and not self._ends(end):
            end += 1
        text = " ".join(t.text for t in self.tokens[at:end])
        return Item(end, unknown=(Unknown(text, token.start, self.tokens[end - 1].end),))

    def known(self, token: Token) -> bool:
        """Whether a word means something by itself."""
        return token.low in self.reserved or token.low in ENGLISH

    def _ends(self, at: int) -> bool:
        return self.low[at] in self.reserved or self.low[at] in {"and", "or", "if", "with", "when", *PREPOSITIONS}
