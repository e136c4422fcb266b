# SPDX-License-Identifier: Apache-2.0
"""Requests that were misread: said in a sentence, over HTTP or by a command, kept and turned into examples."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from opsconductor.domain.misses import Miss, MissReport
from opsconductor.services import misses as misses_module
from opsconductor.services.learning import as_document
from opsconductor.wiring import Container
from tests.integration.api.test_plans import propose

WRONG = "bounce the cat server in 'Here'"
RIGHT = "restart the tomcat service in 'Here'"


def plan_of(client: TestClient, text: str) -> dict[str, Any]:
    plan: dict[str, Any] = propose(client, text)["plan"]
    return plan


def kept(services: Container) -> list[Miss]:
    return services.misses.all()


def test_a_correction_in_the_same_sentence_is_planned_and_linked(
    client: TestClient, services: Container, here: list[str]
) -> None:
    wrong = plan_of(client, WRONG)

    right = plan_of(client, f"wrong, I meant {RIGHT}")

    assert (right["text"], right["steps"][0]["params"]["service"]) == (RIGHT, "tomcat")
    (miss,) = kept(services)
    assert (miss.plan_id, miss.meant, miss.meant_plan_id) == (wrong["id"], RIGHT, right["id"])
    assert services.audit.list(subject=f"plan:{wrong['id']}").items[0].action == "plan.missed"


def test_without_a_correction_one_is_asked_for_and_the_next_request_is_it(
    client: TestClient, services: Container, here: list[str]
) -> None:
    wrong = plan_of(client, WRONG)

    asked = plan_of(client, "No, that's not what I meant!")
    assert (asked["outcome"], asked["follows"]) == ("clarify", wrong["id"])
    assert "in other words" in asked["questions"][0]["text"]
    assert kept(services)[0].meant is None
    assert plan_of(client, "frobnicate the flux in 'Here'")["outcome"] == "clarify"
    right = plan_of(client, RIGHT)
    plan_of(client, "ping all servers in 'Here'")

    (miss,) = kept(services)
    assert (miss.meant, miss.meant_plan_id) == (RIGHT, right["id"])


def test_the_next_request_counts_for_an_hour_only(
    client: TestClient, services: Container, here: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan_of(client, WRONG)
    plan_of(client, "that is not what I meant")
    monkeypatch.setattr(misses_module, "PATIENCE", timedelta(0))

    plan_of(client, RIGHT)

    assert kept(services)[0].meant is None


def test_saying_it_twice_speaks_of_the_same_plan(client: TestClient, services: Container, here: list[str]) -> None:
    wrong = plan_of(client, WRONG)
    plan_of(client, "that is not what I meant")
    plan_of(client, "you misunderstood")

    assert [m.plan_id for m in kept(services)] == [wrong["id"]]


def test_somebody_else_s_plan_is_not_the_one_before(client: TestClient, services: Container, here: list[str]) -> None:
    services.planning.propose(WRONG, "local:another")

    asked = plan_of(client, "that is not what I meant")

    assert kept(services) == []
    assert "no request before" in asked["questions"][0]["text"]
    assert plan_of(client, f"I meant {RIGHT}")["steps"]


def test_a_secret_in_a_correction_is_refused_and_kept_nowhere(
    client: TestClient, services: Container, here: list[str]
) -> None:
    plan_of(client, WRONG)
    refused = plan_of(client, "wrong, I meant create user bob with password Hunter2! in 'Here'")
    assert refused["outcome"] == "refuse"

    client.post(f"/api/plans/{refused['id']}/miss", json={"meant": "set the password of bob to 'Hunter2!'"})

    assert kept(services)
    assert "Hunter2" not in str(kept(services))
    assert "Hunter2" not in str([r.plan for r in services.planning.recent()])
    assert "Hunter2" not in str(services.learning.reports())


def test_the_button_keeps_a_miss_and_plans_the_correction(
    client: TestClient, services: Container, here: list[str]
) -> None:
    wrong = plan_of(client, WRONG)

    noted = client.post(f"/api/plans/{wrong['id']}/miss", json={})
    assert (noted.status_code, noted.json()["plan"]) == (201, None)
    right = client.post(f"/api/plans/{wrong['id'][-8:]}/miss", json={"meant": RIGHT}).json()

    assert right["plan"]["plan"]["steps"][0]["params"]["service"] == "tomcat"
    assert right["miss"]["id"] == noted.json()["miss"]["id"]
    assert client.post("/api/plans/0000000000000000/miss", json={}).status_code == 404


def reports(services: Container) -> list[MissReport]:
    return services.learning.reports()


def test_the_export_has_rows_to_paste_without_machines_and_options(
    client: TestClient, services: Container, here: list[str]
) -> None:
    plan_of(client, "please give me the state of nginx in 'Here', 2 at a time")
    plan_of(client, "not what I meant, I wanted to restart nginx and check disk space in 'Here' 2 at a time")

    document = as_document(reports(services))

    assert {"text": "restart nginx", "params": {"service": "nginx"}} in document["examples"]["service.restart"]
    assert all("Here" not in str(rows) and "2 at" not in str(rows) for rows in document["examples"].values())
    (miss,) = document["misses"]
    assert miss["misread_as"]
    assert miss["meant_as"][0] == "service.restart"
    assert all(e["read_rightly"] for e in miss["examples"] if e["wording"] == "meant")


def test_words_read_as_something_else_are_marked(client: TestClient, services: Container, here: list[str]) -> None:
    plan_of(client, "stop the nginx service in 'Here'")
    plan_of(client, "that is wrong, I meant restart the nginx service in 'Here'")

    said = [e for r in reports(services) for e in r.examples if e.wording == "said"]

    assert [(e.intent, e.text, e.params) for e in said] == [
        ("service.restart", "stop the nginx service", {"service": "nginx"})
    ]
    assert not said[0].read_rightly
    assert "service.stop" in said[0].why


def test_a_value_the_words_do_not_hold_is_no_example(client: TestClient, services: Container, here: list[str]) -> None:
    plan_of(client, WRONG)
    plan_of(client, f"wrong, I meant {RIGHT}")

    document = as_document(reports(services))

    assert document["examples"] == {
        "service.restart": [{"text": "restart the tomcat service", "params": {"service": "tomcat"}}]
    }
    assert document["misses"][0]["examples"][0]["not_in_words"] == ["service"]


def test_a_miss_without_a_correction_is_listed(client: TestClient, services: Container, here: list[str]) -> None:
    plan_of(client, WRONG)
    plan_of(client, "not what I asked for")

    document = as_document(reports(services))

    assert document["examples"] == {}
    assert document["misses"][0]["meant"] is None
    assert document["misses"][0]["said"] == WRONG
