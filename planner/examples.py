# SPDX-License-Identifier: Apache-2.0
"""The templates' own examples as tests: each must be read as its template, with its parameters."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from opsconductor.domain.estate import Estate
from opsconductor.domain.templates import Catalogue, Example, ManifestFault, Template
from opsconductor.errors import InvalidInput, Refused
from planner.names import index_names
from planner.reading import read
from planner.values import check_value
from planner.vocabulary import Vocabulary, build_vocabulary

#: Examples are read at a fixed time.
_NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
#: They name no machines.
_NOWHERE = index_names(Estate())


def check_examples(catalogue: Catalogue) -> Iterator[ManifestFault]:
    """Every example that is not read as it says; give it to the catalogue's loader."""
    vocabulary = build_vocabulary(catalogue)
    for template in catalogue:
        yield from _defaults(template)
        for number, example in enumerate(template.examples):
            if wrong := misreading(template, example, catalogue, vocabulary):
                yield ManifestFault(
                    intent=template.id,
                    field=f"examples[{number}]",
                    message=f"{example.text!r} {wrong.text}",
                    remedy=_remedy(template, wrong),
                )


@dataclass(frozen=True, slots=True)
class Misreading:
    """What an example is read as instead, and the templates that take it."""

    text: str
    others: tuple[str, ...] = ()


def _remedy(template: Template, wrong: Misreading) -> str:
    if not wrong.others:
        return "Correct the example, or give the grammar a pattern for it."
    both = " and ".join((template.id, *wrong.others))
    return (
        f"{both} clash: correct the example, give {wrong.others[0]} a negative word that stands in it, or say more "
        f"words in the patterns of {template.id}."
    )


def _defaults(template: Template) -> Iterator[ManifestFault]:
    """Defaults that their own parameters do not take."""
    for name, parameter in template.parameters.items():
        if parameter.default is None:
            continue
        try:
            check_value(name, parameter, parameter.default)
        except InvalidInput as error:
            yield ManifestFault(
                intent=template.id,
                field=f"parameters.{name}.default",
                message=error.message.rstrip("."),
                remedy=error.remedy or "Give a value of the parameter's type.",
            )


def misreading(template: Template, example: Example, catalogue: Catalogue, vocabulary: Vocabulary) -> Misreading | None:
    """What an example is read as instead of what it says; None where it is read rightly."""
    try:
        reading = read(example.text, catalogue, vocabulary, _NOWHERE, _NOW)
    except Refused as error:
        return Misreading(f"is refused: {error.message}")
    if reading.refusal:
        return Misreading(f"is refused: {reading.refusal.text}")
    puzzles = reading.layers.drafting.puzzles if reading.layers else []
    if puzzles and puzzles[0].kind == "ambiguous":
        equal = tuple(t.id for t in puzzles[0].candidates)
        others = tuple(i for i in equal if i != template.id)
        return Misreading(f"is read equally well by {' and '.join(equal)}", others)
    if asked := next((q for q in reading.questions if q.id == "request"), None):
        return Misreading(f"is not understood: {asked.text}")
    if {s.intent for s in reading.steps} != {template.id}:
        intents = tuple(dict.fromkeys(s.intent for s in reading.steps))
        others = tuple(i for i in intents if i != template.id)
        return Misreading(f"is read as {', '.join(intents) or 'nothing'}, not as {template.id}", others)
    got: dict[str, object] = {}
    for name in {n for s in reading.steps for n in s.params}:
        values = [s.params[name] for s in reading.steps if name in s.params]
        got[name] = values[0] if len(values) == 1 else values
    if got != example.params:
        return Misreading(f"gives {got}, not {example.params}")
    return None
