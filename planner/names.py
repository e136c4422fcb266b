# SPDX-License-Identifier: Apache-2.0
"""Names of the asset database as people write them: exact, hyphens and case aside, abbreviated, one typo off."""

import re
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from opsconductor.domain.estate import Estate, EstateGroup
from opsconductor.domain.plans import Choice
from planner.words import MACHINES

#: Similarity (0 to 100) from which a mistyped group name is taken, and its lead over the second best.
ENOUGH, LEAD = 88, 6
_SPLIT = re.compile(r"[^\W_]+")
_RUNS = re.compile(r"[^\W\d_]+|\d+")


@dataclass(frozen=True, slots=True)
class Found:
    """A name of the estate that words stand for."""

    name: str
    how: str  #: "request" or "repair"
    way: str = "exact"  #: exact, normalised, abbreviated or misspelt


@dataclass(frozen=True)
class NameIndex:
    """Groups by their words and machines by their key; made once per estate."""

    estate: Estate
    groups: dict[tuple[str, ...], list[str]] = field(default_factory=dict)
    hosts: dict[str, list[str]] = field(default_factory=dict)
    roles: frozenset[str] = frozenset()
    longest: int = 1  #: words of the longest group name

    def group(self, words: str, *, loose: bool) -> Found | None:
        """The group the words name. `loose` also takes abbreviations and typos, for places where a name must stand."""
        key = stems(words)
        if not key:
            return None
        if exact := self.groups.get(key):
            same = [n for n in exact if n.casefold() == words.casefold()]
            way = "exact" if same else "normalised"
            return Found((same or exact)[0], "request", way) if len(same or exact) == 1 else None
        if not loose:
            return None
        for test in (_abbreviates, _ends_with):
            hits = [n for k, names in self.groups.items() if test(key, k) for n in names]
            if len(hits) == 1:
                return Found(hits[0], "request", "abbreviated")
        return self._mistyped(words)

    def sibling(self, group: str, ending: str) -> str | None:
        """The group whose name differs from another's in its last word only: Line B for Line A and "B"."""
        hits = self.groups.get((*stems(group)[:-1], *stems(ending)), []) if len(stems(group)) > 1 else []
        return hits[0] if len(hits) == 1 and len(stems(ending)) == 1 else None

    def completed(self, group: str, other: str) -> str | None:
        """The group that a first word stands for beside another one's whole name: Production Web for Staging Web."""
        hits = self.groups.get((*stems(group), *stems(other)[1:]), []) if len(stems(other)) > 1 else []
        return hits[0] if len(hits) == 1 and len(stems(group)) == 1 else None

    def host(self, word: str) -> Found | None:
        """The machine a word names, hyphens, case and leading zeros aside."""
        hits = self.hosts.get(host_key(word), [])
        exact = [n for n in hits if n == word] or [n for n in hits if n.casefold() == word.casefold()] or hits
        way = "exact" if exact and exact[0].casefold() == word.casefold() else "normalised"
        return Found(exact[0], "request", way) if len(exact) == 1 else None

    def looks_like_host(self, word: str) -> bool:
        """Whether only the number of a machine's name differs: db05 where there is db01."""
        letters = re.sub(r"\d+$", "", host_key(word))
        return bool(re.search(r"\d$", word)) and any(re.sub(r"\d+$", "", key) == letters for key in self.hosts)

    def near(self, words: str, limit: int = 3) -> tuple[str, ...]:
        """Names of groups and machines nearest to the words, best first."""
        low = words.casefold()
        groups = process.extract(
            low, {g.name: g.name.casefold() for g in self.estate.groups}, scorer=fuzz.WRatio, limit=limit
        )
        hosts = process.extract(
            low, {a.name: a.name.casefold() for a in self.estate.assets}, scorer=fuzz.WRatio, limit=limit
        )
        looks_like_host = any(c.isdigit() for c in low)
        hits = [(score + (0 if looks_like_host else 15), name) for _, score, name in groups]
        hits += [(score + (15 if looks_like_host else 0), name) for _, score, name in hosts]
        return tuple(name for score, name in sorted(hits, key=lambda h: -h[0])[:limit] if score >= 50)

    def choice(self, name: str) -> Choice:
        """The offered answer that makes a group or a machine the target."""
        if self.estate.group(name):
            size = sum(1 for _ in self.estate.members(name))
            return Choice(label=f"group '{name}' ({size} machines)", sets={"groups": [name], "hosts": []})
        return Choice(label=f"machine '{name}'", sets={"hosts": [name], "groups": []})

    def _mistyped(self, words: str) -> Found | None:
        if len(words) < 4:
            return None
        hits = self.similar(words, 2)
        if not hits or hits[0][1] < ENOUGH or (len(hits) > 1 and hits[0][1] - hits[1][1] < LEAD):
            return None
        name = hits[0][0]
        return Found(name, "repair", "misspelt") if only_letters_differ(stems(words), stems(name)) else None

    def similar(self, words: str, limit: int) -> list[tuple[str, float]]:
        """Groups and how alike their names are to the words, 0 to 100, best first."""
        names = [g.name for g in self.estate.groups]
        hits = process.extract(
            words.casefold(), [n.casefold() for n in names], scorer=fuzz.token_sort_ratio, limit=limit
        )
        return [(names[at], score) for _, score, at in hits]


