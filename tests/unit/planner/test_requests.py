# SPDX-License-Identifier: Apache-2.0
"""Whole requests of our own on two estates, each with the plan it must become, and the figures over all of them."""

from functools import cache
from typing import Any

import pytest

from opsconductor.domain.estate import Estate
from opsconductor.domain.templates import Catalogue
from opsconductor.services.evaluating import Evaluation
from planner.planner import Planner
from tests.fixtures.request_scores import Score, figures, read_requests, score
from tests.unit.planner.conftest import NOW, load_estate
from tests.unit.planner.test_explanations import check_agreement

ESTATES = ("works", "fleet")
ROWS = [(name, row) for name in ESTATES for row in read_requests(name)]
TASKS = read_requests("tasks")
FAILURES = read_requests("known_failures")


@cache
def estate_of(name: str) -> Estate:
    return load_estate(name)


def _id(value: Any) -> str:
    return value["text"][:60] if isinstance(value, dict) else str(value)


@pytest.fixture(scope="module")
def evaluations(catalogue: Catalogue) -> dict[str, Evaluation]:
    return {name: Evaluation(catalogue, estate_of(name), NOW) for name in ESTATES}


def predicted(evaluations: dict[str, Evaluation], name: str, row: dict[str, Any]) -> Score:
    prediction = evaluations[name].predict({"id": "r", "text": row["text"], "assets": name})
    return score(row, prediction)


@pytest.mark.parametrize(("name", "row"), ROWS, ids=_id)
def test_request_becomes_the_plan_it_means(name: str, row: dict[str, Any], evaluations: dict[str, Evaluation]) -> None:
    assert predicted(evaluations, name, row).wrong == {}


def test_figures_over_all_requests(evaluations: dict[str, Evaluation]) -> None:
    scores = [predicted(evaluations, name, row) for name, row in ROWS]

    held = figures(scores)

    print("\n" + "\n".join(f"{part:10}{share:8.3f}" for part, share in held.items()))  # noqa: T201 - for pytest -s
    assert held["requests"] >= 150
    assert held["exact"] == 1.0, [s.text for s in scores if not s.exact]


@pytest.mark.parametrize("row", TASKS, ids=_id)
def test_task_name_gives_intent_and_values(row: dict[str, Any], evaluations: dict[str, Evaluation]) -> None:
    task = evaluations["works"].predict({"id": "t", "text": row["text"]})

    assert [{task["intent"]: task["params"]}] == row["steps"]


def test_there_are_enough_tasks_and_no_request_twice() -> None:
    texts = [row["text"].casefold() for _, row in ROWS] + [row["text"].casefold() for row in FAILURES]

    assert len(TASKS) >= 60
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("row", FAILURES, ids=_id)
def test_a_known_failure_asks_or_is_mended_and_never_guesses(
    row: dict[str, Any], evaluations: dict[str, Evaluation]
) -> None:
    failure = predicted(evaluations, row["estate"], row)

    assert row["reason"]
    assert failure.exact or failure.got["outcome"] == "clarify", failure.wrong


@pytest.mark.parametrize("name", ESTATES)
def test_every_request_is_explained_as_it_is_planned(name: str, planner: Planner) -> None:
    estate = estate_of(name)
    for row in [row for place, row in ROWS if place == name] + [r for r in FAILURES if r["estate"] == name]:
        plan = planner.propose(row["text"], estate, NOW, plan_id="p")

        check_agreement(plan, planner.explain(row["text"], estate, NOW))


def test_a_wrong_plan_is_no_exact_one(evaluations: dict[str, Evaluation]) -> None:
    name, row = next((n, r) for n, r in ROWS if r.get("targets") and r.get("steps") and r.get("options"))
    for part, other in (("targets", []), ("steps", []), ("options", {"log": True}), ("outcome", "query")):
        wrong = predicted(evaluations, name, {**row, part: other})

        assert not wrong.exact
        assert part in wrong.wrong
        assert figures([wrong])["exact"] == 0
