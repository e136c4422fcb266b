# SPDX-License-Identifier: Apache-2.0
"""Names of the asset database as people write them: exact, hyphens and case aside, abbreviated, one typo off."""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from string import digits

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from opsconductor.domain.estate import Estate
from opsconductor.domain.names import LONGEST_NAME
from opsconductor.domain.plans import Choice
from planner.shapes import GroupShapes
from planner.words import MACHINES

#: Similarity (0 to 100) from which a mistyped group name is taken, and its lead over the second best.
ENOUGH, LEAD = 88, 6
#: Of more names than this those nearest as a whole are looked at closely, that many of at least this similarity.
MANY, _SHORTLIST, _ALIKE = 2000, 100, 30
#: Letters of the shortest machine's name that may be mistyped.
SHORTEST_MENDED = 5
_SPLIT = re.compile(r"[^\W_]+")
_RUNS = re.compile(r"[^\W\d_]+|\d+")
_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")
_SIGNS_BUT_LINES = {code: None for code in range(128) if not chr(code).isalnum() and chr(code) != "\n"}
_SIGNS = {**_SIGNS_BUT_LINES, ord("\n"): None}


@dataclass(frozen=True, slots=True)
class Found:
    """A name of the estate that words stand for."""

    name: str
    how: str  #: "request" or "repair"
    way: str = "exact"  #: exact, normalised, abbreviated or misspelt


class NameIndex:
    """Groups by their words and machines by their key; made once per estate. Nothing in it is looked for one by one
    but what nobody knows."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self.groups: dict[tuple[str, ...], list[str]] = {}
        for group in estate.groups:
            self.groups.setdefault(stems(group.name), []).append(group.name)
        self._joined: dict[str, list[str]] = {}  # "web-server" and "webserver" are one
        for words, named in self.groups.items():
            self._joined.setdefault("".join(words), []).extend(named)
        self._turned: dict[tuple[str, ...], list[str]] = {}  # "Hall North" and "the North hall" are one
        for words, named in self.groups.items():
            if len(words) > 1:
                self._turned.setdefault(tuple(sorted(words)), []).extend(named)
        self.roles = frozenset(role_key(role) for role in {a.role for a in estate.assets} if role)
        self.files = frozenset(estate.files)
        self.longest = max((len(key) for key in self.groups), default=1)  #: words of the longest group name
        self.spellings = frozenset(g.name.casefold() for g in estate.groups)
        self._alike = GroupShapes(self.groups)
        self._spelled = [_sorted_words(g.name) for g in estate.groups]
        names = [a.name for a in estate.assets]
        keys = host_keys(names)
        self._hosts = dict(zip(keys, names, strict=True))
        self._namesakes: dict[str, list[str]] = {}
        if len(self._hosts) < len(names):
            for key, name in zip(keys, names, strict=True):
                if self._hosts[key] != name:
                    self._namesakes.setdefault(key, []).append(name)
        # One request may ask for the same words in several places.
        self._near = lru_cache(maxsize=1)(self._nearest)
        self._letters = frozenset(key.rstrip(digits) for key in self._hosts)

    def group(self, words: str, *, loose: bool) -> Found | None:
        """The group the words name. `loose` also takes abbreviations and typos, for places where a name must stand."""
        key = stems(words)
        if not key:
            return None
        if exact := self.groups.get(key):
            same = [n for n in exact if n.casefold() == words.casefold()]
            way = "exact" if same else "normalised"
            return Found((same or exact)[0], "request", way) if len(same or exact) == 1 else None
        joined = self._joined.get("".join(key), [])
        if len(joined) == 1:
            return Found(joined[0], "request", "normalised")
        if not loose:
            return None
        turned = self._turned.get(tuple(sorted(key)), [])
        if len(turned) == 1:
            return Found(turned[0], "request", "normalised")
        for keys in (self._alike.abbreviated(key), self._alike.ending(key)):
            hits = [n for k in keys for n in self.groups[k]]
            if len(hits) == 1:
                return Found(hits[0], "request", "abbreviated")
        return self._mistyped(words, key)

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
        if len(word) > LONGEST_NAME:
            return None
        key = host_key(word)
        name = self._hosts.get(key)
        if name is None or key not in self._namesakes:
            return Found(name, "request", _way(name, word)) if name else None
        hits = [*self._namesakes[key], name]
        exact = [n for n in hits if n == word] or [n for n in hits if n.casefold() == word.casefold()] or hits
        return Found(exact[0], "request", _way(exact[0], word)) if len(exact) == 1 else None

    def looks_like_host(self, word: str) -> bool:
        """Whether only the number of a machine's name differs: db05 where there is db01."""
        if len(word) > LONGEST_NAME or not word[-1:].isdecimal():
            return False
        return host_key(word).rstrip(digits) in self._letters

    def mistyped_host(self, word: str) -> Found | None:
        """The machine whose name is one letter off in one long word, its numbers being right and no other as near."""
        key = host_key(word) if len(word) <= LONGEST_NAME else ""
        letters = key.rstrip(digits)
        if not letters or key in self._hosts or key == letters:
            return None
        hits = process.extract(letters, self._stems, scorer=OSA.distance, score_cutoff=1, limit=2)
        found = self._hosts.get(hits[0][0] + key[len(letters) :]) if len(hits) == 1 else None
        if found is None or host_key(found) in self._namesakes:
            return None
        typed, meant = (_RUNS.findall(name.casefold()) for name in (word, found))
        different = [(a, b) for a, b in zip(typed, meant, strict=False) if a != b and not a.isdecimal()]
        near = len(typed) == len(meant) and all(len(b) >= SHORTEST_MENDED and a[0] == b[0] for a, b in different)
        return Found(found, "repair", "misspelt") if near else None

    @cached_property
    def _stems(self) -> tuple[str, ...]:
        return tuple(sorted(self._letters))

    def with_role(self, role: str) -> tuple[str, ...]:
        """The machines of a role, given as its key, in the estate's order."""
        roles = {said for said in {a.role for a in self.estate.assets} if role_key(said or "") == role}
        return tuple([a.name for a in self.estate.assets if a.role in roles])

    def alike(self, pattern: str) -> tuple[str, ...]:
        """The machines whose names fit a pattern with `*` for any characters, in the estate's order."""
        first, *middle, last = pattern.casefold().split("*")
        return tuple([asset.name for asset in self.estate.assets if _fits(asset.name.casefold(), first, middle, last)])

    def near(self, words: str, limit: int = 3) -> tuple[str, ...]:
        """Names of groups and machines nearest to the words, best first."""
        return self._near(words, limit)

    def choice(self, name: str) -> Choice:
        """The offered answer that makes a group or a machine the target."""
        if self.estate.group(name):
            size = len(self.estate.places(name))
            return Choice(
                label=f"group '{name}' ({size} {'machine' if size == 1 else 'machines'})",
                sets={"groups": [name], "hosts": []},
            )
        return Choice(label=f"machine '{name}'", sets={"hosts": [name], "groups": []})

    @cached_property
    def _folded(self) -> tuple[list[str], list[str]]:
        """Names of groups and of machines without case; most are the very same text."""
        found = []
        for names in ([g.name for g in self.estate.groups], [a.name for a in self.estate.assets]):
            found.append([name if (low := name.casefold()) == name else low for name in names])
        return found[0], found[1]

    def _nearest(self, words: str, limit: int) -> tuple[str, ...]:
        low = words[:LONGEST_NAME].casefold()
        looks_like_host = any(c.isdigit() for c in low)
        groups, hosts = self._folded
        by_group, by_host = (0, 15) if looks_like_host else (15, 0)
        hits = [
            (score + by_group, self.estate.groups[at].name) for score, at in _alike(low, groups, limit, 50 - by_group)
        ]
        hits += [
            (score + by_host, self.estate.assets[at].name) for score, at in _alike(low, hosts, limit, 50 - by_host)
        ]
        return tuple(name for score, name in sorted(hits, key=lambda h: -h[0])[:limit])

    def _mistyped(self, words: str, key: tuple[str, ...]) -> Found | None:
        if len(words) < 4 or not self._alike.may_be_mistyped(key):
            return None
        hits = self.similar(words, 2, ENOUGH - LEAD)
        if not hits or hits[0][1] < ENOUGH or (len(hits) > 1 and hits[0][1] - hits[1][1] < LEAD):
            return None
        name = hits[0][0]
        return Found(name, "repair", "misspelt") if only_letters_differ(key, stems(name)) else None

    def similar(self, words: str, limit: int, enough: float = 0) -> list[tuple[str, float]]:
        """Groups and how alike their names are to the words, `enough` to 100, best first."""
        hits = process.extract(_sorted_words(words), self._spelled, scorer=fuzz.ratio, limit=limit, score_cutoff=enough)
        return [(self.estate.groups[at].name, score) for _, score, at in hits]


