# SPDX-License-Identifier: Apache-2.0
"""Which system, where it makes no difference: "Linux and Windows alike", "no matter which OS", "Windows included"."""

from collections.abc import Callable

from opsconductor.domain.base import Platform
from planner.qualities import ONES, SYSTEMS
from planner.words import DETERMINERS, MACHINES

Word = Callable[[int], str]

#: One of these stands in all of them.
ABOUT_SYSTEMS = SYSTEMS.keys() | {"os", "oses", "oss", "operating", "platform", "platforms"}
_OPENING = frozenset({",", "(", "-", "\u2013", "\u2014"})
_CLOSING = frozenset({"", ",", ".", ";", "!", "?", ")", "then", "and", "but", "-", "\u2013", "\u2014", ":"})
#: "Both operating systems", "any OS".
_SUMS = frozenset({"both", "either", "any", "all", "every", "each"})
_SYSTEM_WORDS = (
    ("operating", "systems"), ("operating", "system"), ("os", "families"), ("os", "types"), ("os", "family"),
    ("os", "type"), ("oses",), ("oss",), ("os",), ("platforms",), ("platform",),
)  # fmt: skip
#: What says that it makes no difference, and what may stand between this and the system.
_NO_MATTER = (
    ("no", "matter"), ("regardless", "of"), ("irrespective", "of"), ("independent", "of"), ("independently", "of"),
    ("whatever",), ("whichever",), ("never", "mind"), ("disregarding",), ("ignoring",),
)  # fmt: skip
_ASKED = frozenset({"which", "what", "the", "their", "its", "whether", "if", "of", "they", "it", "is", "are", "they're",
                    "it's", "run", "runs", "be", "on"})  # fmt: skip
_TAIL = frozenset({"they", "it", "run", "runs", "is", "are", "on", "may", "be", "have", "has", "there", "they're",
                   "it's", "each", "of", "them", "one", "running", "installed", "uses", "use", "in"})  # fmt: skip
_JOINING = (("as", "well", "as"), ("and", "also"), ("and",), ("or",), ("&",), ("/",), ("+",), ("plus",), ("like",))
_LEADING = frozenset({"both", "either", "whether", "be", "it", "on", "across", "for", "the", "of", "running", "all"})
_SUMMED = (("alike",), ("both",), ("included",), ("combined",), ("together",), ("too",), ("as", "well"))
_INCLUDED = frozenset({"included", "too", "inclusive"})
_INCLUDING = frozenset({"including", "incl", "inclusive"})


def any_system(word: Word, at: int, systems: Callable[[], frozenset[Platform]]) -> int | None:
    """The token after words that only say that machines of every system are meant, whichever they run.

    `systems` tells which ones the machines named right before run: what is said to be among them must be.
    """
    bracket = word(at) == "("
    start = at + (word(at) in _OPENING)
    end = _no_matter(word, start) or _summed(word, start) or _both(word, start, systems)
    end = end or _included(word, start, systems)
    if end is None or (bracket and word(end) != ")") or word(end) not in _CLOSING:
        return None
    return end + bracket


def _after(word: Word, at: int, phrases: tuple[tuple[str, ...], ...]) -> int:
    """The token after the first of some phrases that stands here; `at` where none does."""
    for words in phrases:
        if all(word(at + i) == w for i, w in enumerate(words)):
            return at + len(words)
    return at


def _skip(word: Word, at: int, words: frozenset[str]) -> int:
    while word(at) in words:
        at += 1
    return at


def _no_matter(word: Word, at: int) -> int | None:
    """`no matter which OS they run`, `regardless of the operating system`, `whether Linux or Windows`."""
    opened = _after(word, at, _NO_MATTER)
    if opened == at:
        return None
    place = _skip(word, opened, _ASKED)
    end = _after(word, place, _SYSTEM_WORDS)
    if end == place and (end := _pair(word, place)) == place:
        return None
    return _skip(word, end, _TAIL)


def _summed(word: Word, at: int) -> int | None:
    """`both operating systems`, `on any OS`."""
    at = _skip(word, at, frozenset({"on", "across", "for", "of", "with", "under"}))
    if word(at) not in _SUMS:
        return None
    place = _skip(word, at + 1, frozenset({"of", "the", "two", "our"}))
    end = _after(word, place, _SYSTEM_WORDS)
    return None if end == place else end


def _both(word: Word, at: int, systems: Callable[[], frozenset[Platform]]) -> int | None:
    """`Linux and Windows alike`, `Windows as well as Linux`, `both Linux and Windows machines`."""
    place = _skip(word, at, _LEADING)
    end = _pair(word, place)
    if end == place or len(systems()) < len(Platform):
        return None
    end = _skip(word, end, MACHINES | ONES)
    return _after(word, end, _SUMMED)


def _pair(word: Word, at: int) -> int:
    """The token after two systems; `at` where they do not stand."""
    first = SYSTEMS.get(word(at))
    behind = _skip(word, at + 1, MACHINES | ONES)
    joined = _after(word, behind, _JOINING)
    joined += word(joined) in DETERMINERS
    second = SYSTEMS.get(word(joined))
    return joined + 1 if first and second and first is not second and joined > behind else at


def _included(word: Word, at: int, systems: Callable[[], frozenset[Platform]]) -> int | None:
    """`Windows ones included`, `including the Windows ones`."""
    leading = word(at) in _INCLUDING
    place = at + leading
    place += word(place) in {"the", "all"}
    system = SYSTEMS.get(word(place))
    if system is None:
        return None
    end = place + 1
    end = _skip(word, end, ONES if leading else ONES | MACHINES)
    if not leading:
        if word(end) not in _INCLUDED:
            return None
        end += 1
    return end if system in systems() else None
