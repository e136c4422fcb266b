# SPDX-License-Identifier: Apache-2.0
"""What a clause that could not be read would say without some of its words: offered as an answer, never just taken."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from planner.matching import ClauseWords, Filling, Match, score_of
from planner.patterns import CompiledPattern, Element, Words
from planner.tokens import Kind, Token
from planner.vocabulary import Vocabulary
from planner.words import NEGATIONS

#: Words that may be left out, and tokens of the longest clause that is tried.
MOST_WORDS, LONGEST = 6, 24
#: Steps of the search. A clause that needs more is asked about without an offer.
_BUDGET = 2500
#: Offers.
MOST_OFFERS = 3
#: Characters of the longest request that gets offers: each is the whole request, read once more.
LONGEST_OFFERED = 1000
#: What leaving out a word costs, and a literal, in points of a match.
_WORD, _LITERAL = 2, 5
#: Words without which an order would mean something else.
_TURNING = NEGATIONS | {
    "if",
    "unless",
    "except",
    "only",
    "without",
    "until",
    "while",
    "when",
    "before",
    "after",
    "or",
    "but",
}
#: Words that name a state: without one an order is for another.
_STATES = frozenset(
    [
        "manual", "manually", "demand", "on-demand", "delayed", "delayed-auto", "disabled", "disable", "enabled",
        "automatic", "automatically", "auto", "running", "stopped", "started", "paused", "masked", "locked", "unlocked",
        "free", "open", "closed", "off", "on", "logged", "readonly", "read-only", "inactive", "active", "expired",
    ]
)  # fmt: skip
_MARKS = frozenset(",;:.()!?")


@dataclass(slots=True)
class _Search:
    """The walk over one clause that may pass words by."""

    words: ClauseWords
    left: int = _BUDGET
    best: dict[tuple[int, ...], tuple[tuple[int, ...], Match]] = field(default_factory=dict)

    def ways(
        self, pattern: CompiledPattern, elements: tuple[Element, ...], at: int, taken: dict[str, tuple[Filling, ...]],
        said: int, out: tuple[int, ...],
    ) -> Iterator[tuple[dict[str, tuple[Filling, ...]], int, tuple[int, ...]]]:  # fmt: skip
        """(fillings, words matched, places left out) of every way the elements cover the clause from a token on."""
        self.left -= 1
        if self.left < 0 or len(out) > MOST_WORDS:
            return
        tokens = self.words.tokens
        if not elements:
            rest = [i for i in range(at, len(tokens)) if not self.words.is_filler(i)]
            if len(out) + len(rest) <= MOST_WORDS and all(self.may_go(i) for i in rest):
                yield taken, said, (*out, *rest)
            return
        head, behind = elements[0], elements[1:]
        if isinstance(head, tuple):
            yield from self.ways(pattern, (*head, *behind), at, taken, said, out)
            yield from self.ways(pattern, behind, at, taken, said, out)
            return
        for end, fillings, count in self.ends(pattern, head, at, taken):
            yield from self.ways(pattern, behind, end, fillings, said + count, out)
        if at < len(tokens) and (self.words.is_filler(at) or self.may_go(at)):
            passed = out if self.words.is_filler(at) else (*out, at)
            yield from self.ways(pattern, elements, at + 1, taken, said, passed)

    def ends(
        self, pattern: CompiledPattern, head: Element, at: int, taken: dict[str, tuple[Filling, ...]]
    ) -> Iterator[tuple[int, dict[str, tuple[Filling, ...]], int]]:
        """Where one element ends that begins at a token, what is filled then, and how many words it took."""
        if isinstance(head, Words):
            yield from ((end, taken, end - at) for end in self.words.ends(head, at))
        elif not isinstance(head, tuple) and head.parameter not in taken:
            parameter = pattern.template.parameters.get(head.parameter)
            for end, values in self.words.values(parameter, at) if parameter else ():
                yield end, {**taken, head.parameter: values}, 0

    def passes_over(self, match: Match, out: tuple[int, ...]) -> bool:
        """Whether a word is left out that could itself be the value which one behind it is now."""
        for name, fillings in match.fillings.items():
            values = [f for f in fillings if f.tokens]
            first = min((f.start for f in values), default=0)
            plain = all(t.text.isalpha() and not t.is_literal for f in values for t in f.tokens)
            earlier = [i for i in out if self.words.tokens[i].start < first]
            earlier = [i for i in earlier if plain or not self.words.tokens[i].text.isalpha()]
            if any(next(self.words.values(match.template.parameters[name], i), None) for i in earlier):
                return True
        return False

    def may_go(self, at: int) -> bool:
        token = self.words.tokens[at]
        return token.is_literal or (token.fixed not in _TURNING and token.fixed not in _STATES)

    def whole(self, out: tuple[int, ...]) -> bool:
        """Whether what stays is what was written: no half of a word, and no path that ends where its blank was."""
        tokens = self.words.tokens
        for at in range(len(tokens) - 1):
            one, other = tokens[at], tokens[at + 1]
            if (at in out) is (at + 1 in out):
                continue
            glued = one.end == other.start and not {one.text, other.text} & _MARKS
            if glued or (at + 1 in out and "\\" in one.text and other.start - one.end == 1):
                return False
        return True

    def cost(self, match: Match, out: tuple[int, ...]) -> tuple[int, ...]:
        """The worth of a way, higher is better."""
        lost = sum(_LITERAL if self.words.tokens[i].is_literal else _WORD for i in out)
        points, words, *plain = score_of(match)
        return (points + words - lost, -len(out), sum(out), *plain)

    def run(self, vocabulary: Vocabulary) -> None:
        for pattern in vocabulary.candidates(self.words.heads):
            if not self.words.words.isdisjoint(pattern.template.grammar.negative):
                continue
            if not pattern.has_verb_word or any(self.words.heads.isdisjoint(need) for need in pattern.needs):
                continue
            for taken, said, out in self.ways(pattern, pattern.elements, 0, {}, 0, ()):
                match = Match(pattern, taken, said, self.words.fit(pattern.template, taken))
                self.keep(match, out)

    def keep(self, match: Match, out: tuple[int, ...]) -> None:
        required = {n for n, p in match.template.parameters.items() if p.required and p.instead is None}
        if not match.fillings or self.passes_over(match, out):
            return  # "update" is another order than "update kernel"
        if not out or not self.whole(out) or not required <= set(match.fillings):
            return
        worth = self.cost(match, out)
        known = self.best.get(out)
        if known is None or worth > known[0]:
            self.best[out] = (worth, match)


def fewer_words(tokens: tuple[Token, ...], vocabulary: Vocabulary) -> tuple[tuple[Token, ...], ...]:
    """The words that could be left out of a clause so that the rest can be read; the best ways, best first."""
    if not 1 < len(tokens) <= LONGEST or any(t.kind is Kind.CODE for t in tokens):
        return ()
    search = _Search(ClauseWords(tokens, vocabulary, fixed=True))
    search.run(vocabulary)
    ranked = sorted(search.best.items(), key=lambda item: (*(-part for part in item[1][0]), item[0]))
    ways = [tuple(tokens[i] for i in _with_fillers(out, search.words)) for out, _ in ranked]
    return tuple(dict.fromkeys(ways))[:MOST_OFFERS]


def _with_fillers(out: tuple[int, ...], words: ClauseWords) -> Iterator[int]:
    """The places with those of fillers between them: "for the auditors" goes as a whole."""
    for at, place in enumerate(out):
        yield place
        between = range(place + 1, out[at + 1]) if at + 1 < len(out) else range(0)
        if all(words.is_filler(i) for i in between):
            yield from between


def cut(text: str, gone: tuple[Token, ...]) -> str:
    """A request without some of its words."""
    for token in sorted(gone, key=lambda t: -t.start):
        text = text[: token.start] + " " + text[token.end :]
    return re.sub(r" (?=[,.;:])", "", re.sub(r"\s+", " ", text)).strip(" ,;:")


def told(text: str, gone: tuple[Token, ...]) -> str:
    """The words that are left out as they stand in the request, run by run."""
    runs: list[list[int]] = []
    for token in sorted(gone, key=lambda t: t.start):
        if runs and not text[runs[-1][1] : token.start].strip():
            runs[-1][1] = token.end
        else:
            runs.append([token.start, token.end])
    return ", ".join(f"'{text[start:end]}'" for start, end in runs)
