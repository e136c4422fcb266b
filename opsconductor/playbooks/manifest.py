# SPDX-License-Identifier: Apache-2.0
"""What a template's manifest must hold beyond its types: references, undo, placeholders."""

import re
from collections.abc import Iterator

from opsconductor.domain.templates import Catalogue, ManifestFault, Parameter, ParameterType, Template

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def faults_of(template: Template, catalogue: Catalogue) -> Iterator[ManifestFault]:
    """Everything wrong with a template, alone and among the others."""
    yield from _undo(template)
    yield from _placeholders(template)
    for name, parameter in template.parameters.items():
        yield from _parameter(template, name, parameter)
    yield from _references(template, catalogue)
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
        if pattern.text.count("[") != pattern.text.count("]"):
            yield _fault(template, field, "the brackets do not match", "Close what is opened")
        named = {*_PLACEHOLDER.findall(pattern.text), *pattern.sets}
        for unknown in sorted(named - known - {"verb", "object", "topic"}):
            yield _fault(template, field, f"there is no parameter {unknown}", "Declare it under parameters")
    if _PLACEHOLDER.search(template.title):
        yield _fault(template, "title", "it becomes a task name, which never holds values", "Use summary for values")
    for field, text in texts:
        for unknown in sorted(set(_PLACEHOLDER.findall(text)) - known):
            yield _fault(template, field, f"there is no parameter {unknown}", "Declare it under parameters")


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
