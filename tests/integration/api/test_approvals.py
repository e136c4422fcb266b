# SPDX-License-Identifier: Apache-2.0
"""One approval is for one job, and holds until that job has started: not longer, and not for anything else."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from fastapi.testclient import TestClient

from opsconductor.clock import utc_now
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.plans import PlanRecord
from opsconductor.domain.specs import AssetEdit
from opsconductor.wiring import Container

SENTENCE = "run 'true' on all servers in 'Here'"


@pytest.fixture
def plan(client: TestClient, here: list[str]) -> dict[str, Any]:
    """A plan for three targets, waiting for approval."""
    view: dict[str, Any] = client.post("/api/plans", json={"text": SENTENCE}).json()["plan"]
    return view


def approve(client: TestClient, plan: dict[str, Any]) -> str:
    """The id of the approval."""
    answer = client.post(f"/api/plans/{plan['id']}/approve", json={"digest": plan["digest"]})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def run(client: TestClient, plan: dict[str, Any], key: str | None = None) -> Any:
    headers = {"idempotency-key": key} if key else {}
    return client.post(f"/api/plans/{plan['id']}/run", headers=headers)


def jobs(client: TestClient) -> list[str]:
    return [job["id"] for job in client.get("/api/jobs").json()["items"]]


def test_approving_twice_is_for_one_job(client: TestClient, plan: dict[str, Any]) -> None:
    assert approve(client, plan) == approve(client, plan)
    first = run(client, plan)
    refused = run(client, plan)
    assert (refused.status_code, refused.json()["code"]) == (409, "not-approved")
    assert jobs(client) == [first.json()["id"]]


def test_an_expired_approval_adds_no_job(client: TestClient, services: Container, plan: dict[str, Any]) -> None:
    lifetime = services.approving.lifetime
    services.approving.lifetime = timedelta(seconds=-1)
    expired = approve(client, plan)
    assert "has expired" in run(client, plan).json()["detail"]
    services.approving.lifetime = lifetime
    assert approve(client, plan) != expired
    assert run(client, plan).status_code == 202
    assert run(client, plan).status_code == 409


def test_a_plan_is_run_again_as_the_console_does(client: TestClient, plan: dict[str, Any]) -> None:
    started = []
    for key in ("first", "second"):
        approve(client, plan)
        answer = run(client, plan, key)
        assert answer.status_code == 202, answer.text
        started.append(answer.json()["id"])
    assert jobs(client) == started[::-1]
    assert len(set(started)) == 2


def test_the_same_request_at_the_same_time_starts_one_job(
    client: TestClient, services: Container, plan: dict[str, Any]
) -> None:
    approve(client, plan)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: services.launching.launch(plan["id"], "test", "one key").id, range(4)))
    assert found == jobs(client) * 4


@pytest.mark.parametrize("how", ["reject", "edit"])
def test_a_decision_between_the_look_and_the_job_counts(
    client: TestClient, services: Container, plan: dict[str, Any], monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    approve(client, plan)
    look: Callable[[str], PlanRecord] = services.approving.require_valid

    def slow_look(plan_id: str) -> PlanRecord:
        record = look(plan_id)
        if how == "reject":
            assert client.post(f"/api/plans/{plan_id}/reject", json={"comment": "stop"}).status_code == 200
        else:
            edited = {**plan, "options": {**plan["options"], "canary": 1}}
            assert client.put(f"/api/plans/{plan_id}", json=edited).status_code == 201
        return record

    monkeypatch.setattr(services.approving, "require_valid", slow_look)
    refused = run(client, plan)
    assert (refused.status_code, refused.json()["code"]) == (409, "not-approved")
    assert ("was rejected by" if how == "reject" else "is superseded") in refused.json()["detail"]
    assert jobs(client) == []


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("address", "target here-2 has changed"),
        ("group", "target here-3 is gone"),
        ("reject", "was rejected by"),
        ("lifetime", "expired at "),
    ],
)
def test_a_queued_job_does_not_start_once_its_approval_is_void(
    client: TestClient, services: Container, plan: dict[str, Any], how: str, reason: str
) -> None:
    approve(client, plan)
    job_id = run(client, plan).json()["id"]
    if how == "address":
        services.assets.edit("here-2", AssetEdit(address="127.0.0.2"), "test")
    elif how == "group":
        services.assets.edit("here-3", AssetEdit(groups=()), "test")
    elif how == "reject":
        client.post(f"/api/plans/{plan['id']}/reject", json={"comment": "stop"})
    later = services.approving.lifetime + timedelta(seconds=1) if how == "lifetime" else timedelta()
    with time_machine.travel(utc_now() + later):
        if how == "lifetime":
            approve(client, plan)  # for another job: it does not prolong the approval of this one
        services.dispatcher.tick()
    ended = services.jobs.get(job_id)
    assert ended.status is JobStatus.FAILED
    assert (ended.reason or "").startswith("not started: ")
    assert reason in (ended.reason or "")
    progress = client.get(f"/api/jobs/{job_id}/progress").json()
    assert progress["cells"] == [["not_run", "not_run", "not_run"]]
