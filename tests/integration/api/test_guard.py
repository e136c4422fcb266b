# SPDX-License-Identifier: Apache-2.0
"""Who may speak to the server, and what every answer carries."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from tests.integration.api.conftest import HOST

PLAN = {"text": "ping all servers"}


@pytest.mark.parametrize("host", ["evil.example", "10.0.0.5:8420", "127.0.0.1.evil.example", "localhost.evil.example"])
def test_a_foreign_name_that_points_here_is_refused(client: TestClient, host: str) -> None:
    answer = client.get("/api/health", headers={"host": host})
    assert answer.status_code == 421
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "wrong-host"


@pytest.mark.parametrize("host", ["127.0.0.1:8420", "localhost:8420", "[::1]:8420", "127.0.0.2"])
def test_this_machine_is_answered_by_all_its_names(client: TestClient, host: str) -> None:
    assert client.get("/api/health", headers={"host": host}).json() == {"status": "ok"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"origin": f"http://{HOST}"}, 201),
        ({}, 201),
    ],
)
def test_only_our_own_pages_and_programs_change_something(
    client: TestClient, here: list[str], headers: dict[str, str], status: int
) -> None:
    assert client.post("/api/plans", json=PLAN, headers=headers).status_code == status
    assert len(client.get("/api/plans").json()["items"]) == (1 if status == 201 else 0)


@pytest.mark.parametrize("path", ["/api/jobs/0000/progress", "/jobs/0000/progress"])
def test_a_foreign_page_may_not_open_a_websocket(client: TestClient, path: str) -> None:
    with (
        pytest.raises(WebSocketDisconnect) as refused,
        client.websocket_connect(f"ws://{HOST}{path}", headers={"origin": "http://evil.example"}),
    ):
        pass
    assert refused.value.code == 1008


def test_every_answer_carries_the_security_headers(client: TestClient) -> None:
    for answer in (client.get("/"), client.get("/api/health"), client.get("/api/nothing"), client.post("/api/plans")):
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-eval" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert client.get("/api/health").headers["cache-control"] == "no-store"


def _pieces() -> Any:
    for _ in range(40):
        yield b"x" * 65536


@pytest.mark.parametrize("known", [True, False], ids=["length told", "length not told"])
def test_a_body_beyond_the_limit_is_refused(client: TestClient, known: bool) -> None:
    content = b"".join(_pieces()) if known else _pieces()
    answer = client.post("/api/plans", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 413
    assert answer.json()["code"] == "too-large"


def test_an_upload_may_be_larger_than_other_requests(client: TestClient) -> None:
    content = b"".join(_pieces())
    answer = client.post("/api/files", files={"file": ("large.bin", content)})
    assert answer.status_code == 201
    assert answer.json()["size"] == len(content)
