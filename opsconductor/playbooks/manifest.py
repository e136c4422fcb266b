# SPDX-License-Identifier: Apache-2.0
"""What a template's manifest must hold beyond its types: references, undo, placeholders."""

import re
from collections.abc import Iterator

from opsconductor.domain.templates import Catalogue, ManifestFault, Parameter, ParameterType, Pattern, Template

#: Fewest examples of a template: they are what keeps another template from taking its requests.
FEWEST_EXAMPLES = 5
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_OPTIONAL = re.compile(r"\[[^\[\]]*\]")


def faults_of(template: Template, catalogue: Catalogue) -> Iterator[ManifestFault]:
    """Everything wrong with a template, alone and among the others."""
    yield from _undo(template)
    yield from _placeholders(template)
    for name, parameter in template.parameters.items():
        yield from _parameter(template, name, parameter)
    yield from _references(template, catalogue)
    if len(template.examples) < FEWEST_EXAMPLES:
        few = f"it has {len(template.examples)}, and {FEWEST_EXAMPLES} are the fewest"
        yield _fault(template, "examples", few, "Add phrases as operators say it, without machines")
    for number, example in enumerate(template.examples):
        for unknown in sorted(set(example.params) - set(template.parameters)):
            yield _fault(template, f"examples[{number}]", f"there is no parameter {unknown}", "Declare it or drop it")


def _fault(template: Template, field: str, message: str, remedy: str) -> ManifestFault:
    return ManifestFault(intent=template.id, field=field, message=message, remedy=f"{remedy}.")


def _undo(template: Template) -> Iterator[ManifestFault]:
    if template.read_only:
        if template.undo or template.irreversible or template.effects:
            yield _fault(template, "read_only", "it reads only, yet declares effects or undo", "Drop one of the two")
    elif (template.undo is None) == (template.irreversible is None):
        yield _fault(
            template,
            "undo",
            "a changing template says how it is undone, or why it is not",
            "Give exactly one of undo and irreversible",
        )
    if not template.grammar.patterns:
        yield _fault(template, "grammar.patterns", "without a pattern no sentence can mean it", "Add one")


def _placeholders(template: Template) -> Iterator[ManifestFault]:
    texts = [("summary", template.summary), *((f"effects[{i}]", e) for i, e in enumerate(template.effects))]
    if template.undo:
        texts.append(("undo.sentence", template.undo.sentence))
    known = set(template.parameters)
    for number, pattern in enumerate(template.grammar.patterns):
        field = f"grammar.patterns[{number}]"
        yield from _shape(template, field, pattern)
        named = {*_PLACEHOLDER.findall(pattern.text), *pattern.sets, *pattern.fits, *filter(None, [pattern.contents])}
        for unknown in sorted(named - known - {"verb", "object", "topic"}):
            yield _fault(template, field, f"there is no parameter {unknown}", "Declare it under parameters")
    for unknown in sorted(set(template.needs.one_of if template.needs else ()) - known):
        yield _fault(template, "needs.one_of", f"there is no parameter {unknown}", "Declare it under parameters")
    if _PLACEHOLDER.search(template.title):
        yield _fault(template, "title", "it becomes a task name, which never holds values", "Use summary for values")
    for field, text in texts:
        for unknown in sorted(set(_PLACEHOLDER.findall(text)) - known):
            yield _fault(template, field, f"there is no parameter {unknown}", "Declare it under parameters")


def _shape(template: Template, field: str, pattern: Pattern) -> Iterator[ManifestFault]:
    """Whether a pattern can be compiled, and does not match just anything."""
    depth = 0
    for mark in re.findall(r"[\[\]]", pattern.text):
        depth += 1 if mark == "[" else -1
        if depth < 0:
            break
    if depth != 0:
        yield _fault(template, field, "the brackets do not match", "Close what is opened")
        return
    if re.search(r"(?:^|[\s|\[])\|(?!\S*\})|\|(?:[\s\]|]|$)", pattern.text) or "[]" in pattern.text.replace(" ", ""):
        yield _fault(
            template, field, "an alternative is empty", "Write a word on both sides of each |, and in each [ ]"
        )
    for name, words in (("verb", template.grammar.verbs), ("object", template.grammar.objects)):
        if f"{{{name}}}" in pattern.text and not words:
            yield _fault(template, field, f"{{{name}}} stands for nothing", f"Give grammar.{name}s")
    bare, inner = pattern.text, ""
    while bare != inner:
        inner, bare = bare, _OPTIONAL.sub(" ", bare)
    telling = [p for p in bare.split() if not _PLACEHOLDER.fullmatch(p) or p in ("{verb}", "{object}")]
    if not telling and not pattern.fits:  # a value's form may tell as much as a word
        text = "no word of it must be said, so it would match anything"
        yield _fault(template, field, text, "Put {verb}, {object} or a word outside the brackets")


def _parameter(template: Template, name: str, parameter: Parameter) -> Iterator[ManifestFault]:
    field = f"parameters.{name}"
    if (parameter.type is ParameterType.CHOICE) != bool(parameter.choices):
        yield _fault(template, field, "choices belong to the type choice, and to no other", "Correct type or choices")
    if parameter.instead is not None and parameter.instead not in template.parameters:
        yield _fault(template, f"{field}.instead", f"there is no parameter {parameter.instead}", "Declare it")
    for number, offer in enumerate(parameter.offers):
        if offer.fills not in template.parameters:
            yield _fault(template, f"{field}.offers[{number}]", f"there is no parameter {offer.fills}", "Declare it")
    if parameter.pattern is not None:
        try:
            re.compile(parameter.pattern)
        except re.error as error:
            yield _fault(template, f"{field}.pattern", f"not a regular expression: {error}", "Correct it")


def _references(template: Template, catalogue: Catalogue) -> Iterator[ManifestFault]:
    named = [
        *(("grammar.contradicts", intent) for intent in template.grammar.contradicts),
        *(("grammar.patterns", intent) for pattern in template.grammar.patterns for intent in pattern.then),
        *(("before", intent) for intent in template.before),
        *(pair for couple in template.becomes.items() for pair in (("becomes", couple[0]), ("becomes", couple[1]))),
    ]
    for field, intent in named:
        if catalogue.get(intent) is None:
            yield _fault(template, field, f"there is no template {intent}", "Add it or drop the mention")
    for intent, mapping in template.before.items():
        other = catalogue.get(intent)
        for theirs, ours in mapping.items():
            if other is not None and theirs not in other.parameters:
                yield _fault(template, f"before.{intent}", f"{intent} has no parameter {theirs}", "Correct the name")
            if ours not in template.parameters:
                yield _fault(template, f"before.{intent}", f"there is no parameter {ours}", "Declare it")
