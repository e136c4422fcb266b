# SPDX-License-Identifier: Apache-2.0
"""Requests whose words stand in no order of a pattern: read where every word is explained, else asked about."""

from typing import Any

import pytest

from opsconductor.domain.estate import Estate
from opsconductor.domain.plans import Origin, Outcome
from opsconductor.domain.templates import Catalogue
from planner.free_grammar import index_free
from planner.free_order import ANY_ORDER, free_order
from planner.planner import Planner
from planner.tokens import tokenize
from tests.unit.planner.conftest import NOW, Propose, load_cases
from tests.unit.planner.test_explanations import check_agreement

ROWS = load_cases("free_order")
READ = [row for row in ROWS if "steps" in row]
ASKED = [row["text"] for row in ROWS if row.get("outcome") == "clarify"]
REFUSED = [row["text"] for row in ROWS if row.get("outcome") == "refuse"]


@pytest.mark.parametrize("row", READ, ids=lambda row: row["text"][:60])
def test_words_in_any_order_become_the_plan_they_mean(row: dict[str, Any], propose: Propose) -> None:
    plan = propose(row["text"])

    said = {e.path for e in plan.evidence if e.start is not None}
    steps = [
        {s.intent: {name: v for name, v in s.params.items() if f"steps[{at}].params.{name}" in said}}
        for at, s in enumerate(plan.steps)
        if s.origin is Origin.USER
    ]
    assert plan.outcome in (Outcome.PLAN, Outcome.QUERY), plan.questions
    assert (list(plan.targets.names), steps) == (row["targets"], row["steps"])


@pytest.mark.parametrize("text", ASKED)
def test_a_word_that_nothing_explains_is_asked_about(text: str, propose: Propose) -> None:
    assert propose(text).outcome is Outcome.CLARIFY


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_refused_in_one_order_is_refused_in_all(text: str, propose: Propose) -> None:
    plan = propose(text)

    assert plan.outcome is Outcome.REFUSE
    assert plan.steps == ()


def test_the_refusal_names_the_danger_that_the_usual_order_names(propose: Propose) -> None:
    usual, free = propose("delete /usr on shop-01"), propose("I want /usr gone from shop-01")

    assert usual.refusal is not None
    assert free.refusal is not None
    assert "It would delete the system itself." in usual.refusal.text
    assert "It would delete the system itself." in free.refusal.text


def test_the_table_is_as_large_as_it_should_be() -> None:
    assert len(READ) + len(ASKED) >= 80
    assert len(ASKED) >= 25


def test_every_value_has_its_words_and_every_reading_is_explained(planner: Planner, estate: Estate) -> None:
    freely = 0
    for text in (row["text"] for row in READ):
        plan = planner.propose(text, estate, NOW, plan_id="p")
        explanation = planner.explain(text, estate, NOW)

        check_agreement(plan, explanation)
        freely += any(c.chosen and c.pattern == ANY_ORDER for clause in explanation.clauses for c in clause.candidates)

    assert freely >= 40


def test_a_clause_without_a_verb_becomes_no_step_when_it_is_a_question(propose: Propose) -> None:
    assert propose("redis off on shop-03").outcome is Outcome.PLAN
    assert propose("redis off on shop-03?").outcome is Outcome.CLARIFY


def test_two_templates_that_explain_all_words_are_both_offered(catalogue: Catalogue, estate: Estate) -> None:
    stop = catalogue.templates["service.stop"]
    twin = stop.model_copy(update={"id": "service.halt", "title": "Halt the service"})
    planner = Planner(catalogue.model_copy(update={"templates": {**catalogue.templates, twin.id: twin}}))

    plan = planner.propose("redis off, please, on shop-03", estate, NOW, plan_id="p")

    assert plan.outcome is Outcome.CLARIFY
    assert [c.sets["intent"] for q in plan.questions for c in q.choices] == ["service.stop", "service.halt"]


def test_more_words_than_are_tried_give_nothing(planner: Planner) -> None:
    few, many = tokenize("redis off please"), tokenize("redis off " + "please " * 40)

    assert [m.template.id for m in free_order(few, planner.vocabulary)] == ["service.stop"]
    assert free_order(many, planner.vocabulary) == ()


def test_a_state_that_no_template_declares_says_nothing(catalogue: Catalogue) -> None:
    stop = catalogue.templates["service.stop"]
    grammar = stop.grammar.model_copy(update={"states": ()})
    bare = catalogue.model_copy(update={"templates": {stop.id: stop.model_copy(update={"grammar": grammar})}})

    assert "off" in index_free(catalogue).telling
    assert "off" not in index_free(bare).telling
    assert free_order(tokenize("redis off please"), Planner(bare).vocabulary) == ()
