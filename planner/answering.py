# SPDX-License-Identifier: Apache-2.0
"""Answers put into a plan: choices and typed values, each with the evidence that a person gave it."""

from typing import Any

from opsconductor.domain.plans import Choice, Evidence, Plan, Question, Selector, Targets
from opsconductor.domain.templates import Catalogue
from opsconductor.errors import InvalidInput
from planner.masking import refuse_secrets
from planner.names import NameIndex
from planner.repair import repaired
from planner.scope import find_phrases
from planner.selecting import select
from planner.tokens import tokenize
from planner.values import check_value
from planner.vocabulary import Vocabulary

_SELECTOR = frozenset(Selector.model_fields)


def apply_answers(
    plan: Plan, answers: dict[str, Any], catalogue: Catalogue, vocabulary: Vocabulary, index: NameIndex
) -> tuple[Plan, tuple[Question, ...]]:
    """The plan with the answers in it, and the questions about targets or the request that stay open."""
    open_questions = {q.id: q for q in plan.questions}
    for key in answers:
        if key not in open_questions:
            known = ", ".join(open_questions) or "none"
            raise InvalidInput(f"There is no open question '{key}'.", remedy=f"Open questions: {known}.")
    refuse_secrets("answer", answers)
    for key, value in answers.items():
        question = open_questions[key]
        if question.step is not None and question.param is not None:
            plan = _fill(plan, question, value, catalogue)
        elif question.id == "targets":
            plan = _select(plan, question, value, vocabulary, index)
        else:
            raise InvalidInput(
                f"'{question.text}' needs another request.", remedy="Say the whole request again in other words."
            )
    return plan, tuple(q for q in about_words(plan) if q.id not in answers)


def said_again(plan: Plan, answers: dict[str, Any]) -> tuple[str, frozenset[str]] | None:
    """The request to be read anew and what is meant in it, where the answer is about its words; else None."""
    for question in plan.questions:
        choice = _choice(question, answers[question.id]) if question.id in answers else None
        if choice is not None and question.id == "request":
            meant = choice.sets.get("intent")
            return str(choice.sets.get("text", plan.text)), frozenset({str(meant)} if meant else ())
    return None


def about_words(plan: Plan) -> tuple[Question, ...]:
    """Open questions that cannot be found anew from the plan: those about words, not those about what was resolved."""
    return tuple(
        q
        for q in plan.questions
        if q.id in ("request", "schedule")
        or (q.id == "targets" and q.text.startswith(("There is no group or machine", "Which machines")))
    )


def _fill(plan: Plan, question: Question, value: Any, catalogue: Catalogue) -> Plan:
    assert question.step is not None  # noqa: S101 - checked by the caller
    assert question.param is not None  # noqa: S101 - checked by the caller
    at = question.step - 1
    step = plan.steps[at]
    template = catalogue.get(step.intent)
    if template is None:
        raise InvalidInput(
            f"There is no template '{step.intent}' any more.", remedy="Make a new plan from the request."
        )
    choice = _choice(question, value)
    sets = choice.sets if choice else {question.param: value}
    checked = {n: check_value(n, template.parameters[n], v) for n, v in sets.items() if n in template.parameters}
    gone = {template.parameters[n].instead for n in checked} | {
        n for n, p in template.parameters.items() if p.instead in checked
    }
    params = {**{n: v for n, v in step.params.items() if n not in gone}, **checked}
    steps = (*plan.steps[:at], step.model_copy(update={"params": params}), *plan.steps[at + 1 :])
    paths = {f"steps[{at}].params.{name}" for name in {*checked, *gone}}
    evidence = tuple(e for e in plan.evidence if e.path not in paths)
    answered = tuple(
        Evidence(path=f"steps[{at}].params.{n}", source="answer", text=choice.label if choice else str(v))
        for n, v in checked.items()
    )
    return plan.model_copy(update={"steps": steps, "evidence": (*evidence, *answered)})


def _select(plan: Plan, question: Question, value: Any, vocabulary: Vocabulary, index: NameIndex) -> Plan:
    choice = _choice(question, value)
    selector = plan.targets.selector
    if choice is not None:
        sets = {k: v for k, v in choice.sets.items() if k in _SELECTOR}
        selector = Selector.model_validate({**selector.model_dump(), **sets})
    elif isinstance(value, str) and value.strip():
        tokens = repaired(tokenize(f"on {value.strip()}"), vocabulary, index)
        selection = select(find_phrases(tokens, index, vocabulary), index)
        if selection.question or selection.selector == Selector():
            text = selection.question.text if selection.question else f"'{value}' names no machines."
            raise InvalidInput(text, remedy="Accepted are a group, machines, or 'all servers'.")
        selector = selection.selector
    else:
        raise _not_a_choice(question, value)
    evidence = tuple(e for e in plan.evidence if not e.path.startswith("targets."))
    said = Evidence(path="targets.selector", source="answer", text=choice.label if choice else str(value))
    return plan.model_copy(update={"targets": Targets(selector=selector), "evidence": (*evidence, said)})


def _choice(question: Question, value: Any) -> Choice | None:
    """The choice an answer picks: by label, by what it sets, or by its number from 1; None for a free value."""
    for choice in question.choices:
        if value == choice.sets or (isinstance(value, str) and value.strip().casefold() == choice.label.casefold()):
            return choice
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= len(question.choices):
        return question.choices[value - 1]
    if isinstance(value, dict):
        raise _not_a_choice(question, value)
    return None


def _not_a_choice(question: Question, value: Any) -> InvalidInput:
    labels = "; ".join(f"{n}: {c.label}" for n, c in enumerate(question.choices, start=1)) or "a value"
    return InvalidInput(f"{str(value)[:80]!r} does not answer '{question.id}'.", remedy=f"Accepted is {labels}.")