def index_names(estate: Estate) -> NameIndex:
    """Build the index of an estate."""
    groups: dict[tuple[str, ...], list[str]] = {}
    hosts: dict[str, list[str]] = {}
    for group in estate.groups:
        groups.setdefault(stems(group.name), []).append(group.name)
    for asset in estate.assets:
        hosts.setdefault(host_key(asset.name), []).append(asset.name)
    return NameIndex(
        estate=estate,
        groups=groups,
        hosts=hosts,
        roles=frozenset(role_key(a.role) for a in estate.assets if a.role),
        longest=max((len(k) for k in groups), default=1),
    )


def stems(text: str) -> tuple[str, ...]:
    """The words of a name, lower case, without a plural s."""
    words = _SPLIT.findall(text.casefold())
    bare = (w[:-1] if len(w) > 3 and w.endswith("s") and not w.endswith("ss") else w for w in words)
    return tuple("db" if w in {"database", "dbs"} else w for w in bare)


def role_key(role: str) -> str:
    """A role without case and the noun behind it: "DB server" and "db" are one."""
    words = _SPLIT.findall(role.casefold())
    return " ".join(words[:-1] if len(words) > 1 and words[-1] in MACHINES else words)


def host_key(name: str) -> str:
    """A machine's name without hyphens, case and leading zeros: WEB-01 and web1 are one."""
    return "".join(str(int(run)) if run.isdecimal() else run for run in _RUNS.findall(name.casefold()))


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sorts web-2 before web-10."""
    return tuple((0, int(run), "") if run.isdecimal() else (1, 0, run) for run in re.findall(r"\d+|\D+", name))


def group_of(estate: Estate, name: str) -> EstateGroup | None:
    """The group of that name, case aside."""
    return next((g for g in estate.groups if g.name.casefold() == name.casefold()), None)


def _abbreviates(key: tuple[str, ...], name: tuple[str, ...]) -> bool:
    """ "prod web" for "Production Web": each word begins the name's word in the same place."""
    if len(key) != len(name) or key == name:
        return False
    return all(
        n == k or (len(k) >= 3 and (n.startswith(k) or _contracts(k, n))) for k, n in zip(key, name, strict=True)
    )


def _contracts(word: str, name: str) -> bool:
    """ "stg" for "staging": its first letter and consonants of it in order."""
    rest = iter(name)
    return word[0] == name[0] and not set(word) & set("aeiou") and all(letter in rest for letter in word)


def _ends_with(key: tuple[str, ...], name: tuple[str, ...]) -> bool:
    """ "line c" for "CIS Line C": at least two words, the last ones of the name."""
    return 2 <= len(key) < len(name) and name[-len(key) :] == key


def only_letters_differ(words: tuple[str, ...], name: tuple[str, ...]) -> bool:
    """One typo in one long word; numbers and single letters are never typos."""
    if len(words) != len(name):
        return False
    different = [(a, b) for a, b in zip(words, name, strict=True) if a != b]
    return all(len(b) >= 4 and a.isalpha() and b.isalpha() and OSA.distance(a, b) <= 1 for a, b in different)
