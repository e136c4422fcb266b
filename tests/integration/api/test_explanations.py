# SPDX-License-Identifier: Apache-2.0
"""How a stored plan was read, over HTTP: anew from its text, and saying what has changed since."""

from typing import Any

from fastapi.testclient import TestClient

from opsconductor.domain.specs import GroupSpec
from opsconductor.wiring import Container
from tests.integration.api.test_plans import propose


def explanation(client: TestClient, plan_id: str) -> dict[str, Any]:
    answer = client.get(f"/api/plans/{plan_id}/explanation")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_explanation_tells_words_names_and_candidates(client: TestClient, here: list[str]) -> None:
    plan = propose(client, "ping all servers in 'Here', 2 at a time")["plan"]

    told = explanation(client, plan["id"])

    assert told["text"] == plan["text"]
    assert told["clauses"][0]["steps"] == [1]
    assert told["clauses"][0]["candidates"][0]["intent"] == "host.ping"
    assert told["scopes"][0]["names"][0]["names"] == ["Here"]
    assert told["options"][0]["option"] == "batch"
    assert told["notes"] == []


def test_it_says_when_the_asset_database_has_changed(client: TestClient, services: Container, here: list[str]) -> None:
    asked = propose(client, "ping all servers in group 'Annex'")["plan"]
    assert asked["outcome"] == "clarify"
    services.groups.add(GroupSpec(name="Annex"), "test")

    (note,) = explanation(client, asked["id"])["notes"]

    assert note.startswith("Read today, it gives other targets")


def test_an_answered_plan_is_explained_from_its_request(client: TestClient, here: list[str]) -> None:
    asked = propose(client, "stop the service on here-1")["plan"]
    (question,) = asked["questions"]
    answers = {"answers": {question["id"]: "nginx"}}
    answered = client.post(f"/api/plans/{asked['id']}/answers", json=answers).json()["plan"]

    told = explanation(client, answered["id"])

    assert told["questions"][0]["id"] == question["id"]
    assert told["notes"] == ["The plan was answered or edited since; this is how its request was read."]


def test_a_refusal_is_explained_without_its_secret(client: TestClient, here: list[str]) -> None:
    plan = propose(client, "create user bob with password Hunter2! on here-1")["plan"]

    told = explanation(client, plan["id"])

    assert told["finding"]["rule"] == "secret"
    assert told["finding"]["words"] == "•••"
    assert "Hunter2" not in str(told)
    assert told["notes"] == []


def test_an_unknown_plan_is_not_found(client: TestClient) -> None:
    assert client.get("/api/plans/0000000000000000/explanation").status_code == 404
