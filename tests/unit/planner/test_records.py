# SPDX-License-Identifier: Apache-2.0
"""Questions that records answer: what is asked, where, of which time; and what is no such question."""

from typing import Any

import pytest
from ruamel.yaml import YAML

from opsconductor.domain.estate import Estate
from opsconductor.domain.plans import Outcome, Selector
from planner.periods import find_periods
from planner.planner import Planner
from tests.unit.planner.conftest import CASES, NOW, Propose, load_cases

INTENTS = {"assets": "inventory.query", "jobs": "jobs.query"}


@pytest.mark.parametrize("case", load_cases("records"), ids=lambda case: case["text"])
def test_a_question_is_read_with_all_it_filters_by(case: dict[str, Any], propose: Propose) -> None:
    plan = propose(case["text"])

    assert plan.outcome is Outcome.QUERY, (plan.questions, plan.refusal)
    assert [(s.intent, s.params) for s in plan.steps] == [(INTENTS[case["asks"]], case.get("params", {}))]
    assert plan.targets.selector == Selector.model_validate(case.get("selector", {}))
    assert plan.complete
    assert not plan.needs_approval
    assert plan.estimate is None
    if "machines" in case:
        assert len(plan.targets.names) == case["machines"]


@pytest.mark.parametrize("case", load_cases("records"), ids=lambda case: case["text"])
def test_every_value_carries_the_words_it_came_from(case: dict[str, Any], propose: Propose) -> None:
    plan = propose(case["text"])
    told = {e.path: e for e in plan.evidence}
    for name in case.get("params", {}):
        said = told[f"steps[0].params.{name}"]
        assert said.source == "request"
        assert said.text == plan.text[said.start : said.end] != ""


PERIODS = YAML(typ="safe").load((CASES / "periods" / "periods.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", PERIODS, ids=lambda case: case["words"])
def test_words_about_the_past(case: dict[str, Any]) -> None:
    [found] = find_periods(f"which jobs ran {case['words']}?", NOW)

    assert f"which jobs ran {case['words']}?"[found.start : found.end] == case["words"]
    assert case.get("doubt", "") in (found.doubt or "")
    assert bool(found.doubt) is ("doubt" in case)
    for moment, said in ((found.since, case.get("since")), (found.until, case.get("until"))):
        assert (moment.strftime("%Y-%m-%dT%H:%M") if moment else None) == said


@pytest.mark.parametrize(
    "words", ["on mon-01", "the last 5 jobs", "tomorrow", "next week", "/var/2026-01-01/x", "v1.2"]
)
def test_words_that_say_nothing_about_the_past(words: str) -> None:
    assert list(find_periods(f"which jobs ran {words}?", NOW)) == []


@pytest.mark.parametrize(
    "text",
    [
        "list scheduled tasks on shop-01",
        "which jobs ran since the release?",
        "show jobs on 01/02/2026",
        "which jobs failed on shop-99?",
        "is there a server called shop-99?",
    ],
)
def test_what_is_not_understood_wholly_is_asked(text: str, propose: Propose) -> None:
    plan = propose(text)
    assert plan.outcome is Outcome.CLARIFY
    assert plan.questions
    assert not plan.complete


@pytest.mark.parametrize(
    ("text", "intents"),
    [
        ("is nginx running on shop-01?", ["service.status"]),
        ("which web servers have less than 10% disk free?", ["disk.check"]),
        ("have nginx restarted on shop-01", ["service.restart"]),
        ("restart nginx on shop-01", ["service.restart"]),
        ("list users on shop-01", ["user.check"]),
    ],
)
def test_what_machines_answer_is_not_asked_of_records(text: str, intents: list[str], propose: Propose) -> None:
    assert [s.intent for s in propose(text).steps] == intents


def test_a_question_beside_an_order_is_an_obstacle(propose: Propose) -> None:
    plan = propose("restart nginx on shop-01 and tell me which jobs failed")
    assert [s.intent for s in plan.steps] == ["service.restart", "jobs.query"]
    assert plan.obstacles == ("Step 2 (look into the history of jobs) runs nowhere: ask that in a request of its own.",)
    assert plan.needs_approval


def test_an_edited_question_is_read_again(planner: Planner, estate: Estate, propose: Propose) -> None:
    plan = propose("which jobs failed yesterday?")
    step = plan.steps[0].model_copy(update={"params": {"status": "running", "since": "2026-05-01T00:00"}})
    edited = planner.finalise(plan.model_copy(update={"steps": (step,)}), estate)
    assert edited.steps[0].params == {"status": "running", "since": "2026-05-01T00:00"}
    assert edited.complete
