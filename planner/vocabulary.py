# SPDX-License-Identifier: Apache-2.0
"""The closed vocabulary of a catalogue: verbs with their forms, words a name cannot be, words a typo may stand for."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from opsconductor.domain.templates import Catalogue, Template
from planner.free_grammar import FreeIndex, index_free
from planner.patterns import CompiledPattern, Words, compile_template
from planner.words import ANAPHORS, ENGLISH, FILLERS, MACHINES, SOFTWARE, TALK, TIMES, WORK_NOUNS, WORK_VERBS, words_of

_IRREGULAR = {
    "run": ("ran", "running", "runs"),
    "put": ("putting", "puts"),
    "shut": ("shutting", "shuts"),
    "bring": ("brought", "bringing", "brings"),
    "take": ("took", "taken", "taking", "takes"),
    "send": ("sent", "sending", "sends"),
    "make": ("made", "making", "makes"),
    "get": ("got", "getting", "gets"),
    "keep": ("kept", "keeping", "keeps"),
    "find": ("found", "finding", "finds"),
    "write": ("wrote", "written", "writing", "writes"),
    "set": ("setting", "sets"),
    "cut": ("cutting", "cuts"),
    "let": ("letting", "lets"),
    "give": ("gave", "given", "giving", "gives"),
    "hold": ("held", "holding", "holds"),
    "back": ("backed", "backing", "backs"),
}
#: Programs that are typed and never said as verbs: nobody "apts", so "acting" is no form of it.
_UNINFLECTED = words_of(
    """apt yum dnf zypper choco winget pip npm snap systemctl sc reg net netsh schtasks useradd usermod certbot
    dism msiexec"""
)
#: Words of one kind with others that mean something else when a letter changes; never the goal of a repair.
_NEVER_A_REPAIR = frozenset({"stat", "state", "start", "status", "code", "port", "sort", "there", "that", "this"})


@dataclass(frozen=True)
class Vocabulary:
    """Everything the reading stages look words up in."""

    patterns: tuple[CompiledPattern, ...]
    verb_phrases: frozenset[str]  #: the templates' verbs as they are: "enable", "shut down"
    verbs: frozenset[str]  #: base forms, the templates' own and others of operators' work
    starters: frozenset[str]  #: words a clause can begin with
    reserved: frozenset[str]  #: words that are no names unless quoted
    repairable: tuple[str, ...]  #: what a mistyped word may be mended to
    lemmas: dict[str, str]  #: form → base verb
    particles: frozenset[tuple[str, str]]  #: verb and the word that belongs to it: turn on

    about: dict[str, tuple[frozenset[str], frozenset[str]]]  #: intent → its verbs' base forms, its objects' words
    bare: dict[tuple[str, ...], tuple[CompiledPattern, ...]]  #: a verb by itself → what may be meant by it
    by_word: dict[str, tuple[int, ...]]  #: word → numbers of the patterns that cannot do without it
    wordless: tuple[int, ...]  #: numbers of the patterns that can do without any word
    known: frozenset[str]  #: words that are right as they are
    free: FreeIndex  #: the same words without the order of the patterns

    @cached_property
    def shortened(self) -> dict[str, tuple[str, ...]]:
        """Repairable words by what is left when one letter is taken out; made for the first word nobody knows."""
        return _shortened(self.repairable)

    def candidates(self, words: set[str]) -> Iterator[CompiledPattern]:
        """The patterns that a clause of these words may match, in the catalogue's order."""
        numbers = set(self.wordless)
        for word in words:
            numbers.update(self.by_word.get(word, ()))
        return (self.patterns[number] for number in sorted(numbers))

    def near(self, word: str) -> set[str]:
        """Repairable words that may be one letter, or two swapped ones, from a word."""
        parts = {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}
        return {known for part in parts for known in self.shortened.get(part, ())}

    def lemma(self, word: str) -> str:
        """The base form of a verb's form; any other word itself."""
        return self.lemmas.get(word, word)


#: Who wants something: no clause has these for its verb.
_PERSONS = frozenset({"we", "i", "they", "you", "there"})


