# SPDX-License-Identifier: Apache-2.0
"""A clause read without regard to the order of its words: every word must still be explained by one template."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from opsconductor.domain.templates import Parameter, ParameterType
from planner.free_grammar import FreeGrammar, Role
from planner.matching import ClauseWords, Filling, Match
from planner.patterns import CompiledPattern, Words
from planner.tokens import Kind, Token
from planner.vocabulary import Vocabulary
from planner.words import FILLERS, MACHINES, NEGATIONS, NO_NAMES, PREPOSITIONS, TOLD, WISH_TAILS, WISHES

#: Tokens of the longest clause that is tried, templates that are tried, and steps of the search for each.
LONGEST, MOST_TEMPLATES, _BUDGET = 26, 14, 260
#: How such a reading is told.
ANY_ORDER = "in any order"
#: Types of values that are bare names.
_NAMES = frozenset(
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
#: Those that are said without a noun: "nginx off", "htop gone".
_SPOKEN = frozenset({ParameterType.SERVICE, ParameterType.PACKAGE, ParameterType.PROCESS, ParameterType.FILE})
#: Those among which words of the vocabulary occur: the group Administrators.
_OPEN = frozenset({ParameterType.USER, ParameterType.GROUP, ParameterType.NAME, ParameterType.TEXT})
_POINTED = _NAMES | {ParameterType.PATH, ParameterType.GLOB}
#: Types that are known by the shape of their value, so that an optional one need not be introduced.
_SHAPED = frozenset(
    {ParameterType.CHOICE, ParameterType.MODE, ParameterType.URL, ParameterType.REGISTRY_KEY, ParameterType.ADDRESS}
)
#: Never read here: they take any words, or come from elsewhere.
_LOOSE = frozenset({ParameterType.WORDS, ParameterType.SCHEDULE, ParameterType.BOOLEAN})
#: Words that turn an order into another one; only a state or a verb of the template may hold them.
_TURNING = NEGATIONS | frozenset(
    """if unless except only-if otherwise else until while when whenever before after or but instead already
    longer nor neither than rather""".split()
)
#: Punctuation that joins what belongs together; a question mark never does.
_MARKS = frozenset(", : = - \u2013 \u2014 ( ) . ! & +".split())
_TALK = FILLERS | PREPOSITIONS | MACHINES | frozenset({"and", "it", "them", "please", "gone", "off", "down", "needs", "need"})
_LINKS = frozenset({"of", "for", "on", "in", "at", "with"})
_POINTING = frozenset({"that", "this", "these", "those", "every", "each", "any", "some", "all", "other", "another"})
_DETERMINERS = frozenset({"a", "an", "the", ":", "="})
_IT = frozenset({"it", "them"})
#: Verbs that tell how things are where nothing follows: "port 80 open".
_ADJECTIVES = frozenset({"open", "clear", "clean", "empty", "free", "shut", "set", "put"})


@dataclass(frozen=True, slots=True)
class _State:
    """How far a clause is explained."""

    fillings: dict[str, tuple[Filling, ...]] = field(default_factory=dict)
    sets: tuple[tuple[str, bool], ...] = ()
    roles: frozenset[Role] = frozenset()
    objects: frozenset[tuple[str, ...]] = frozenset()
    state: tuple[str, ...] = ()  #: the words of the state that was said
    verb: str = ""
    last: Role | str | None = None  #: what was explained last: a role, or the parameter whose value it was
    weak: bool = False  #: a name of a kind that is seldom said without its noun stood there without it
    late: bool = False  #: the verb stood in a form that tells as well as it asks
    points: int = 0
    words: int = 0


class _Search:
    """One clause held against one template."""

    def __init__(self, words: ClauseWords, grammar: FreeGrammar, wished: bool) -> None:
        self.words, self.grammar, self.wished = words, grammar, wished
        self.parameters = grammar.template.parameters
        self.left = _BUDGET

    def ways(self, at: int, so_far: _State) -> Iterator[_State]:
        """Every way the words from a token on are explained."""
        self.left -= 1
        if self.left < 0:
            return
        if at >= len(self.words.tokens):
            yield so_far
            return
        token, low = self.words.tokens[at], self.words.low[at]
        if not token.is_literal:
            for end, after in self.said(at, low, so_far):
                yield from self.ways(end, after)
        for end, after in (*self.introduced(at, low, so_far), *self.shaped(at, so_far), *self.bare(at, so_far)):
            yield from self.ways(end, after)
        apart = low in _LINKS - {"of"} or low in {"and", ","}
        for end in self.passed(at, token, low, so_far):
            yield from self.ways(end, replace(so_far, last=None) if apart else so_far)

    def said(self, at: int, low: str, so_far: _State) -> Iterator[tuple[int, _State]]:
        """Verbs, objects and states that stand here."""
        lemma = self.words.vocabulary.lemma(low)
        for first in dict.fromkeys((low, lemma)):
            for phrase, role in self.grammar.phrases.get(first, ()):
                end = at + len(phrase)
                if tuple(self.words.low[at + 1 : end]) != phrase[1:] or (first != low and role is not Role.VERB):
                    continue
                if (after := self.with_role(at, low, phrase, role, so_far)) is not None:
                    yield end, after
        for verb, particle in self.grammar.particles:
            if verb == lemma and Role.VERB not in so_far.roles and particle in self.words.low[at + 1 :]:
                after = self.with_role(at, low, (verb,), Role.VERB, so_far)
                if after is not None:
                    yield at + 1, replace(after, verb=f"{verb} {particle}")
        verb, _, particle = so_far.verb.partition(" ")
        if particle and low == particle and (verb, low) in self.grammar.particles:
            yield at + 1, replace(so_far, verb=verb, last=Role.VERB, words=so_far.words + 1)

    def with_role(self, at: int, low: str, phrase: tuple[str, ...], role: Role, so_far: _State) -> _State | None:
        if role is not Role.OBJECT and role in so_far.roles:
            return None
        if role is Role.VERB and self.describes(at, len(phrase)):
            return None
        late = role is Role.VERB and at > 0 and low != phrase[0] and any(not self.is_mark(i) for i in range(at))
        shaped = role is Role.VERB and at > 0 and low in _ADJECTIVES and not self.goes_on(at + len(phrase))
        if late and low.endswith(("s", "ing")) and self.words.tokens[at].low == low:
            return None
        told = role is Role.STATE and not TOLD.isdisjoint(phrase)
        return replace(
            so_far,
            roles=so_far.roles | {role},
            objects=so_far.objects | {phrase} if role is Role.OBJECT else so_far.objects,
            state=phrase if role is Role.STATE else so_far.state,
            last=role,
            late=so_far.late or late or told or shaped,
            points=so_far.points + self.worth(role, so_far.roles),
            words=so_far.words + len(phrase),
        )

    def goes_on(self, at: int) -> bool:
        """Whether a value or a name stands here rather than the end or a word of talk."""
        return at < len(self.words.tokens) and (self.words.tokens[at].kind is not Kind.WORD or self.is_name(at))

    @staticmethod
    def worth(role: Role, known: frozenset[Role]) -> int:
        """Points for a verb or a state, for both together, for the first object and for more of them."""
        if role is Role.OBJECT:
            return 1 if role in known else 2
        return 3 if known.isdisjoint({Role.VERB, Role.STATE}) else 1

    def describes(self, at: int, length: int) -> bool:
        """Whether a verb is only an adjective: "an empty file", but not "a restart of nginx"."""
        if not at or self.words.low[at - 1] not in {"a", "an", "the"} or at + length >= len(self.words.tokens):
            return False
        following = self.words.low[at + length]
        return following not in PREPOSITIONS | FILLERS and self.words.tokens[at + length].kind is Kind.WORD and self.wish(at + length) is None

    def introduced(self, at: int, low: str, so_far: _State) -> Iterator[tuple[int, _State]]:
        """A value behind the words that introduce its parameter, or the words right behind the value."""
        for phrase, name in self.grammar.intros.get(low, ()) if not self.words.tokens[at].is_literal else ():
            end = at + len(phrase)
            if tuple(self.words.low[at:end]) != phrase:
                continue
            weak = phrase[-1] in PREPOSITIONS | {"as"}
            if name in so_far.fillings:
                if so_far.last == name and not weak:
                    yield end, replace(so_far, points=so_far.points + 1, words=so_far.words + 1)
                continue
            while end < len(self.words.tokens) and (self.words.low[end] in _DETERMINERS or self.words.low[end] == "of"):
                end += 1
            for after, taken in self.values(name, end, introduced=not weak):
                yield after, self.filled(so_far, name, taken, 2 if not weak else 1)
        negated = low in {"no", "without"} and at + 1 < len(self.words.tokens)
        if negated and (name := self.words.low[at + 1]) in self.parameters and not so_far.sets:
            if self.parameters[name].type is ParameterType.BOOLEAN:
                yield at + 2, replace(so_far, sets=((name, False),), points=so_far.points + 1, last=None)

    def shaped(self, at: int, so_far: _State) -> Iterator[tuple[int, _State]]:
        """A value whose shape fits exactly one parameter that is still open."""
        token = self.words.tokens[at]
        before = self.words.low[at - 1] if at else ""
        choice = token.kind is Kind.WORD
        if token.kind in (Kind.PUNCTUATION, Kind.FLAG, Kind.DURATION) or before in {"from", "to", "into", "onto", "as", "by"}:
            return
        found = [
            (name, ways)
            for name, parameter in self.parameters.items()
            if name not in so_far.fillings
            and (parameter.type is ParameterType.CHOICE) == choice
            and (parameter.required or parameter.type in _SHAPED)
            and (token.kind is not Kind.NUMBER or parameter.type not in _NAMES)
            and (ways := list(self.values(name, at, introduced=False)))
        ]
        required = [entry for entry in found if self.parameters[entry[0]].required]
        chosen = required if len(required) == 1 else found
        if len(chosen) == 1:
            for end, taken in chosen[0][1]:
                yield end, self.filled(so_far, chosen[0][0], taken, 1)

    def bare(self, at: int, so_far: _State) -> Iterator[tuple[int, _State]]:
        """A plain name beside the verb or the object, or right before the state."""
        if not self.is_name(at, named=so_far.last is Role.OBJECT):
            return
        if at and self.words.low[at - 1] in {"be", "="}:
            for name in self.spoken_of(so_far):
                for end, taken in self.values(name, at, introduced=True):
                    yield end, self.filled(so_far, name, taken, 2)
        names = [
            n for n, p in self.parameters.items() if n not in so_far.fillings and p.type in _NAMES and p.instead is None
        ]
        required = [n for n in names if self.parameters[n].required]
        if len(required) != 1:
            return
        kind = self.parameters[required[0]].type
        for end, taken in self.values(required[0], at, introduced=so_far.last is Role.OBJECT):
            role = Role.OBJECT if so_far.last is Role.OBJECT else self.role_behind(end)
            role = Role.VERB if role is None and so_far.last is Role.VERB else role
            if role is not None:
                free = role is Role.OBJECT or kind in _SPOKEN
                after = self.filled(so_far, required[0], taken, 0)
                yield end, after if free else replace(after, weak=True)

    def spoken_of(self, so_far: _State) -> list[str]:
        """Open parameters whose introducing words were said before: "the owner of … should be"."""
        said = {name for phrases in self.grammar.intros.values() for words, name in phrases if words in so_far.objects}
        return sorted(name for name in said if name not in so_far.fillings)

    def role_behind(self, end: int) -> Role | None:
        """The role of the words that follow, wishes and fillers aside."""
        while end < len(self.words.tokens):
            if (after := self.wish(end)) is not None:
                end = after
            elif not self.words.tokens[end].is_literal and self.words.low[end] in FILLERS | {":"}:
                end += 1
            else:
                break
        if end >= len(self.words.tokens):
            return None
        roles = {next(iter(after.roles)) for _, after in self.said(end, self.words.low[end], _State())}
        return next((role for role in (Role.OBJECT, Role.STATE, Role.VERB) if role in roles), None)

    def values(self, name: str, at: int, *, introduced: bool) -> Iterator[tuple[int, tuple[Filling, ...]]]:
        """The values of a parameter from a token on; plain words only where they can be names."""
        if at >= len(self.words.tokens):
            return
        parameter, token = self.parameters[name], self.words.tokens[at]
        if parameter.type in _LOOSE or token.kind is Kind.PUNCTUATION:
            return
        if parameter.type in (ParameterType.PHRASE, ParameterType.COMMAND) and token.kind not in (Kind.QUOTED, Kind.CODE):
            return
        for end, taken in self.words.values(parameter, at):
            if taken[0].tokens and all(self.is_right(parameter, t, introduced) for f in taken for t in f.tokens):
                yield end, taken

    def is_right(self, parameter: Parameter, token: Token, introduced: bool) -> bool:
        if token.kind is Kind.WORD:
            open_name = introduced and parameter.type in _OPEN
            return parameter.type not in _NAMES or self.is_name(self.words.tokens.index(token), named=open_name)
        if parameter.type is ParameterType.TEXT and token.kind is not Kind.QUOTED:
            return introduced or parameter.pattern is not None
        return True

    def is_name(self, at: int, *, named: bool = False) -> bool:
        """Whether a plain word can be nothing but a name. `named`: the noun for it stands before it, so that it may be
        a word of the vocabulary as well, though none of this template's: the group Administrators."""
        token, low = self.words.tokens[at], self.words.low[at]
        if token.kind is not Kind.WORD or not NO_NAMES.isdisjoint((low, token.low)) or low in _TURNING:
            return False
        if at and self.words.low[at - 1] in _POINTING:
            return False
        if named and low not in self.grammar.phrases and low not in self.grammar.intros and low not in _TALK:
            return True
        return token.low not in self.words.vocabulary.reserved

    def filled(self, so_far: _State, name: str, taken: tuple[Filling, ...], points: int) -> _State:
        return replace(
            so_far, fillings={**so_far.fillings, name: taken}, last=name, points=so_far.points + points
        )  # fmt: skip

    def passed(self, at: int, token: Token, low: str, so_far: _State) -> Iterator[int]:
        """The places after words that say nothing of their own here."""
        if (end := self.wish(at)) is not None:
            yield end
        following = self.words.low[at + 1] if at + 1 < len(self.words.tokens) else ""
        if self.is_mark(at) or (low == "/" and isinstance(so_far.last, str)) or token.kind is Kind.FLAG:
            yield at + 1
        elif token.is_literal:
            return
        elif low in _IT:
            if any(self.parameters[n].type in _POINTED for n in so_far.fillings):
                yield at + 1
        elif (
            (low in FILLERS and low not in _TURNING)
            or (low in {"we", "i"} and following in {"need", "want"})
            or (low in _LINKS | {"and"} and so_far.points and following)
            or (low == "only" and so_far.points)
        ):
            yield at + 1

    def is_mark(self, at: int) -> bool:
        return self.words.tokens[at].kind is Kind.PUNCTUATION and self.words.tokens[at].text in _MARKS

    def wish(self, at: int) -> int | None:
        """The place after words that say that something is wanted."""
        for phrase in WISHES:
            end = at + len(phrase)
            if tuple(self.words.low[at:end]) == phrase and not any(t.is_literal for t in self.words.tokens[at:end]):
                while end < len(self.words.tokens) and self.words.low[end] in WISH_TAILS:
                    end += 1
                return end
        return None

    def holds(self, found: _State) -> bool:
        """Whether the words say enough: what to do, in a form that asks for it, with what it needs."""
        if " " in found.verb or (found.late and not self.wished):
            return False
        missing = [
            n
            for n, p in self.parameters.items()
            if p.required and p.type is not ParameterType.SCHEDULE and n not in found.fillings
            and (p.instead is None or p.instead not in found.fillings)
        ]  # fmt: skip
        if found.roles.isdisjoint({Role.VERB, Role.STATE}):  # "the mode of X ought to be 640"
            return self.wished and Role.OBJECT in found.roles and not missing and self.is_set()
        if missing:
            return {Role.VERB, Role.OBJECT} <= found.roles and bool(found.fillings)
        needed = [n for n in found.fillings if self.parameters[n].required]
        if found.weak and len(needed) == 1:
            return False
        if not found.fillings and Role.VERB not in found.roles and not self.wished:
            return False
        return bool(found.fillings) or Role.OBJECT in found.roles or (not self.parameters and self.is_sole())

    def is_set(self) -> bool:
        """Whether "should be" stands for the verb."""
        return "set" in self.grammar.template.grammar.verbs and "be" in self.words.low

    def is_sole(self) -> bool:
        """Whether a word was said that is the verb of no other template: a reboot."""
        telling = self.words.vocabulary.free.telling
        return any(word in self.grammar.phrases and len(telling.get(word, ())) == 1 for word in self.words.heads)


