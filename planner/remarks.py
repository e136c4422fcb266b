# SPDX-License-Identifier: Apache-2.0
"""Sentences that only tell why a request is made: "The screen is frozen.", "Nobody on the third floor can print."."""

from itertools import pairwise

from planner.names import NameIndex
from planner.phrases import OptionPhrase
from planner.tokens import Kind, Token
from planner.vocabulary import Vocabulary
from planner.words import FILLERS

#: Whom or what a remark tells of: it begins with one of these.
_SUBJECTS = frozenset(
    [
        "the", "a", "some", "many", "most", "all", "our", "my", "their", "his", "her", "its", "this", "that", "these",
        "nobody", "no-one", "noone", "somebody", "someone", "everybody", "everyone", "people", "users", "customers",
        "staff", "colleagues", "it", "he", "she", "they", "i", "we", "there", "it's", "there's", "nothing",
        "management", "new",
    ]
)  # fmt: skip
#: How it goes on.
_TELLING = frozenset(
    [
        "is", "are", "was", "were", "has", "have", "had", "can", "can't", "cannot", "could", "couldn't", "keeps",
        "keep", "hangs", "hang", "looks", "look", "seems", "seem", "does", "doesn't", "did", "didn't", "don't", "got",
        "get", "gets", "went", "left", "died", "crashed", "froze", "complain", "complains", "complained", "says",
        "said", "reported", "reports", "told", "tells", "saw", "see", "takes", "took", "fails", "failed", "isn't",
        "aren't", "wasn't", "hasn't", "haven't", "happens", "happened", "started", "moved", "works", "think", "guess",
        "it's", "there's", "report", "starts", "start", "leaves", "joins", "joined",
    ]
)  # fmt: skip
#: With these a sentence may say what is to be done, or what is not.
_BINDING = frozenset(
    [
        "if", "unless", "only", "except", "but", "should", "must", "shall", "need", "needs", "want", "wants", "please",
        "pls", "except", "excluding", "without", "never", "otherwise", "then", "when", "where", "while", "until",
        "before", "after", "instead", "rather", "also", "too", "like", "would", "will", "kindly", "let", "let's",
        "supposed", "required", "anyway", "same", "other", "others", "rest", "them",
    ]
)  # fmt: skip
_POINTING = frozenset({"it", "them", "him", "her", "there", "that", "this", "these", "those", "one", "same"})
_NOBODY = frozenset({"nobody", "no-one", "noone", "nothing"})
_TRYING = frozenset({"unable", "able", "trying", "fails", "failed"})
_VAIN = frozenset({"can't", "cannot", "couldn't"})
_ENDS = frozenset({".", "!", "?"})
#: Words of the longest remark.
_LONGEST = 24


def find_remarks(
    tokens: tuple[Token, ...], options: tuple[OptionPhrase, ...], index: NameIndex, vocabulary: Vocabulary
) -> tuple[OptionPhrase, ...]:
    """The remarks behind the last order of a request, as mere emphasis: they change nothing."""
    sentences = _sentences(tokens)
    found: list[OptionPhrase] = []
    for (first, last), (begin, end) in pairwise(sentences):
        said = [t for t in tokens[first:last] if not any(o.start < t.end and t.start < o.end for o in options)]
        pointing = not _POINTING.isdisjoint(t.low for t in tokens[begin:end])
        if pointing or (said and not _only_tells(said, index, vocabulary)):
            break
        if said:
            found.append(OptionPhrase("", True, tokens[first].start, tokens[last - 1].end))
    if len(found) == len(sentences) - 1 and found:
        return tuple(found)
    for first, last in reversed(sentences[1:]):
        said = [t for t in tokens[first:last] if not any(o.start < t.end and t.start < o.end for o in options)]
        if not said:
            continue
        if not _only_tells(said, index, vocabulary):
            break
        found.append(OptionPhrase("", True, tokens[first].start, tokens[last - 1].end))
    return tuple(found)


def _sentences(tokens: tuple[Token, ...]) -> list[tuple[int, int]]:
    ends = [at + 1 for at, t in enumerate(tokens) if t.text in _ENDS]
    bounds = [0, *ends, len(tokens)]
    return [(first, last) for first, last in pairwise(bounds) if last > first]


def _only_tells(said: list[Token], index: NameIndex, vocabulary: Vocabulary) -> bool:
    """Whether a sentence names nothing that work could be about, wishes nothing and is no question."""
    words = [t for t in said if t.kind is not Kind.PUNCTUATION]
    while words and words[-1].low in {"please", "pls", "thanks"}:
        words = words[:-1]
    if not 1 < len(words) <= _LONGEST or said[-1].text == "?" or any(t.is_literal for t in words):
        return False
    low = [t.low for t in words]
    if not _is_subject(low, vocabulary) or not _BINDING.isdisjoint(low) or _TELLING.isdisjoint(low[:8]):
        return False
    if any(index.host(t.value) for t in words):
        return False
    if "to" in low and _TRYING.isdisjoint(low):
        return False
    # What cannot be done is no work: "nobody can print", "we are unable to log in".
    vain = _VAIN | ({"can"} if low[0] in _NOBODY else frozenset()) | ({"to"} if not _TRYING.isdisjoint(low) else set())
    return not any(
        vocabulary.lemma(word) in vocabulary.verbs and word not in _TELLING | FILLERS and before not in vain
        for before, word in pairwise(low)
    )


def _is_subject(low: list[str], vocabulary: Vocabulary) -> bool:
    """Whether somebody or something is told of: a word that is no order and no vocabulary of the work."""
    return low[0] in _SUBJECTS or low[0].endswith("ing") or low[0] not in vocabulary.reserved