def build_vocabulary(catalogue: Catalogue) -> Vocabulary:
    """Compile a catalogue; done once per catalogue."""
    patterns = tuple(p for template in catalogue for p in compile_template(template))
    verbs = {w for t in catalogue for verb in t.grammar.verbs for w in verb.casefold().split()[:1]}
    objects = {w for t in catalogue for o in t.grammar.objects for w in o.casefold().split()}
    spoken = _spoken(patterns)
    starters = verbs | WORK_VERBS | {w for p in patterns for w in _first(p.elements)} - objects - _PERSONS
    lemmas = {form: verb for verb in sorted(verbs | WORK_VERBS) for form in inflections(verb)}
    reserved = spoken | objects | starters | FILLERS | ANAPHORS | MACHINES | WORK_NOUNS | TIMES | TALK | set(lemmas)
    reserved -= SOFTWARE
    spelled = spoken | objects | verbs | MACHINES | set(lemmas) | {"please", "kindly", "shutdown"}
    repairable = tuple(sorted(w for w in spelled if len(w) >= 4))
    mendable = tuple(w for w in repairable if w.isalpha() and w not in _NEVER_A_REPAIR)
    by_word, wordless = _index(patterns)
    return Vocabulary(
        about={t.id: _about(t, lemmas) for t in catalogue},
        bare=_bare(patterns),
        by_word=by_word,
        wordless=wordless,
        known=frozenset(reserved | set(mendable) | ENGLISH),
        free=index_free(catalogue),
        patterns=patterns,
        verb_phrases=frozenset(v.casefold() for t in catalogue for v in t.grammar.verbs),
        verbs=frozenset(verbs | WORK_VERBS),
        starters=frozenset(starters),
        reserved=frozenset(reserved),
        repairable=mendable,
        lemmas=lemmas,
        particles=frozenset(
            (w[0], w[1]) for t in catalogue for v in t.grammar.verbs if len(w := v.casefold().split()) == 2
        ),
    )


def _index(patterns: tuple[CompiledPattern, ...]) -> tuple[dict[str, tuple[int, ...]], tuple[int, ...]]:
    """For every word the patterns that need it or one of few others, so that most need not be looked at."""
    by_word: dict[str, list[int]] = {}
    wordless: list[int] = []
    for number, pattern in enumerate(patterns):
        if not pattern.needs:
            wordless.append(number)
        for word in min(pattern.needs, key=len, default=()):
            by_word.setdefault(word, []).append(number)
    return {word: tuple(numbers) for word, numbers in by_word.items()}, tuple(wordless)


def _about(template: Template, lemmas: dict[str, str]) -> tuple[frozenset[str], frozenset[str]]:
    verbs = frozenset(lemmas.get(w, w) for v in template.grammar.verbs for w in v.split())
    return verbs, frozenset(w for o in template.grammar.objects for w in o.split())


def _bare(patterns: tuple[CompiledPattern, ...]) -> dict[tuple[str, ...], tuple[CompiledPattern, ...]]:
    found: dict[tuple[str, ...], dict[str, CompiledPattern]] = {}
    for pattern in patterns:
        for verb in pattern.template.grammar.verbs if pattern.has_verb_word else ():
            found.setdefault(tuple(verb.casefold().split()), {}).setdefault(pattern.template.id, pattern)
    return {words: tuple(first.values()) for words, first in found.items()}


def _shortened(words: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for word in words:
        for part in {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}:
            found.setdefault(part, []).append(word)
    return {part: tuple(known) for part, known in found.items()}


def inflections(verb: str) -> tuple[str, ...]:
    """Third person, past and -ing form of a base verb: restart → restarts, restarted, restarting."""
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if not verb.isalpha() or verb in _UNINFLECTED:
        return ()
    third = verb + ("es" if verb.endswith(("s", "x", "z", "ch", "sh")) else "s")
    if verb.endswith("y") and verb[-2:-1] not in "aeiou":
        return (verb[:-1] + "ies", verb[:-1] + "ied", verb + "ing")
    if verb.endswith("e"):
        return (third, verb + "d", verb[:-1] + "ing")
    if (
        len(verb) >= 3
        and verb[-1] not in "aeiouwxy"
        and verb[-2] in "aeiou"
        and verb[-3] not in "aeiou"
        and _short(verb)
    ):
        return (third, verb + verb[-1] + "ed", verb + verb[-1] + "ing")
    return (third, verb + "ed", verb + "ing")


def _short(verb: str) -> bool:
    """Whether the last syllable is stressed, as far as this vocabulary needs it."""
    return sum(c in "aeiou" for c in verb) == 1 or verb in {"submit", "transfer", "permit"}


def _spoken(patterns: tuple[CompiledPattern, ...]) -> set[str]:
    """All words of the patterns. Most share their elements: each is looked at once."""
    parts = {id(element): element for pattern in patterns for element in pattern.elements}
    return literals(tuple(parts.values()))


def literals(elements: tuple[object, ...]) -> set[str]:
    """All words of a pattern."""
    found: set[str] = set()
    for element in elements:
        if isinstance(element, Words):
            found.update(*element.alternatives)
        elif isinstance(element, tuple):
            found |= literals(element)
    return found


def _first(elements: tuple[object, ...]) -> frozenset[str]:
    """Words a pattern can begin with."""
    for element in elements:
        if isinstance(element, Words):
            return element.first
        if not isinstance(element, tuple):
            break
    return frozenset()
