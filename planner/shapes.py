# SPDX-License-Identifier: Apache-2.0
"""Names of groups by the shape of their words, so that what may be meant is looked up and not searched for."""

from collections.abc import Iterable, Iterator

from opsconductor.domain.names import LONGEST_NAME

#: A group's name as its words (`names.stems`).
Key = tuple[str, ...]
#: Letters that an abbreviation has at least.
_SHORTEST = 3


class GroupShapes:
    """The keys of an estate's groups by the beginnings of their words, by their endings, by words with a typo."""

    def __init__(self, keys: Iterable[Key]) -> None:
        #: By number of words, place, and the first letters of the word there: as many as an abbreviation has, and one.
        self._begun: dict[tuple[int, int, str], list[Key]] = {}
        self._ended: dict[Key, list[Key]] = {}
        self._typos: set[tuple[int, int, str]] = set()
        words: set[tuple[int, int, str]] = set()
        for key in keys:
            for at, word in enumerate(key):
                for letters in {word[:_SHORTEST], word[:1]}:
                    self._begun.setdefault((len(key), at, letters), []).append(key)
                words.add((len(key), at, word))
            for start in range(1, len(key) - 1):
                self._ended.setdefault(key[start:], []).append(key)
        for length, at, word in words:
            self._typos.update((length, at, part) for part in one_letter_less(word))

    def abbreviated(self, key: Key) -> list[Key]:
        """ "prod web" for "Production Web": each word begins the name's word in the same place."""
        first = [word[:1] if _may_contract(word) else word[:_SHORTEST] for word in key]
        alike = [self._begun.get((len(key), at, letters), []) for at, letters in enumerate(first)]
        return [name for name in min(alike, key=len) if name != key and all(map(_begins, key, name))]

    def ending(self, key: Key) -> list[Key]:
        """ "line c" for "CIS Line C": at least two words, the last ones of the name."""
        return self._ended.get(key, [])

    def may_be_mistyped(self, key: Key) -> bool:
        """Whether every word is at most one letter off one in the same place of a name with as many words."""
        return all(
            len(word) <= LONGEST_NAME and any((len(key), at, part) in self._typos for part in one_letter_less(word))
            for at, word in enumerate(key)
        )


def one_letter_less(word: str) -> Iterator[str]:
    """The word, and what is left when one letter is taken out: words that share one are a letter or a swap apart."""
    yield word
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]


def _begins(part: str, word: str) -> bool:
    return word == part or (len(part) >= _SHORTEST and (word.startswith(part) or _contracts(part, word)))


def _may_contract(part: str) -> bool:
    return len(part) >= _SHORTEST and not set(part) & set("aeiou")


def _contracts(part: str, word: str) -> bool:
    """ "stg" for "staging": its first letter and consonants of it in order."""
    rest = iter(word)
    return part[0] == word[0] and _may_contract(part) and all(letter in rest for letter in part)
