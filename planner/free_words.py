# SPDX-License-Identifier: Apache-2.0
"""The words of one clause as one template sees them: which are values, names, wishes, or only adjectives."""

from collections.abc import Container, Iterator

from opsconductor.domain.templates import Parameter, ParameterType
from planner.free_grammar import FreeGrammar
from planner.matching import ClauseWords, Filling
from planner.tokens import Kind, Token
from planner.vocabulary import Vocabulary
from planner.words import FILLERS, LINKS, MACHINES, NO_NAMES, PREPOSITIONS, TURNING, WISH_TAILS, WISHES

#: Types of values that are bare names.
NAMES = frozenset(
    {
        ParameterType.SERVICE,
        ParameterType.PROCESS,
        ParameterType.PACKAGE,
        ParameterType.USER,
        ParameterType.GROUP,
        ParameterType.NAME,
        ParameterType.FILE,
        ParameterType.SCRIPT,
        ParameterType.HOST,
        ParameterType.SECRET,
        ParameterType.TEXT,
        ParameterType.VERSION,
    }
)
#: Those among which words of the vocabulary occur: the group Administrators.
_OPEN = frozenset({ParameterType.USER, ParameterType.GROUP, ParameterType.NAME, ParameterType.TEXT})
_SMALL = frozenset({"and", "it", "them", "only", "no"})
#: Never read here: they take any words, or come from elsewhere.
_LOOSE = frozenset({ParameterType.WORDS, ParameterType.SCHEDULE, ParameterType.BOOLEAN})
_PASSED = FILLERS | WISH_TAILS | LINKS | {w for phrase in WISHES for w in phrase} | set(",&+") | _SMALL
_WISHES = {first: tuple(p for p in WISHES if p[0] == first) for first in {p[0] for p in WISHES}}
#: Templates a clause is held against.
_MOST = 16
_QUOTED_ONLY = frozenset({ParameterType.PHRASE, ParameterType.COMMAND})
#: Punctuation that joins what belongs together; a question mark never does.
_MARKS = frozenset(",:=-\u2013\u2014().!&+")
_POINTING = frozenset({"that", "this", "these", "those", "every", "each", "any", "some", "all", "other", "another"})
_TALK = (
    FILLERS
    | PREPOSITIONS
    | MACHINES
    | frozenset({"and", "it", "them", "please", "gone", "off", "down", "needs", "need"})
)


