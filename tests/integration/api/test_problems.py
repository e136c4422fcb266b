# SPDX-License-Identifier: Apache-2.0
"""Every error says what is wrong and what to do, and never more."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

CASES: list[tuple[str, str, Any, int, str]] = [
    ("GET", "/api/plans/00000000", None, 404, "not-found"),
    ("GET", "/api/jobs/00000000", None, 404, "not-found"),
    ("GET", "/api/jobs/00000000/progress", None, 404, "not-found"),
    ("GET", "/api/assets/nowhere", None, 404, "not-found"),
    ("GET", "/api/groups/nowhere", None, 404, "not-found"),
    ("GET", "/api/credentials/none", None, 404, "not-found"),
    ("GET", "/api/files/none.exe", None, 404, "not-found"),
    ("GET", "/api/templates/no.such", None, 404, "not-found"),
    ("GET", "/target-groups?name=nowhere", None, 404, "not-found"),
    ("GET", "/api/no/such/address", None, 404, "not-found"),
    ("DELETE", "/api/plans", None, 405, "method-not-allowed"),
    ("GET", "/target-groups", None, 422, "invalid-input"),
    ("GET", "/api/plans?limit=0", None, 422, "invalid-input"),
    ("GET", "/api/assets?after=nonsense", None, 422, "invalid-input"),
    ("GET", "/api/plans/..%2f..%2fetc", None, 404, "not-found"),
    ("POST", "/api/plans", {"text": ""}, 422, "invalid-input"),
    ("POST", "/api/plans", {"text": "x" * 4001}, 422, "invalid-input"),
    ("POST", "/api/plans", {}, 422, "invalid-input"),
    ("POST", "/api/plans/00000000/answers", {"answers": {}}, 404, "not-found"),
    ("POST", "/api/jobs/execute", {"workflow_id": "00000000"}, 404, "not-found"),
    ("POST", "/api/assets", {"name": "a", "platform": "amiga", "address": "x"}, 422, "invalid-input"),
    ("POST", "/api/assets", {"name": "a", "platform": "linux", "address": "10.0.0.1", "surprise": 1}, 422, ""),
    ("POST", "/api/files", None, 422, "invalid-input"),
    ("POST", "/api/credentials", {"name": "c", "kind": "password", "value": "abc"}, 422, "bad-credential-value"),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "code"), CASES, ids=lambda value: str(value)[:40])
def test_errors_are_problems(client: TestClient, method: str, path: str, body: Any, status: int, code: str) -> None:
    answer = client.request(method, path, json=body)
    problem = answer.json()
    assert answer.status_code == status, problem
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == status
    assert problem["detail"]
    assert code in ("", problem["code"])
    assert problem["type"] == f"urn:opsconductor:problem:{problem['code']}"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/plans", {"text": "stop \udcff"}),
        ("/api/credentials", {"name": "c", "kind": "password", "value": "long\udcff"}),
        ("/api/credentials", {"name": "c\udcff", "kind": "password", "value": "long enough"}),
    ],
)
def test_half_a_character_is_refused(client: TestClient, path: str, body: dict[str, str]) -> None:
    answer = client.post(path, content=json.dumps(body), headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["code"] in ("invalid-input", "invalid-name")


def test_a_near_name_is_offered(client: TestClient, here: list[str]) -> None:
    problem = client.get("/api/assets/hear-1").json()
    assert "here-1" in f"{problem['detail']} {problem.get('remedy')} {problem.get('context')}"


def test_what_was_given_is_not_repeated(client: TestClient) -> None:
    body = {"name": "root", "kind": "no-such-kind", "value": "hunter2-hunter2"}
    answer = client.post("/api/credentials", json=body)
    assert answer.status_code == 422
    assert "hunter2" not in answer.text


def test_the_unforeseen_keeps_its_details_for_the_log(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the inside of the house")

    monkeypatch.setattr("opsconductor.services.planning.PlanningService.recent", broken)
    answer = client.get("/api/plans")
    assert answer.status_code == 500
    assert answer.json()["code"] == "broken"
    assert "inside" not in answer.text
