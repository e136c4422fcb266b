# SPDX-License-Identifier: Apache-2.0
"""A clause read without regard to the order of its words: every word must still be explained by one template."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from opsconductor.domain.templates import ParameterType
from planner.free_grammar import FreeGrammar, Role
from planner.free_words import NAMES, FreeWords, candidates
from planner.matching import ClauseWords, Filling, Match
from planner.patterns import CompiledPattern, Words
from planner.tokens import Kind, Token
from planner.vocabulary import Vocabulary
from planner.words import FILLERS, LINKS, OTHER_TALK, PREPOSITIONS, TOLD, TURNING, WISHES

#: Tokens of the longest clause that is tried, and steps of the search for each template and in all.
LONGEST, _BUDGET, _WHOLE_BUDGET = 26, 260, 900
#: How such a reading is told.
ANY_ORDER = "in any order"
#: Names that are said without a noun: "nginx off", "htop gone".
_SPOKEN = frozenset({ParameterType.SERVICE, ParameterType.PACKAGE, ParameterType.PROCESS, ParameterType.FILE})
_POINTED = NAMES | {ParameterType.PATH, ParameterType.GLOB}
#: Types that are known by the shape of their value, so that an optional one need not be introduced.
_SHAPED = frozenset(
    {ParameterType.CHOICE, ParameterType.MODE, ParameterType.URL, ParameterType.REGISTRY_KEY, ParameterType.ADDRESS}
)
#: What a value of the one parameter that fits never stands behind: these words decide which of several it is.
_DECIDING = frozenset({"from", "to", "into", "onto", "as", "by"})
_DETERMINERS = frozenset({"a", "an", "the", ":", "="})
_IT = frozenset({"it", "them"})
#: Verbs of telling say nothing of what shall be told.
_TELLING = frozenset({"tell", "show", "give", "get", "see", "print", "display"})
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

    def __init__(self, clause: ClauseWords, grammar: FreeGrammar, wished: bool) -> None:
        self.words, self.grammar, self.wished = FreeWords(clause, grammar), grammar, wished
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
        apart = low in LINKS - {"of"} or low in {"and", ","}
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
        if role is Role.VERB and self.words.describes(at, len(phrase)):
            return None
        late = role is Role.VERB and at > 0 and low != phrase[0] and any(not self.words.is_mark(i) for i in range(at))
        shaped = role is Role.VERB and at > 0 and low in _ADJECTIVES and not self.words.goes_on(at + len(phrase))
        if late and low.endswith(("s", "ing")) and self.words.tokens[at].low == low:
            return None
        told = role is Role.STATE and not TOLD.isdisjoint(phrase)
        return replace(
            so_far,
            roles=so_far.roles | {role},
            objects=so_far.objects | {phrase} if role is Role.OBJECT else so_far.objects,
            state=phrase if role is Role.STATE else so_far.state,
            last=role if role is not Role.OBJECT or self.words.introduces(phrase) is None else None,
            late=so_far.late or late or told or shaped,
            points=so_far.points + _worth(role, so_far.roles),
            words=so_far.words + len(phrase),
        )

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
            for after, taken in self.words.values(name, end, introduced=not weak):
                yield after, self.filled(so_far, name, taken, 2 if not weak else 1)
        negated = low in {"no", "without"} and at + 1 < len(self.words.tokens)
        flag = self.parameters.get(self.words.low[at + 1]) if negated and not so_far.sets else None
        if flag is not None and flag.type is ParameterType.BOOLEAN:
            sets = ((self.words.low[at + 1], False),)
            yield at + 2, replace(so_far, sets=sets, points=so_far.points + 1, last=None)

    def shaped(self, at: int, so_far: _State) -> Iterator[tuple[int, _State]]:
        """A value whose shape fits exactly one parameter that is still open."""
        token = self.words.tokens[at]
        before = self.words.low[at - 1] if at else ""
        choice, told = token.kind is Kind.WORD, before in {"be", "="}
        if token.kind in (Kind.PUNCTUATION, Kind.FLAG, Kind.DURATION) or before in _DECIDING:
            return
        found = [
            (name, ways)
            for name, parameter in self.parameters.items()
            if name not in so_far.fillings
            and (parameter.type is ParameterType.CHOICE) == choice
            and (parameter.required or parameter.type in _SHAPED)
            and (token.kind is not Kind.NUMBER or parameter.type not in NAMES or told)
            and (ways := list(self.words.values(name, at, introduced=told)))
        ]
        required = [entry for entry in found if self.parameters[entry[0]].required]
        chosen = required if len(required) == 1 else found
        if len(chosen) == 1:
            for end, taken in chosen[0][1]:
                yield end, self.filled(so_far, chosen[0][0], taken, 1)

    def bare(self, at: int, so_far: _State) -> Iterator[tuple[int, _State]]:
        """A plain name beside the verb or the object, or right before the state."""
        if not self.words.is_name(at, named=so_far.last is Role.OBJECT):
            return
        if at and self.words.low[at - 1] in {"be", "="}:
            for name in self.words.spoken_of(so_far.objects, so_far.fillings):
                for end, taken in self.words.values(name, at, introduced=True):
                    yield end, self.filled(so_far, name, taken, 2)
        names = [n for n in self.words.open_names(so_far.fillings) if self.parameters[n].required]
        for name, role in self.beside(at, names[0] if len(names) == 1 else None, so_far):
            free = role is Role.OBJECT or self.parameters[name].type in _SPOKEN
            for end, taken in self.words.values(name, at, introduced=role is Role.OBJECT):
                yield end, replace(self.filled(so_far, name, taken, 0), weak=so_far.weak or not free)

    def beside(self, at: int, name: str | None, so_far: _State) -> Iterator[tuple[str, Role]]:
        """The parameter that a plain name here is the value of, and the role of the words beside it."""
        if so_far.last is Role.OBJECT:
            yield from [(name, Role.OBJECT)] if name else []
            return
        end = self.words.name_end(at)
        role, phrase = self.role_behind(end)
        own = self.words.introduces(phrase) if role is Role.OBJECT else name
        own = name if role is Role.OBJECT and self.words.introduces(phrase) is None else own
        if own and own not in so_far.fillings and role is not None:
            yield own, role
        elif name and role is None and so_far.last is Role.VERB:
            yield name, Role.VERB

    def role_behind(self, end: int) -> tuple[Role | None, tuple[str, ...]]:
        """The role of the words that follow, wishes and fillers aside, and these words where they are an object."""
        end = self.words.after_talk(end)
        if end >= len(self.words.tokens):
            return None, ()
        found = [after for _, after in self.said(end, self.words.low[end], _State())]
        roles = {role: after for after in reversed(found) for role in after.roles}
        role = next((role for role in (Role.OBJECT, Role.STATE, Role.VERB) if role in roles), None)
        return role, next(iter(roles[role].objects), ()) if role is not None else ()

    def filled(self, so_far: _State, name: str, taken: tuple[Filling, ...], points: int) -> _State:
        return replace(so_far, fillings={**so_far.fillings, name: taken}, last=name, points=so_far.points + points)

    def passed(self, at: int, token: Token, low: str, so_far: _State) -> Iterator[int]:
        """The places after words that say nothing of their own here."""
        if (end := self.words.wish(at)) is not None:
            yield end
        following = self.words.low[at + 1] if at + 1 < len(self.words.tokens) else ""
        if self.words.is_mark(at) or (low == "/" and isinstance(so_far.last, str)) or token.kind is Kind.FLAG:
            yield at + 1
        elif token.is_literal:
            return
        elif low in _IT:
            if any(self.parameters[n].type in _POINTED for n in so_far.fillings):
                yield at + 1
        elif (
            (low in FILLERS and low not in TURNING)
            or (low in {"we", "i"} and following in {"need", "want"})
            or (low in LINKS | {"and"} and so_far.points and following)
            or (low == "only" and so_far.points)
        ):
            yield at + 1

    def says_tell(self) -> bool:
        return not _TELLING.isdisjoint(self.words.low[:2])

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
            about = Role.OBJECT in found.roles or found.points > len(found.fillings)
            return self.wished and about and not missing and self.words.is_set()
        if self.says_tell() and found.roles.isdisjoint({Role.OBJECT, Role.STATE}):
            return False
        if missing:
            return {Role.VERB, Role.OBJECT} <= found.roles and bool(found.fillings)
        needed = [n for n in found.fillings if self.parameters[n].required]
        if found.weak and len(needed) == 1:
            return False
        if not found.fillings and Role.VERB not in found.roles and not self.wished:
            return False
        plain = all(parameter.option is not None for parameter in self.parameters.values())
        return bool(found.fillings) or Role.OBJECT in found.roles or (plain and self.words.is_sole())


def free_order(
    tokens: tuple[Token, ...], vocabulary: Vocabulary, wished: bool = False, asked: bool = False
) -> tuple[Match, ...]:
    """The best readings of a clause, one per template; none where a word stays unexplained, or where one template
    can be read in two ways. `wished`: words before the clause said already that something is wanted. `asked`: it is
    a question, so that nothing changes that no verb orders."""
    if not 1 < len(tokens) <= LONGEST or any(t.text == "?" or t.fixed in OTHER_TALK for t in tokens):
        return ()
    mended = any(t.low != t.fixed for t in tokens)
    for words in (ClauseWords(tokens, vocabulary, fixed) for fixed in ((False, True) if mended else (True,))):
        if matches := _best(words, vocabulary, wished or any(_asks(words, at) for at in range(len(tokens)))):
            return tuple(m for m in matches if not asked or m.pattern.has_verb_word or m.template.read_only)
    return ()


def _best(words: ClauseWords, vocabulary: Vocabulary, wished: bool) -> tuple[Match, ...]:
    best: dict[str, tuple[int, Match]] = {}
    left = _WHOLE_BUDGET
    for grammar in candidates(words, vocabulary, wished):
        search = _Search(words, grammar, wished)
        search.left = min(search.left, left)
        found = [state for state in search.ways(0, _State()) if search.holds(state)]
        left -= min(_BUDGET, left) - search.left
        if search.left < 0:
            return ()  # what was not looked at might have been meant
        if not found:
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


def _match(words: ClauseWords, grammar: FreeGrammar, state: _State) -> Match:
    elements = (Words((state.state,), frozenset(state.state[:1])),) if state.state else ()
    sets = dict(state.sets)
    pattern = CompiledPattern(grammar.template, elements, sets, (), (), Role.VERB in state.roles, ANY_ORDER)
    fillings = dict(sorted(state.fillings.items(), key=lambda item: item[1][0].start))
    return Match(pattern, fillings, state.words, words.fit(grammar.template, fillings))


def _worth(role: Role, known: frozenset[Role]) -> int:
    """Points for a verb or a state, for both together, for the first object and for more of them."""
    if role is Role.OBJECT:
        return 1 if role in known else 2
    return 3 if known.isdisjoint({Role.VERB, Role.STATE}) else 1