def index_names(estate: Estate) -> NameIndex:
    """The index of an estate."""
    return NameIndex(estate)


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
    low = name.casefold()
    if low.isascii():
        return _ZEROS.sub("", low).translate(_SIGNS)
    return "".join(str(int(run)) if run.isdecimal() else run for run in _RUNS.findall(low))


def host_keys(names: list[str]) -> list[str]:
    """The keys of many names at once."""
    # One long text is far quicker than a call for each name.
    low = "\n".join(names).casefold()
    if low.isascii() and low.count("\n") == len(names) - 1:
        return _ZEROS.sub("", low).translate(_SIGNS_BUT_LINES).split("\n")
    return [host_key(name) for name in names]


def _way(name: str, word: str) -> str:
    return "exact" if name.casefold() == word.casefold() else "normalised"


def _sorted_words(text: str) -> str:
    return " ".join(sorted(text.casefold().split()))


def _alike(low: str, names: list[str], limit: int, enough: int) -> list[tuple[float, int]]:
    """Similarity and place of the names most similar to a word."""
    places = list(range(len(names)))
    if len(names) > MANY:
        # The scorer that sees parts of names takes twenty times as long as the one that sees them as a whole.
        hits = process.extract(low, names, scorer=fuzz.ratio, limit=_SHORTLIST, score_cutoff=_ALIKE)
        places = sorted(place for _, _, place in hits)
    found = process.extract(
        low, [names[place] for place in places], scorer=fuzz.WRatio, limit=limit, score_cutoff=enough
    )
    return [(score, places[at]) for _, score, at in found]


def _fits(name: str, first: str, middle: list[str], last: str) -> bool:
    """Whether a name begins with the first part, ends with the last and holds the others between, in order."""
    if not name.startswith(first) or not name.endswith(last):
        return False
    at, end = len(first), len(name) - len(last)
    for part in middle:
        found = name.find(part, at, end) if at <= end else -1
        if found < 0:
            return False
        at = found + len(part)
    return at <= end


def only_letters_differ(words: tuple[str, ...], name: tuple[str, ...]) -> bool:
    """One typo in one long word; numbers and single letters are never typos."""
    if len(words) != len(name):
        return False
    different = [(a, b) for a, b in zip(words, name, strict=True) if a != b]
    return all(len(b) >= 4 and a.isalpha() and b.isalpha() and OSA.distance(a, b) <= 1 for a, b in different)
