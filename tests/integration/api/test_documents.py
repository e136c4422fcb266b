# SPDX-License-Identifier: Apache-2.0
"""Plans without a sentence: a document in, the same plan out, every fault named at once."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

DOCUMENT: dict[str, Any] = {
    "description": "Quarterly restart",
    "targets": {"groups": ["Here"], "exclude": ["here-3"]},
    "steps": [{"intent": "service.restart", "params": {"service": "nginx", "timeout": "30s"}}],
    "options": {"batch": 1},
}


def post(client: TestClient, document: Any) -> Any:
    return client.post("/api/plans", json={"document": document})


def test_a_document_is_the_plan_that_a_sentence_gives(client: TestClient, here: list[str]) -> None:
    said = client.post("/api/plans", json={"text": "restart nginx on Here except here-3, one at a time"}).json()
    written = {**DOCUMENT, "steps": [{"intent": "service.restart", "params": {"service": "nginx"}}]}

    made = post(client, written)

    assert made.status_code == 201
    view = made.json()
    assert view["status"] == "proposed"
    assert view["digest"] == said["digest"]
    assert view["plan"]["text"] == "Quarterly restart"
    assert view["plan"]["provenance"]["planner"] == "document"
    assert {e["source"] for e in view["plan"]["evidence"]} == {"document", "default:service.restart"}
    playbooks = [client.get(f"/api/plans/{v['plan']['id']}/playbook").text for v in (said, view)]
    assert playbooks[0].replace(said["plan"]["id"], view["plan"]["id"]) == playbooks[1]


def test_a_plan_gives_its_document_again(client: TestClient, here: list[str]) -> None:
    plan = post(client, DOCUMENT).json()

    document = client.get(f"/api/plans/{plan['plan']['id']}/document").json()

    assert post(client, document).json()["digest"] == plan["digest"]


def test_all_faults_are_named_with_field_and_remedy(client: TestClient, here: list[str]) -> None:
    wrong = {
        "targets": {"groups": ["Hree"]},
        "steps": [
            {"intent": "service.restrt"},
            {"intent": "service.stop", "params": {"servce": "x", "timeout": "soon"}, "when": "service_runs x"},
        ],
    }

    answer = post(client, wrong)

    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid-document"
    faults = {f["field"]: f for f in answer.json()["context"]["faults"]}
    assert set(faults) == {
        "targets.groups", "steps.1.intent", "steps.2.params.servce", "steps.2.params.timeout", "steps.2.when.1",
    }  # fmt: skip
    assert "Here" in faults["targets.groups"]["remedy"]
    assert "service.restart" in faults["steps.1.intent"]["remedy"]
    assert all(f["remedy"] for f in faults.values())
    assert client.get("/api/plans").json()["items"] == []


def test_faults_of_form_and_of_content_are_named_together(client: TestClient, here: list[str]) -> None:
    wrong = {
        "targets": {"groups": ["Hree"], "platform": "plan9", "exclude": ["nobody"]},
        "steps": [
            {"params": {"service": "nginx"}},
            "restart nginx",
            {"intent": "service.stop", "parms": {}, "params": {"servce": "x"}, "when": [7, "service_runs x"]},
            {"intent": "file.delete", "params": {"path": "/etc"}},
        ],
        "options": {"batch": "many", "foo": 1},
    }

    answer = post(client, wrong)

    assert answer.status_code == 422
    assert answer.json()["code"] == "refused-document"
    assert sorted(f["field"] for f in answer.json()["context"]["faults"]) == sorted(
        [
            "targets.groups", "targets.platform", "targets.exclude", "steps.1.intent", "steps.2", "steps.3.parms",
            "steps.3.params.servce", "steps.3.when.1", "steps.3.when.2", "steps.4.params", "options.batch",
            "options.foo",
        ]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"stepps": []}, "stepps"),
        ({"steps": []}, "steps"),
        ({"steps": [{"intent": "service.stop", "parms": {}}]}, "steps.1.parms"),
        ({"options": {"batch": "many"}}, "options.batch"),
        ({"options": {"max_fial": 1}}, "options.max_fial"),
        ({"targets": {"platform": "plan9"}}, "targets.platform"),
    ],
)
def test_what_has_the_wrong_form_is_named(
    client: TestClient, here: list[str], change: dict[str, Any], field: str
) -> None:
    answer = post(client, {**DOCUMENT, **change})

    assert answer.status_code == 422
    assert [f["field"] for f in answer.json()["context"]["faults"]] == [field]


@pytest.mark.parametrize(
    ("step", "says"),
    [
        ({"intent": "command.run", "params": {"command": ["rm", "-rf", "/"]}}, "never does that"),
        ({"intent": "service.stop", "params": {"service": "nginx; reboot"}}, "shell operator"),
        ({"intent": "file.delete", "params": {"path": "/etc"}}, "belongs to the system"),
        ({"intent": "service.stop", "params": {"service": "x"}, "when": "file_exists /a/$(id)"}, "substitution"),
    ],
)
def test_what_is_refused_of_a_sentence_is_refused_of_a_document(
    client: TestClient, here: list[str], step: dict[str, Any], says: str
) -> None:
    answer = post(client, {**DOCUMENT, "steps": [step]})

    assert (answer.status_code, answer.json()["code"]) == (422, "refused-document")
    assert says in answer.text


def test_a_secret_in_a_document_is_refused_and_not_repeated(client: TestClient, here: list[str]) -> None:
    step = {"intent": "user.create", "params": {"name": "bob", "password": "password=Tr0ub4dor"}}

    answer = post(client, {**DOCUMENT, "steps": [step]})

    assert (answer.status_code, answer.json()["code"]) == (422, "secret-given")
    assert "Tr0ub4dor" not in answer.text


def test_what_is_missing_is_asked(client: TestClient, here: list[str]) -> None:
    asked = post(client, {**DOCUMENT, "steps": [{"intent": "service.restart"}], "targets": {}}).json()

    assert asked["status"] == "draft"
    assert [q["id"] for q in asked["plan"]["questions"]] == ["targets", "step1.service"]
    answers = {"targets": "Here", "step1.service": "nginx"}
    answered = client.post(f"/api/plans/{asked['plan']['id']}/answers", json={"answers": answers}).json()
    assert answered["status"] == "proposed"


def test_a_request_is_a_text_or_a_document(client: TestClient, here: list[str]) -> None:
    assert client.post("/api/plans", json={}).status_code == 422
    assert client.post("/api/plans", json={"text": "ping Here", "document": DOCUMENT}).status_code == 422


def test_a_document_has_no_sentence_to_explain_or_to_misread(client: TestClient, here: list[str]) -> None:
    plan_id = post(client, DOCUMENT).json()["plan"]["id"]

    assert client.get(f"/api/plans/{plan_id}/explanation").status_code == 409
    assert client.post(f"/api/plans/{plan_id}/miss", json={}).status_code == 409


def test_a_sentence_follows_up_a_document(client: TestClient, here: list[str]) -> None:
    first = post(client, DOCUMENT).json()

    second = client.post("/api/plans", json={"text": "the same on here-3"}).json()

    assert [t["name"] for t in second["plan"]["targets"]["resolved"]] == ["here-3"]
    assert second["plan"]["follows"] == first["plan"]["id"]
    assert second["plan"]["provenance"]["planner"] == "offline"
    assert client.get(f"/api/plans/{second['plan']['id']}/explanation").status_code == 200
