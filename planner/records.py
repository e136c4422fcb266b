# SPDX-License-Identifier: Apache-2.0
"""Requests that records answer, read once more: with what they filter by, or where the templates' patterns fail."""

from dataclasses import replace
from datetime import datetime

from opsconductor.domain.plans import Evidence, Question, Selector, Step
from opsconductor.domain.templates import Catalogue, Template
from planner.asked_assets import INTENT as ASSETS
from planner.asked_assets import ask_assets
from planner.asked_jobs import INTENT as JOBS
from planner.asked_jobs import ask_jobs
from planner.asking import Asking, words_of
from planner.clauses import Clause
from planner.drafting import Drafting, DraftStep, Source
from planner.layers import Layers
from planner.matching import Match
from planner.names import NameIndex
from planner.reading import Reading
from planner.repair import repaired
from planner.tokens import tokenize
from planner.values import fits
from planner.vocabulary import Vocabulary
from planner.words import FILLERS, MACHINES, QUESTION_STARTS

_OPENINGS = (
    QUESTION_STARTS
    | MACHINES
    | words_of(
        """list show display count find get give print tell see where's jobs failed history last latest status my
    anything groups"""
    )
)
#: A longer question is about more than records.
_LONGEST = 60


#: What stands for something that was spoken of before: no question is whole with it.
_POINTING = frozenset({"it", "its", "they", "them", "their"})


def with_records(
    reading: Reading, text: str, catalogue: Catalogue, vocabulary: Vocabulary, index: NameIndex, now: datetime
) -> Reading:
    """The reading, or a better one where the request asks what records know."""
    known = _intent(reading, catalogue)
    if known is None and not _failed(reading):
        return reading
    tokens = repaired(tokenize(text), vocabulary, index)
    if any(not t.is_literal and t.fixed in _POINTING for t in tokens):
        return reading
    said = (t.fixed for t in tokens if not t.is_literal and (t.fixed in QUESTION_STARTS or t.fixed not in FILLERS))
    if len(tokens) > _LONGEST or next(said, None) not in _OPENINGS:
        return reading
    for intent in (JOBS, ASSETS):
        template = catalogue.get(intent)
        if template is None:
            continue
        asking = Asking(text, tokens, index, vocabulary)
        whole = ask_jobs(asking, catalogue, now) if intent == JOBS else ask_assets(asking)
        if whole:
            return _reading(asking, template, catalogue)
        if known == intent:
            return _filtered(reading, asking, template)
    return reading


def _intent(reading: Reading, catalogue: Catalogue) -> str | None:
    """The intent of a request that is nothing but a question to the records."""
    template = catalogue.get(reading.steps[0].intent) if len(reading.steps) == 1 else None
    return template.id if template is not None and not template.needs_targets else None


def _failed(reading: Reading) -> bool:
    """Whether the words were not understood; a doubt about machines or a refusal for a reason stands."""
    if reading.refusal is not None:
        return reading.refusal.reason == "out_of_scope"
    return not reading.steps or any(q.id == "request" for q in reading.questions)


def _reading(asking: Asking, template: Template, catalogue: Catalogue) -> Reading:
    """The reading of a question of which every word is explained."""
    selection = asking.selection
    selector = selection.selector
    if asking.system is not None:
        selector = selector.model_copy(update=asking.system.model_dump(exclude_defaults=True))
    if selector.everything and selector.model_copy(update={"everything": False}) == Selector():
        selector = Selector(everything=True)
    doubt = next((p.doubt for p in asking.periods if p.doubt), None)
    questions = [
        selection.question,
        Question(id="request", text=f"{doubt} Say the time in other words.") if doubt else None,
    ]
    params = {n: v for n, v in asking.params.items() if n in template.parameters and fits(template.parameters[n], v)}
    return Reading(
        layers=_layers(asking, template, catalogue, params, sum(q is not None for q in questions)),
        selector=selector,
        steps=(Step(intent=template.id, params=params),),
        evidence=(*_targets(asking), *_values(asking, params)),
        questions=tuple(q for q in questions if q),
        is_question=True,
    )


def _layers(
    asking: Asking, template: Template, catalogue: Catalogue, params: dict[str, object], questions: int
) -> Layers:
    """What the reading rests on: one clause, whose values may be anywhere in it."""
    taken = {
        at: number
        for number, phrase in enumerate(asking.phrases)
        for at, token in enumerate(asking.tokens)
        if phrase.start <= token.start < phrase.end
    }
    words = tuple(t for at, t in enumerate(asking.tokens) if at not in taken) or asking.tokens
    clause = Clause(words, tuple(range(len(asking.phrases))))
    sources = {name: Source("request", *asking.spans[name]) for name in params}
    step = DraftStep(template, dict(params), sources, 0, clause.span)
    drafting = Drafting(catalogue, asking.vocabulary, asking.text, steps=[step])
    pattern = next(p for p in asking.vocabulary.patterns if p.template.id == template.id)
    drafting.chosen.append((0, Match(replace(pattern, sets={}), {}, 1, 0)))
    return Layers(
        tokens=asking.tokens,
        options=(),
        conditions=(),
        phrases=asking.phrases,
        used=asking.phrases,
        taken=taken if words is not asking.tokens else {},
        clauses=(clause,),
        drafting=drafting,
        steps=(step,),
        whens=((),),
        origins=((),) * questions,
    )


def _filtered(reading: Reading, asking: Asking, template: Template) -> Reading:
    """The reading by the templates' patterns, with what could be found to filter by."""
    found = {n: v for n, v in asking.params.items() if n in template.parameters and fits(template.parameters[n], v)}
    if found.get("actor") == reading.steps[0].params.get("about"):
        found.pop("actor", None)
    step = reading.steps[0]
    params = {**found, **step.params}
    evidence = (*reading.evidence, *_values(asking, {n: v for n, v in found.items() if n not in step.params}))
    return replace(reading, steps=(step.model_copy(update={"params": params}),), evidence=evidence)


def _targets(asking: Asking) -> list[Evidence]:
    text, found = asking.text, []
    for phrase in asking.phrases:
        source = "repair" if phrase.repaired else "request"
        for name in ("groups", "hosts", "role", "os", "os_version", "count", "everything", "exclude"):
            if getattr(phrase, name):
                path = f"targets.selector.{name}"
                said = text[phrase.start : phrase.end]
                found.append(Evidence(path=path, source=source, start=phrase.start, end=phrase.end, text=said))
    if asking.system is not None and asking.system_span is not None:
        start, end = asking.system_span
        name = "os" if asking.system.os else "os_version"
        path = f"targets.selector.{name}"
        found.append(Evidence(path=path, source="request", start=start, end=end, text=text[start:end]))
    return found


def _values(asking: Asking, params: dict[str, object]) -> list[Evidence]:
    whole = Evidence(path="steps[0].intent", source="request", start=0, end=len(asking.text), text=asking.text)
    found = [whole]
    for name in params:
        start, end = asking.spans[name]
        path = f"steps[0].params.{name}"
        found.append(Evidence(path=path, source="request", start=start, end=end, text=asking.text[start:end]))
    return found