class FreeWords:
    """The tokens of a clause, and what they can be for one template."""

    def __init__(self, clause: ClauseWords, grammar: FreeGrammar) -> None:
        self.clause, self.grammar = clause, grammar
        self.tokens, self.low, self.vocabulary = clause.tokens, clause.low, clause.vocabulary
        self.parameters = grammar.template.parameters

    def values(self, name: str, at: int, *, introduced: bool) -> Iterator[tuple[int, tuple[Filling, ...]]]:
        """The values of a parameter from a token on; plain words only where they can be names."""
        if at >= len(self.tokens):
            return
        parameter, token = self.parameters[name], self.tokens[at]
        if parameter.type in _LOOSE or token.kind is Kind.PUNCTUATION:
            return
        if parameter.type in _QUOTED_ONLY and token.kind not in (Kind.QUOTED, Kind.CODE):
            return
        for end, taken in self.clause.values(parameter, at):
            if taken[0].tokens and all(self.is_right(parameter, t, introduced) for f in taken for t in f.tokens):
                yield end, taken

    def is_right(self, parameter: Parameter, token: Token, introduced: bool) -> bool:
        if token.kind is Kind.WORD:
            open_name = introduced and parameter.type in _OPEN
            return parameter.type not in NAMES or self.is_name(self.tokens.index(token), named=open_name)
        if parameter.type is ParameterType.TEXT and token.kind is not Kind.QUOTED:
            return introduced or parameter.pattern is not None
        return True

    def is_name(self, at: int, *, named: bool = False) -> bool:
        """Whether a plain word can be nothing but a name. `named`: the noun for it stands before it, so that it may be
        a word of the vocabulary as well, though none of this template's: the group Administrators."""
        token, low = self.tokens[at], self.low[at]
        if token.kind is not Kind.WORD or not NO_NAMES.isdisjoint((low, token.low)) or low in TURNING:
            return False
        if at and self.low[at - 1] in _POINTING:
            return False
        if named and low not in self.grammar.phrases and low not in self.grammar.intros and low not in _TALK:
            return True
        return token.low not in self.vocabulary.reserved

    def is_mark(self, at: int) -> bool:
        return self.tokens[at].kind is Kind.PUNCTUATION and self.tokens[at].text in _MARKS

    def wish(self, at: int) -> int | None:
        """The place after words that say that something is wanted."""
        for phrase in _WISHES.get(self.low[at], ()):
            end = at + len(phrase)
            if tuple(self.low[at:end]) == phrase and not any(t.is_literal for t in self.tokens[at:end]):
                while end < len(self.tokens) and self.low[end] in WISH_TAILS:
                    end += 1
                return end
        return None

    def after_talk(self, at: int) -> int:
        """The place after wishes and fillers."""
        while at < len(self.tokens):
            if (after := self.wish(at)) is not None:
                at = after
            elif not self.tokens[at].is_literal and self.low[at] in FILLERS | {":"}:
                at += 1
            else:
                break
        return at

    def name_end(self, at: int) -> int:
        """The place after a name, or after a list of names."""
        end = at + 1
        while (following := self.clause.after_joint(end)) is not None and self.is_name(following):
            end = following + 1
        return end

    def introduces(self, phrase: tuple[str, ...]) -> str | None:
        """The parameter whose introducing words these are."""
        found = self.grammar.intros.get(phrase[0], ()) if phrase else ()
        return next((name for words, name in found if words == phrase), None)

    def spoken_of(self, objects: frozenset[tuple[str, ...]], taken: Container[str]) -> list[str]:
        """Open parameters whose introducing words were said before: "the owner of … should be"."""
        said = {name for phrases in self.grammar.intros.values() for words, name in phrases if words in objects}
        return sorted(name for name in said if name not in taken)

    def open_names(self, taken: Container[str]) -> list[str]:
        """Parameters without a value that take a plain name."""
        return [n for n, p in self.parameters.items() if n not in taken and p.type in NAMES and p.instead is None]

    def describes(self, at: int, length: int) -> bool:
        """Whether a verb is only an adjective: "an empty file", but not "a restart of nginx"."""
        if not at or self.low[at - 1] not in {"a", "an", "the"} or at + length >= len(self.tokens):
            return False
        following = self.low[at + length]
        return (
            following not in PREPOSITIONS | FILLERS
            and self.tokens[at + length].kind is Kind.WORD
            and self.wish(at + length) is None
        )

    def goes_on(self, at: int) -> bool:
        """Whether a value or a name stands here rather than the end or a word of talk."""
        return at < len(self.tokens) and (self.tokens[at].kind is not Kind.WORD or self.is_name(at))

    def is_set(self) -> bool:
        """Whether "should be" stands for the verb."""
        return "set" in self.grammar.template.grammar.verbs and "be" in self.low

    def is_sole(self) -> bool:
        """Whether a word was said that is the verb of no other template: a reboot."""
        telling = self.vocabulary.free.telling
        return any(word in self.grammar.phrases and len(telling.get(word, ())) == 1 for word in self.clause.heads)


def candidates(words: ClauseWords, vocabulary: Vocabulary, wished: bool) -> list[FreeGrammar]:
    """The templates one of whose verbs or states was said, those with most words first."""
    index = vocabulary.free
    found: dict[int, int] = {}
    for word in words.heads:
        for number in index.telling.get(word, ()):
            found[number] = found.get(number, 0) + 1
    for word in words.heads:
        for number in index.about.get(word, ()):
            if number in found or (wished and "set" in index.grammars[number].template.grammar.verbs):
                found[number] = found.get(number, 0) + 1
    known = [
        number
        for number in found
        if words.words.isdisjoint(index.grammars[number].template.grammar.negative)
        and _unknown(words, index.grammars[number]) <= 1
    ]
    ranked = sorted(known, key=lambda number: (-found[number], number))[:_MOST]
    return [index.grammars[number] for number in ranked]


def _unknown(words: ClauseWords, grammar: FreeGrammar) -> int:
    """How many words of the vocabulary are none of this template's; one may be a name."""
    reserved = (w for w in words.words if w in words.vocabulary.reserved and w not in _PASSED)
    return sum(w not in grammar.words and words.vocabulary.lemma(w) not in grammar.words for w in reserved)