def free_order(tokens: tuple[Token, ...], vocabulary: Vocabulary, wished: bool = False) -> tuple[Match, ...]:
    """The best readings of a clause, one per template; none where a word stays unexplained, or where one template
    can be read in two ways. `wished`: words before the clause said already that something is wanted."""
    if not 1 < len(tokens) <= LONGEST or any(t.text == "?" for t in tokens):
        return ()
    mended = any(t.low != t.fixed for t in tokens)
    for words in (ClauseWords(tokens, vocabulary, fixed) for fixed in ((False, True) if mended else (True,))):
        if matches := _best(words, vocabulary, wished or any(_asks(words, at) for at in range(len(tokens)))):
            return matches
    return ()


def _best(words: ClauseWords, vocabulary: Vocabulary, wished: bool) -> tuple[Match, ...]:
    best: dict[str, tuple[int, Match]] = {}
    for grammar in _candidates(words, vocabulary, wished):
        search = _Search(words, grammar, wished)
        found = [state for state in search.ways(0, _State()) if search.holds(state)]
        if not found or search.left < 0:
            continue
        most = max((state.points, state.words) for state in found)
        top = [state for state in found if state.points == most[0]]
        if any(state.fillings != top[0].fillings for state in top):
            return ()
        state = next(state for state in top if state.words == most[1])
        best[grammar.template.id] = (most[0], _match(words, grammar, state))
    most_points = max((points for points, _ in best.values()), default=0)
    return tuple(match for points, match in best.values() if points == most_points)


def _asks(words: ClauseWords, at: int) -> bool:
    return any(tuple(words.low[at : at + len(phrase)]) == phrase for phrase in WISHES)


def _candidates(words: ClauseWords, vocabulary: Vocabulary, wished: bool) -> list[FreeGrammar]:
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
    ranked = sorted(found, key=lambda number: (-found[number], number))[:MOST_TEMPLATES]
    return [g for n in ranked if words.words.isdisjoint((g := index.grammars[n]).template.grammar.negative)]


def _match(words: ClauseWords, grammar: FreeGrammar, state: _State) -> Match:
    elements = (Words((state.state,)),) if state.state else ()
    sets = dict(state.sets)
    pattern = CompiledPattern(grammar.template, elements, sets, (), (), Role.VERB in state.roles, ANY_ORDER)
    fillings = dict(sorted(state.fillings.items(), key=lambda item: item[1][0].start))
    return Match(pattern, fillings, state.words, words.fit(grammar.template, fillings))
