# SPDX-License-Identifier: Apache-2.0
"""The templates' own examples as tests: each must be read as its template, with its parameters."""

from collections.abc import Iterator
from datetime import UTC, datetime

from opsconductor.domain.estate import Estate
from opsconductor.domain.templates import Catalogue, Example, ManifestFault, Template
from planner.names import index_names
from planner.reading import read
from planner.vocabulary import Vocabulary, build_vocabulary

#: Examples are read at a fixed time.
_NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def check_examples(catalogue: Catalogue) -> Iterator[ManifestFault]:
    """Every example that is not read as it says; give it to the catalogue's loader."""
    vocabulary = build_vocabulary(catalogue)
    for template in catalogue:
        for number, example in enumerate(template.examples):
            if wrong := misreading(template, example, catalogue, vocabulary):
                yield ManifestFault(
                    intent=template.id,
                    field=f"examples[{number}]",
                    message=f"{example.text!r} {wrong}",
                    remedy="Correct the example, or give the grammar a pattern for it.",
                )


def misreading(template: Template, example: Example, catalogue: Catalogue, vocabulary: Vocabulary) -> str | None:
    """What an example is read as instead of what it says; None where it is read rightly."""
    reading = read(example.text, catalogue, vocabulary, index_names(Estate()), _NOW)
    if reading.refusal:
        return f"is refused: {reading.refusal.text}"
    if any(q.id == "request" for q in reading.questions):
        return f"is not understood: {reading.questions[0].text}"
    if {s.intent for s in reading.steps} != {template.id}:
        return f"is read as {', '.join(s.intent for s in reading.steps) or 'nothing'}"
    got: dict[str, object] = {}
    for name in {n for s in reading.steps for n in s.params}:
        values = [s.params[name] for s in reading.steps if name in s.params]
        got[name] = values[0] if len(values) == 1 else values
    if got != example.params:
        return f"gives {got}, not {example.params}"
    return None
