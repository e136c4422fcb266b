# SPDX-License-Identifier: Apache-2.0
"""Patterns of a manifest, compiled: words, optional parts and slots."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from opsconductor.domain.templates import Template

_PIECE = re.compile(r"(\[|\]|\{\w+\}|[^\s\[\]{}]+)")


@dataclass(frozen=True, slots=True)
class Words:
    """One of several word sequences; forms of their first words count when `is_verb`."""

    alternatives: tuple[tuple[str, ...], ...]  #: longest first
    first: frozenset[str]  #: of every alternative
    is_verb: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a parameter's value."""

    parameter: str


#: A nested tuple is an optional part.
Element = Words | Slot | tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class CompiledPattern:
    """One pattern of one template, with the words of which one must occur for it to match at all."""

    template: Template
    elements: tuple[Element, ...]
    sets: dict[str, Any]
    then: tuple[str, ...]  #: intents of further steps
    needs: tuple[frozenset[str], ...]  #: for every mandatory words element: its alternatives' first words
    has_verb_word: bool
    text: str = ""  #: as the manifest has it
    fits: tuple[tuple[str, re.Pattern[str]], ...] = ()  #: parameters whose value must have a form
    contents: str | None = None  #: the parameter that names a folder and stands for all in it
    vague: bool = False  #: a part of it only says what kind of thing is meant


def compile_template(template: Template) -> Iterator[CompiledPattern]:
    """Every pattern of a template."""
    own = {
        "{verb}": words_of(template.grammar.verbs, is_verb=True),
        "{object}": words_of(template.grammar.objects),
    }
    for pattern in template.grammar.patterns:
        pieces = _PIECE.findall(pattern.text)
        elements, rest = _parse(pieces, 0, own)
        if rest != len(pieces):
            raise ValueError(f"{template.id}: a bracket too many in {pattern.text!r}")
        needs = tuple(e.first for e in elements if isinstance(e, Words))
        has_verb = any(isinstance(e, Words) and e.is_verb for e in elements)
        vague = "{topic}" in pattern.text
        fits = tuple((name, re.compile(form, re.IGNORECASE)) for name, form in pattern.fits.items())
        yield CompiledPattern(
            template, _led(elements), dict(pattern.sets), pattern.then, needs, has_verb, pattern.text, fits,
            pattern.contents, vague,
        )  # fmt: skip


def _led(elements: tuple[Element, ...]) -> tuple[Element, ...]:
    """The elements with the first words that must stand taken as a verb: "added" as well where a pattern says "add"."""
    for at, element in enumerate(elements):
        if isinstance(element, Words):
            verb = Words(element.alternatives, element.first, is_verb=True)
            return (*elements[:at], verb, *elements[at + 1 :])
        if isinstance(element, Slot):
            break
    return elements


def _parse(pieces: list[str], at: int, own: dict[str, Words]) -> tuple[tuple[Element, ...], int]:
    elements: list[Element] = []
    while at < len(pieces) and (piece := pieces[at]) != "]":
        if piece == "[":
            inner, at = _parse(pieces, at + 1, own)
            elements.append(inner)
        else:
            elements.append(own.get(piece) or _element(piece))
        at += 1
    return tuple(elements), at


# Templates share most of their words and slots; a catalogue is compiled at every start of a command.
@lru_cache(maxsize=4096)
def _element(piece: str) -> Words | Slot:
    return Slot(piece[1:-1]) if piece.startswith("{") else words_of(piece.split("|"))


def words_of(texts: Iterable[str], *, is_verb: bool = False) -> Words:
    """The words of some texts, any of which may stand in one place."""
    alternatives = tuple(sorted((tuple(t.casefold().split()) for t in texts), key=len, reverse=True))
    return Words(alternatives, frozenset(alternative[0] for alternative in alternatives if alternative), is_verb)
