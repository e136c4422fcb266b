# SPDX-License-Identifier: Apache-2.0
"""Answers complete a plan; a wrong one says what would be right and changes nothing."""

from typing import Any

import pytest

from opsconductor.domain.estate import Estate
from opsconductor.domain.plans import Outcome, Plan
from opsconductor.domain.templates import Catalogue
from opsconductor.errors import InvalidInput
from planner.planner import Planner
from tests.unit.planner.conftest import NOW, Propose, load_cases

VISION = load_cases("tasks")[0]["text"]


@pytest.fixture
def open_plan(propose: Propose) -> Plan:
    return propose(VISION)


def _answer(planner: Planner, plan: Plan, estate: Estate, answers: dict[str, Any]) -> Plan:
    return planner.answer(plan, answers, estate, NOW, plan_id="p2")


def test_vision_is_complete_once_file_and_destination_are_said(
    planner: Planner, estate: Estate, open_plan: Plan
) -> None:
    offer = open_plan.questions[1].choices[0]
    assert offer.label == (
        "the program file of the service 'stationcontroller', as each target's service manager reports it"
    )
    plan = _answer(planner, open_plan, estate, {"step4.src": "stationcontroller-2.1.3.exe", "step4.dest": offer.label})

    assert plan.id == "p2"
    assert plan.complete
    assert plan.outcome is Outcome.PLAN
    assert plan.steps[3].params == {"src": "stationcontroller-2.1.3.exe", "dest_service": "stationcontroller"}
    assert plan.steps[2].params == {"path_service": "stationcontroller"}
    sources = {e.path: e.source for e in plan.evidence}
    assert sources["steps[3].params.src"] == "answer"
    assert sources["steps[2]"] == "policy"
    assert "Copy stationcontroller-2.1.3.exe to the program file of service stationcontroller" in plan.explanation


@pytest.mark.parametrize("picked", [1, {"dest_service": "stationcontroller"}])
def test_offer_can_be_picked_by_number_or_by_what_it_sets(
    planner: Planner, estate: Estate, open_plan: Plan, picked: Any
) -> None:
    plan = _answer(planner, open_plan, estate, {"step4.dest": picked})

    assert plan.steps[3].params["dest_service"] == "stationcontroller"
    assert list(plan.missing) == ["file.copy.src"]


def test_free_answer_is_typed_and_backed_up_first(planner: Planner, estate: Estate, open_plan: Plan) -> None:
    path = r"C:\Station\station.exe"
    plan = _answer(planner, open_plan, estate, {"step4.dest": path, "step4.src": "stationcontroller.exe"})

    assert plan.steps[3].params["dest"] == path
    assert plan.steps[2].params == {"path": path}


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"step4.dest": "station.exe"}, "absolute path"),
        ({"step4.dest": r"C:\x\..\y"}, "../"),
        ({"step4.dest": "/tmp/{{ x }}"}, "template braces"),
        ({"step4.dest": {"path": "/x"}}, "Accepted is"),
        ({"step4.src": 7}, "is no value"),
        ({"step9.src": "x"}, "Open questions: step4.src, step4.dest"),
    ],
)
def test_wrong_answer_says_what_is_accepted(
    planner: Planner, estate: Estate, open_plan: Plan, answers: dict[str, Any], says: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        _answer(planner, open_plan, estate, answers)

    assert says in str(caught.value)


def test_unknown_file_in_an_answer_is_asked_about_again(planner: Planner, estate: Estate, open_plan: Plan) -> None:
    plan = _answer(planner, open_plan, estate, {"step4.src": "stationcontroler.exe", "step4.dest": 1})

    assert not plan.complete
    assert "no 'stationcontroler.exe' in the file library" in plan.questions[0].text
    assert plan.questions[0].choices[0].sets == {"src": "stationcontroller.exe"}


def test_count_question_is_settled_by_its_choice(planner: Planner, estate: Estate, propose: Propose) -> None:
    asked = propose("stop Spooler on 23 servers in 'CIS servers'")

    everyone = _answer(planner, asked, estate, {"targets": 1})
    first = _answer(planner, asked, estate, {"targets": "Take the first 23"})

    assert everyone.complete
    assert len(everyone.targets.names) == 25
    assert first.complete
    assert first.targets.names[-1] == "press-23"


@pytest.mark.parametrize("said", ["Production Web", {"groups": ["Production Web"], "hosts": []}])
def test_unknown_group_is_settled_by_a_name_or_a_choice(
    planner: Planner, estate: Estate, propose: Propose, said: Any
) -> None:
    asked = propose("restart nginx on 'Backup Web'")
    plan = _answer(planner, asked, estate, {"targets": said})

    assert plan.complete
    assert len(plan.targets.names) == 4


def test_unknown_group_stays_open_while_another_question_is_answered(
    planner: Planner, estate: Estate, propose: Propose
) -> None:
    asked = propose("copy nothere.conf to /etc/x.conf on 'Backup Web'")
    plan = _answer(planner, asked, estate, {"step2.src": "agent.conf"})

    assert [q.id for q in plan.questions] == ["targets"]
    assert plan.outcome is Outcome.CLARIFY


def test_unreadable_request_wants_another_request(planner: Planner, estate: Estate, propose: Propose) -> None:
    asked = propose("stop nginx on shop-01 if the moon is full")

    with pytest.raises(InvalidInput, match="other words"):
        _answer(planner, asked, estate, {"request": "yes"})


@pytest.mark.parametrize("case", load_cases("offers"), ids=lambda c: c["text"])
def test_what_is_left_without_unread_words_is_offered_and_only_done_when_chosen(
    case: dict[str, Any], propose: Propose, planner: Planner, estate: Estate
) -> None:
    plan = propose(case["text"])

    assert not plan.complete
    assert [c.label for q in plan.questions for c in q.choices] == case["offers"]
    if case["offers"]:
        assert plan.outcome is Outcome.CLARIFY
        done = _answer(planner, plan, estate, {"request": 1})
        assert not done.questions
        assert done.targets.names == ("shop-01",)
        assert [s.intent for s in done.steps] == [case["then"]["intent"]]
        assert case["then"]["params"].items() <= done.steps[0].params.items()


def test_choice_between_equally_good_readings_is_an_answer(catalogue: Catalogue, estate: Estate) -> None:
    twin = catalogue.templates["service.stop"].model_copy(update={"id": "engine.stop", "title": "Stop the engine"})
    planner = Planner(Catalogue(templates={**catalogue.templates, twin.id: twin}))
    asked = planner.propose("stop nginx on shop-01", estate, NOW, plan_id="p1")
    assert asked.outcome is Outcome.CLARIFY

    plan = planner.answer(asked, {"request": "Stop the engine"}, estate, NOW, plan_id="p2")

    assert [s.intent for s in plan.steps] == ["engine.stop"]
    assert plan.targets.names == ("shop-01",)
