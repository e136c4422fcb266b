# SPDX-License-Identifier: Apache-2.0
"""Freezing changes, as a program asks for it."""

import pytest
from fastapi.testclient import TestClient

PATH = "/api/freeze"


def test_changes_are_frozen_and_lifted(client: TestClient) -> None:
    assert client.get(PATH).json() == {"freeze": None}
    begun = client.post(PATH, json={"reason": "audit week", "pause": True})
    assert begun.status_code == 200, begun.text
    freeze = begun.json()["freeze"]
    assert (freeze["reason"], freeze["paused"], freeze["lifted_at"]) == ("audit week", [], None)
    assert client.post(PATH, json={"reason": "another"}).json()["freeze"] == freeze  # harmless twice
    assert client.get(PATH).json()["freeze"] == freeze
    assert client.delete(PATH).json() == {"freeze": None}
    assert client.get(PATH).json() == {"freeze": None}


def test_what_is_not_frozen_is_not_lifted(client: TestClient) -> None:
    refused = client.delete(PATH)
    assert (refused.status_code, refused.json()["code"]) == (409, "not-frozen")
    assert "opsc freeze" in refused.json()["remedy"]


@pytest.mark.parametrize("reason", ["two\nlines", "x" * 2001, 7])
def test_a_reason_is_one_line_of_text(client: TestClient, reason: object) -> None:
    assert client.post(PATH, json={"reason": reason}).status_code == 422
    assert client.get(PATH).json() == {"freeze": None}
