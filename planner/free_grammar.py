# SPDX-License-Identifier: Apache-2.0
"""What each word may be to a template when the order of the words says nothing: verb, object, state, introduction."""

from dataclasses import dataclass
from enum import Enum, auto

from opsconductor.domain.templates import Catalogue, ParameterType, Template
from planner.words import SOFTWARE


class Role(Enum):
    """What words are to a template."""

    VERB = auto()
    OBJECT = auto()
    STATE = auto()


@dataclass(frozen=True, slots=True)
class FreeGrammar:
    """The words of one template by their first word, longest phrase first."""

    template: Template
    phrases: dict[str, tuple[tuple[tuple[str, ...], Role], ...]]
    particles: frozenset[tuple[str, str]]  #: verbs of two words that may stand apart: turn … on
    intros: dict[str, tuple[tuple[tuple[str, ...], str], ...]]  #: introducing words → parameter
    words: frozenset[str]  #: all words of these, and of choices


@dataclass(frozen=True, slots=True)
class FreeIndex:
    """All templates, and which of them a verb, an object or a state can belong to."""

    grammars: tuple[FreeGrammar, ...]
    telling: dict[str, tuple[int, ...]]  #: first word of a verb or a state → grammars
    about: dict[str, tuple[int, ...]]  #: first word of an object → grammars


#: Words of one type that introduce a value of it, beside the parameter's own name.
_TYPE_WORDS = {
    ParameterType.MODE: ("mode", "permissions", "perms", "rights"),
    ParameterType.URL: ("url",),
    ParameterType.PORT: ("port",),
}
#: Parameters whose names are words of work or of talk rather than introductions.
_NOT_SAID = frozenset(
    {"path", "src", "dest", "when", "line", "content", "number", "match", "pattern", "remove", "about"}
)


def index_free(catalogue: Catalogue) -> FreeIndex:
    """Compile a catalogue; done once per catalogue."""
    grammars = tuple(_grammar(template) for template in catalogue)
    telling: dict[str, list[int]] = {}
    about: dict[str, list[int]] = {}
    for number, grammar in enumerate(grammars):
        for word, phrases in grammar.phrases.items():
            roles = {role for _, role in phrases}
            if roles & {Role.VERB, Role.STATE}:
                telling.setdefault(word, []).append(number)
            if Role.OBJECT in roles:
                about.setdefault(word, []).append(number)
        for verb, _ in grammar.particles:
            if number not in telling.setdefault(verb, []):
                telling[verb].append(number)
    return FreeIndex(
        grammars,
        {word: tuple(numbers) for word, numbers in telling.items()},
        {word: tuple(numbers) for word, numbers in about.items()},
    )


def _grammar(template: Template) -> FreeGrammar:
    said: dict[str, list[tuple[tuple[str, ...], Role]]] = {}
    grammar = template.grammar
    listed = ((grammar.verbs, Role.VERB), (grammar.objects, Role.OBJECT), (grammar.states, Role.STATE))
    for texts, role in listed:
        for text in texts:
            words = tuple(text.casefold().split())
            if not (role is Role.OBJECT and words[0] in SOFTWARE and len(words) == 1 and template.family == "service"):
                said.setdefault(words[0], []).append((words, role))
    verbs = [tuple(v.casefold().split()) for v in grammar.verbs]
    intros = _intros(template)
    spoken = {w for found in said.values() for words, _ in found for w in words}
    spoken |= {w for found in intros.values() for words, _ in found for w in words} | set(template.parameters)
    spoken |= {c.casefold() for p in template.parameters.values() for c in p.choices}
    return FreeGrammar(
        template,
        {word: tuple(sorted(found, key=lambda f: -len(f[0]))) for word, found in said.items()},
        frozenset((v[0], v[1]) for v in verbs if len(v) == 2 and v[1] in _PARTICLES),
        intros,
        frozenset(spoken),
    )


_PARTICLES = frozenset({"on", "off", "down", "up", "out", "away", "back"})


def _intros(template: Template) -> dict[str, tuple[tuple[tuple[str, ...], str], ...]]:
    """Introducing words, the declared ones before the parameters' own names."""
    found: dict[str, dict[tuple[str, ...], str]] = {}
    for name, parameter in template.parameters.items():
        for text in parameter.prepositions:
            words = tuple(text.casefold().split())
            found.setdefault(words[0], {}).setdefault(words, name)
    declared = {words for phrases in found.values() for words in phrases}
    for name, parameter in template.parameters.items():
        own = () if name in _NOT_SAID else (name.replace("_", " "),)
        for text in (*own, *_TYPE_WORDS.get(parameter.type, ())):
            words = tuple(text.split())
            if words not in declared:
                found.setdefault(words[0], {}).setdefault(words, name)
    return {
        word: tuple(sorted(phrases.items(), key=lambda item: (-len(item[0]), item[1])))
        for word, phrases in found.items()
    }
