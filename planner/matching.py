# SPDX-License-Identifier: Apache-2.0
"""One clause against all patterns: every word must be explained, the best explanation wins, a tie is a question."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from opsconductor.domain.templates import Parameter, ParameterType, Template
from planner.patterns import CompiledPattern, Element, Slot, Words
from planner.token_kinds import KINDS, name_fit
from planner.tokens import Kind, Token
from planner.values import PORT_NAMES, fits
from planner.vocabulary import Vocabulary
from planner.words import (
    ANAPHORS,
    ARTICLES,
    CALLING,
    EVERYDAY_PACKAGES,
    EVERYDAY_SERVICES,
    FILLERS,
    JOINTS,
    LETTING,
    MACHINES,
    MODALS,
    NEGATIONS,
    PREPOSITIONS,
    PROGRAMS,
    QUESTION_STARTS,
    WHOLE,
    WORK_NOUNS,
    WORK_VERBS,
    ZONES,
)

_NAMES = frozenset(
    {
        ParameterType.SERVICE,
        ParameterType.PROCESS,
        ParameterType.PACKAGE,
        ParameterType.FILE,
        ParameterType.SECRET,
        ParameterType.USER,
        ParameterType.GROUP,
        ParameterType.NAME,
        ParameterType.SCRIPT,
    }
)
#: Names so free that words of the vocabulary occur among them: the user deploy, the value Mode.
_OPEN_NAMES = frozenset({ParameterType.USER, ParameterType.GROUP, ParameterType.NAME})
_NO_NAMES = (
    ARTICLES
    | FILLERS
    | JOINTS
    | PREPOSITIONS
    | MODALS
    | NEGATIONS
    | MACHINES
    | WORK_NOUNS
    | WHOLE
    | QUESTION_STARTS
    | ANAPHORS
) - {"dns", "database", "backup", "backups"} | {
    "as",
    "by",
    "via",
    "every",
    "running",
    "runs",
}
#: Names that may be words of the vocabulary; a reading that takes one for a name is worth less.
_SPOKEN_NAMES = _OPEN_NAMES | {ParameterType.SERVICE, ParameterType.PACKAGE}
#: What is done with services and packages, or says that one is meant.
_HANDLED = CALLING | frozenset(
    {
        "restart", "start", "stop", "reload", "enable", "disable", "bounce", "kick", "recycle", "cycle", "install",
        "uninstall", "update", "upgrade", "running", "status", "started", "stopped", "up", "down", "active", "alive",
        "installed",
    }
)  # fmt: skip
#: Names that are no accounts.
_NO_ACCOUNT = re.compile(r"\.(?:pem|pub|key|crt|cer|conf|cfg|json|ya?ml|txt|zip|t?gz)$|^(?:public|private|authorized)$")
#: Names of files, which are no packages: "remove sources.list".
_NO_PACKAGE = re.compile(r"\.(?:list|conf|cfg|cnf|ini|txt|log|json|ya?ml|xml|bak|html?|sh)$")
#: Words that a capital letter makes no service.
_NO_TITLES = _NO_NAMES | ARTICLES | frozenset(["windows", "linux", "unix", "service", "services", "daemon"])
_PATHS = frozenset({ParameterType.PATH, ParameterType.GLOB})
_LISTED = (_NAMES - {ParameterType.FILE, ParameterType.SCRIPT}) | _PATHS | {ParameterType.PORT}
_COMMANDS = frozenset({"apt", "apt-get", "yum", "dnf", "zypper", "systemctl"})
#: Words of the longest unquoted text and of the longest topic.
_LONGEST_PHRASE, _LONGEST_TOPIC = 16, 4
TOPIC = "topic"
#: An account of Windows whose name is a word for machines.
_SYSTEM_ACCOUNT = "SYSTEM"
#: Words with which a pattern may go on behind a command: "run /opt/x.sh --all as a cron job".
_BEHIND_COMMANDS = frozenset({"as", "via", "by", "through", "using", "into"})


#: Tokens of the longest clause that is read; nobody says more in one breath.
LONGEST_CLAUSE = 120


@dataclass(frozen=True, slots=True)
class Filling:
    """What a slot took: one token, or several for a bare command. No tokens: something named before ("it")."""

    tokens: tuple[Token, ...]

    @property
    def start(self) -> int:
        """First character."""
        return self.tokens[0].start

    @property
    def end(self) -> int:
        """Character after the last."""
        return self.tokens[-1].end


@dataclass(frozen=True, slots=True)
class Match:
    """One way to read a clause."""

    pattern: CompiledPattern
    fillings: dict[str, tuple[Filling, ...]]
    words: int  #: words of the pattern that stood in the clause
    fit: int  #: how well the names look like what their slots hold

    @property
    def template(self) -> Template:
        """The template it reads the clause as."""
        return self.pattern.template


def match_clause(tokens: tuple[Token, ...], vocabulary: Vocabulary) -> tuple[Match, ...]:
    """The best readings of a clause, one per template: more than one when they are equally good, none when
    words are left over in every one."""
    if len(tokens) > LONGEST_CLAUSE:
        return ()
    for fixed in (False, True):
        if fixed and all(t.low == t.fixed for t in tokens):
            break
        best: dict[str, Match] = {}
        for match in all_matches(tokens, vocabulary, fixed):
            known = best.get(match.template.id)
            if known is None or score_of(match) > score_of(known):
                best[match.template.id] = match
        if best:
            top = max(score_of(m) for m in best.values())
            return tuple(m for m in best.values() if score_of(m) == top)
    return ()


def alike(match: Match, tokens: tuple[Token, ...], vocabulary: Vocabulary) -> tuple[Match, ...]:
    """The readings of a clause by other templates that explain as much of it, in wordier patterns."""
    points = score_of(match)[:3]
    found = {m.template.id: m for m in all_matches(tokens, vocabulary, fixed=True) if score_of(m)[:3] == points}
    return tuple(m for intent, m in found.items() if intent != match.template.id)


def score_of(match: Match) -> tuple[int, int, int, int]:
    """What decides between readings: points, then words explained, then values, then the plainer pattern."""
    shown = bool(match.pattern.sets) + 2 * bool(match.pattern.fits) - match.pattern.vague
    told = match.fit + 2 * match.words + shown
    return (told, match.words, len(match.fillings), -len(match.pattern.elements))


def all_matches(tokens: tuple[Token, ...], vocabulary: Vocabulary, fixed: bool) -> Iterator[Match]:
    """Every way to read a clause. `fixed`: with its typos mended."""
    clause = ClauseWords(tokens, vocabulary, fixed)
    for pattern in vocabulary.candidates(clause.heads):
        if not clause.words.isdisjoint(pattern.template.grammar.negative):
            continue
        if all(not clause.heads.isdisjoint(need) for need in pattern.needs):
            for end, fillings, words in clause.walk(pattern, pattern.elements, 0, {}, 0):
                if clause.rest_is_filler(end) and _of_form(pattern, fillings):
                    yield Match(pattern, fillings, words, clause.fit(pattern.template, fillings))


def _of_form(pattern: CompiledPattern, fillings: dict[str, tuple[Filling, ...]]) -> bool:
    """Whether the values have the forms that the pattern asks for."""
    return all(
        form.fullmatch(" ".join(t.value for t in filling.tokens)) is not None
        for name, form in pattern.fits
        for filling in fillings.get(name, ())
    )


class ClauseWords:
    """The tokens of one clause with what the walk looks up again and again."""

    def __init__(self, tokens: tuple[Token, ...], vocabulary: Vocabulary, fixed: bool) -> None:
        self.tokens = tokens
        self.vocabulary = vocabulary
        self.low = [t.fixed if fixed else t.low for t in tokens]
        self.typed = bool(tokens) and self.low[0] in _COMMANDS  # whether a blank is all that parts the names of a list
        self.words = {low for low, t in zip(self.low, tokens, strict=True) if not t.is_literal or t.kind is Kind.FLAG}
        #: Words and the base forms of verbs among them.
        self.heads = self.words | {vocabulary.lemma(w) for w in self.words}

    def walk(
        self,
        pattern: CompiledPattern,
        elements: tuple[Element, ...],
        at: int,
        fillings: dict[str, tuple[Filling, ...]],
        words: int,
    ) -> Iterator[tuple[int, dict[str, tuple[Filling, ...]], int]]:
        """All ways the elements cover the clause from a token on: (token after, fillings, words matched)."""
        if not elements:
            yield at, fillings, words
            return
        head, rest = elements[0], elements[1:]
        if isinstance(head, tuple):
            yield from self.walk(pattern, (*head, *rest), at, fillings, words)
            yield from self.walk(pattern, rest, at, fillings, words)
            return  # what follows skips the fillers by itself
        elif isinstance(head, Words):
            for end in self.ends(head, at):
                yield from self.walk(pattern, rest, end, fillings, words + end - at)
        elif head.parameter == TOPIC:
            for end in self.topics(at):
                yield from self.walk(pattern, rest, end, fillings, words)
        elif head.parameter not in fillings:
            parameter = pattern.template.parameters[head.parameter]
            for end, taken in self.values(parameter, at):
                yield from self.walk(pattern, rest, end, {**fillings, head.parameter: taken}, words)
        if at < len(self.tokens) and self.is_filler(at):
            yield from self.walk(pattern, elements, at + 1, fillings, words)

    def ends(self, element: Words, at: int) -> Iterator[int]:
        """Tokens after each alternative that stands here."""
        for alternative in element.alternatives:
            end = at
            for word in alternative:
                while at < end < len(self.tokens) and self.tokens[end].kind is Kind.FLAG and word[0] not in "-/":
                    end += 1
                if end >= len(self.tokens) or not self.stands(word, end, at, element.is_verb):
                    break
                end += 1
            else:
                yield end
                return

    def stands(self, word: str, place: int, at: int, is_verb: bool) -> bool:
        """Whether a word of an alternative that begins at `at` stands at a place."""
        token = self.tokens[place]
        if token.is_literal and not (word[0] in "-/" and token.kind is Kind.FLAG):
            return False
        return self.same(self.low[place], word, is_verb and place == at, at)

    def same(self, low: str, word: str, is_verb: bool, at: int) -> bool:
        """Whether a word is the one wanted. Forms count for verbs; behind other words "updates" is a noun."""
        if low == word:
            return True
        return is_verb and self.vocabulary.lemma(low) == word and not (at > 0 and low.endswith("s"))

    def is_filler(self, at: int) -> bool:
        token = self.tokens[at]
        if token.kind is Kind.PUNCTUATION:
            return True
        return token.kind is Kind.FLAG or (not token.is_literal and self.low[at] in FILLERS)

    def rest_is_filler(self, at: int) -> bool:
        """Whether nothing that counts stands from a token on."""
        return all(self.is_filler(i) for i in range(at, len(self.tokens)))

    def topics(self, at: int) -> Iterator[int]:
        """Tokens after one to four plain words that say what kind of thing is meant."""
        end = at
        while end < min(at + _LONGEST_TOPIC, len(self.tokens)) and self.tokens[end].kind is Kind.WORD:
            if end == 0 and self.vocabulary.lemma(self.low[end]) in self.vocabulary.starters:
                return
            end += 1
            yield end

    def phrases(self, parameter: Parameter, at: int) -> Iterator[tuple[int, tuple[Filling, ...]]]:
        """A quoted text, or words, longest first; those of a phrase stand side by side in the request."""
        together = parameter.type is ParameterType.PHRASE
        if self.tokens[at].kind in (Kind.QUOTED, Kind.CODE):
            yield at + 1, (Filling((self.tokens[at],)),)
            return
        end = at + 1
        while (
            end < min(at + _LONGEST_PHRASE, len(self.tokens))
            and (not together or self.tokens[end].start - self.tokens[end - 1].end <= 1)
            and (not together or self.tokens[end].kind is not Kind.PATH)
        ):
            end += 1
        for last in range(end, at, -1):
            if parameter.pattern is None or fits(parameter, " ".join(t.text for t in self.tokens[at:last])):
                yield last, (Filling(self.tokens[at:last]),)

    def values(self, parameter: Parameter, at: int) -> Iterator[tuple[int, tuple[Filling, ...]]]:
        """Values from a token on, longest list first."""
        if at >= len(self.tokens):
            return
        if parameter.type is ParameterType.COMMAND:
            yield from self.commands(at)
            return
        if parameter.type in (ParameterType.PHRASE, ParameterType.WORDS):
            yield from self.phrases(parameter, at)
            return
        pointing = parameter.type in _NAMES | _PATHS and self.low[at] in ANAPHORS
        if not self.tokens[at].is_literal and (pointing or (parameter.type in _PATHS and self.low[at] == "there")):
            yield at + 1, (Filling(()),)
            return
        if not self.is_value(parameter, at):
            return
        last = self.capitals(at) if parameter.type is ParameterType.GROUP else at
        if last > at + 1 and fits(parameter, " ".join(t.text for t in self.tokens[at:last])):
            yield last, (Filling(self.tokens[at:last]),)
        taken = [Filling((self.tokens[at],))]
        ways = [(at + 1, tuple(taken))]
        if (
            parameter.type is ParameterType.PACKAGE
            and at + 1 < len(self.tokens)
            and self.tokens[at + 1].kind is Kind.NUMBER
            and len(self.tokens[at + 1].text) <= 2
            and self.tokens[at + 1].start - self.tokens[at].end <= 1
            and self.low[at].isalpha()
        ):
            ways.append((at + 2, (Filling(self.tokens[at : at + 2]),)))
        end = at + 1
        while (
            (parameter.many or parameter.type in _LISTED)
            and (following := self.after_joint(end) or (end if self.typed and end < len(self.tokens) else None))
            and self.is_value(parameter, following)
        ):
            taken.append(Filling((self.tokens[following],)))
            end = following + 1
            ways.append((end, tuple(taken)))
        yield from reversed(ways)

    def capitals(self, at: int) -> int:
        """The token after a run of capitalised words side by side: Remote Desktop Users."""
        end = at
        while end < len(self.tokens) and self.tokens[end].kind is Kind.WORD and self.tokens[end].text[0].isupper():
            if end > at and self.tokens[end].start - self.tokens[end - 1].end != 1:
                break
            end += 1
        return end

    def after_joint(self, at: int) -> int | None:
        """The token after `,`, `and` or `, and`; None where no joint stands."""
        end = at
        while end < len(self.tokens) and self.low[end] in JOINTS:
            end += 1
        return end if at < end < len(self.tokens) else None

    def commands(self, at: int) -> Iterator[tuple[int, tuple[Filling, ...]]]:
        token = self.tokens[at]
        if token.kind in (Kind.CODE, Kind.QUOTED):
            yield at + 1, (Filling((token,)),)
        elif token.kind is Kind.PATH or (token.kind is Kind.WORD and self.is_program(at)):
            end = at + 1
            while end < len(self.tokens) and self.tokens[end].start - self.tokens[end - 1].end <= 1:
                end += 1
            yield end, (Filling(self.tokens[at:end]),)
            for last in range(at + 1, end - 1):
                if self.low[last] in _BEHIND_COMMANDS:
                    yield last, (Filling(self.tokens[at:last]),)

    def is_program(self, at: int) -> bool:
        """Whether an unquoted word is a program's name rather than talk: not "the backup job", not "updates"."""
        low = self.low[at]
        if at > 0 and self.low[at - 1] in ARTICLES:
            return False
        return low in PROGRAMS or low not in self.vocabulary.reserved

    def is_value(self, parameter: Parameter, at: int) -> bool:
        token = self.tokens[at]
        if token.kind is Kind.CODE:
            return False
        if len(token.text) == 1 and parameter.type in (ParameterType.SERVICE, ParameterType.PROCESS):
            return False
        if parameter.type is ParameterType.USER and token.kind is Kind.WORD and _NO_ACCOUNT.search(token.low):
            return False
        if parameter.type is ParameterType.PACKAGE and token.kind is Kind.WORD and _NO_PACKAGE.search(token.low):
            return False
        if parameter.type in _SPOKEN_NAMES | {ParameterType.PROCESS} and self.is_doing(at):
            return False
        if parameter.type in _NAMES:
            plain = token.kind is Kind.WORD and self.low[at] not in self.vocabulary.reserved
            plain = plain or (
                token.kind is Kind.ACCOUNT and parameter.type in (ParameterType.USER, ParameterType.GROUP)
            )
            plain = plain or (token.kind is Kind.PATH and parameter.type is ParameterType.SCRIPT)
            plain = plain or (
                parameter.type in _OPEN_NAMES and token.kind is Kind.WORD and self.low[at] not in _NO_NAMES
            )
            plain = plain or (parameter.type is ParameterType.USER and token.text == _SYSTEM_ACCOUNT)
            plain = plain or self.is_called(parameter, at)
            plain = plain or (parameter.type is ParameterType.SERVICE and self.is_said_of_service(at))
            plain = plain or self.is_everyday(parameter, at)
            return (plain or token.kind is Kind.QUOTED) and fits(parameter, token.value)
        if (kinds := KINDS.get(parameter.type)) is not None:
            return token.kind in kinds and self.is_typed(parameter, at)
        if parameter.type is ParameterType.HOST:
            plain = token.kind is Kind.WORD and self.low[at] not in self.vocabulary.reserved
            return (plain or token.kind in (Kind.QUOTED, Kind.ADDRESS)) and fits(parameter, token.value)
        if parameter.type is ParameterType.PORT and token.kind is Kind.WORD and token.low in PORT_NAMES:
            return not self.heads.isdisjoint(LETTING)
        if parameter.type is ParameterType.VERSION and not any(c.isdigit() for c in token.value):
            return False
        if token.text.isupper() and parameter.pattern is not None and not fits(parameter, token.low):
            return False  # what is no name in small letters is none in capitals
        return fits(parameter, token.value)

    def is_doing(self, at: int) -> bool:
        """Whether a word tells how something behaves: "is acting up"."""
        low, around = self.low[at], (*self.low[max(at - 1, 0) : at], *self.low[at + 1 : at + 2])
        doing = len(low) > len("bring") and low.endswith("ing") and self.tokens[at].kind is Kind.WORD
        return doing and around[:1] in (("is",), ("are",)) and around[1:] in (("up",), ("out",), ("down",), ("off",))

    def is_called(self, parameter: Parameter, at: int) -> bool:
        """Whether a word of the vocabulary is a name here: "the Schedule service"."""
        token = self.tokens[at]
        return (
            at > 0
            and parameter.type in (ParameterType.SERVICE, ParameterType.PROCESS)
            and token.kind is Kind.WORD
            and token.text[0].isupper()
            and at + 1 < len(self.tokens)
            and self.low[at + 1] in {"service", "daemon", "process"}
        )

    def is_typed(self, parameter: Parameter, at: int) -> bool:
        """Whether a token of a fitting kind is a value; a plain word only where its shape leaves no doubt."""
        token = self.tokens[at]
        if token.kind is Kind.WORD:
            if parameter.type is ParameterType.TIMEZONE:
                return token.text.split("+")[0].split("-")[0] in ZONES
            if "." not in token.text and not token.low.startswith("localhost"):
                return False
        return fits(parameter, token.value)

    def is_said_of_service(self, at: int) -> bool:
        """Whether a word of the vocabulary stands where only a name can: the backup service, the network service."""
        following = self.low[at + 1] if at + 1 < len(self.tokens) else ""
        named = self.low[at] in WORK_VERBS or self.low[at] == "network"
        named = named or self.low[at] in EVERYDAY_SERVICES
        return named and at > 0 and following in {"service", "daemon"} and self.tokens[at].kind is Kind.WORD

    def is_everyday(self, parameter: Parameter, at: int) -> bool:
        """Whether a word of the vocabulary is what a service or package is called: "restart the agent"."""
        if parameter.type is ParameterType.SERVICE:
            title = self.tokens[at].text
            capital = (
                at > 0 and title.istitle() and not self.tokens[at - 1].text.istitle() and self.low[at] not in _NO_TITLES
            )
            return (capital or self.low[at] in EVERYDAY_SERVICES) and not self.heads.isdisjoint(_HANDLED)
        if parameter.type is ParameterType.PACKAGE:
            called = self.low[at + 1 : at + 2] == ["package"] or (at > 0 and self.low[at - 1] == "package")
            named = EVERYDAY_SERVICES if called else EVERYDAY_PACKAGES
            return self.low[at] in named and not self.heads.isdisjoint(_HANDLED)
        return False

    def is_vocabulary(self, token: Token) -> bool:
        """Whether a name is a word that means something else as well."""
        return token.kind is Kind.WORD and token.low in self.vocabulary.reserved

    def fit(self, template: Template, fillings: dict[str, tuple[Filling, ...]]) -> int:
        """Points for names that look like their type: an .exe is a process or a file, not a service."""
        points = 0
        for name, taken in fillings.items():
            kind = template.parameters[name].type
            for filling in taken:
                if len(filling.tokens) == 1:
                    points += name_fit(kind, filling.tokens[0])
                    points -= 2 * (kind in _SPOKEN_NAMES and self.is_vocabulary(filling.tokens[0]))
        return points


def slots_of(elements: tuple[Element, ...]) -> Iterator[str]:
    """Names of all parameters a pattern has a place for."""
    for element in elements:
        if isinstance(element, Slot):
            yield element.parameter
        elif isinstance(element, tuple):
            yield from slots_of(element)
