# SPDX-License-Identifier: Apache-2.0
"""What only reads and tells a state runs without an approval; all else about a plan stays as strict as it was."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.plans import PlanRecord
from opsconductor.domain.specs import AssetEdit
from opsconductor.domain.templates import Catalogue, Returns
from opsconductor.wiring import Container

READING = "ping all servers in 'Here'"


def propose(client: TestClient, text: str = READING) -> dict[str, Any]:
    answer = client.post("/api/plans", json={"text": text})
    assert answer.status_code == 201, answer.text
    plan: dict[str, Any] = answer.json()["plan"]
    return plan


def run(client: TestClient, plan: dict[str, Any], key: str | None = None) -> Any:
    return client.post(f"/api/plans/{plan['id']}/run", headers={"idempotency-key": key} if key else {})


def refused(answer: Any, why: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (409, "not-approved"), answer.text
    assert why in answer.json()["detail"]


def with_template(services: Container, **changes: Any) -> None:
    """The template of the ping as if its folder had been changed; the services hold one catalogue."""
    old = services.catalogue.get("host.ping")
    assert old is not None
    changed = old.model_copy(update={"sha256": "f" * 64, **changes})
    catalogue = Catalogue(templates={**services.catalogue.templates, "host.ping": changed})
    services.planning.catalogue = catalogue


def test_a_plan_that_only_reads_runs_at_once_and_as_often_as_one_likes(
    client: TestClient, services: Container, here: list[str]
) -> None:
    plan = propose(client)
    assert plan["needs_approval"] is False
    first, second = run(client, plan, "a"), run(client, plan, "b")
    assert (first.status_code, second.status_code) == (202, 202), first.text
    assert run(client, plan, "a").json()["id"] == first.json()["id"] != second.json()["id"]
    [queued, _] = services.audit.list(action="job.queued").items
    assert queued.details["approval"] is None
    assert queued.details["no_approval_needed"] == "every step only reads, and tells a state and no content"


def test_the_alias_executes_it_as_well(client: TestClient, here: list[str]) -> None:
    created = client.post("/api/ai/create-job", json={"description": READING}).json()
    assert created["can_execute"] is True
    executed = client.post("/api/jobs/execute", json={"workflow_id": created["workflow"]["id"]})
    assert executed.status_code == 202, executed.text


def test_it_starts_with_green_checks_only(client: TestClient, services: Container, here: list[str]) -> None:
    plan = propose(client)
    record = services.planning.with_verdict(plan["id"])
    red = record.lint.model_copy(update={"status": "red", "findings": ("a finding",)})
    waited: list[str] = []

    def verdict(plan_id: str, progress: object = None) -> PlanRecord:
        waited.append(plan_id)
        return record.model_copy(update={"lint": red})

    services.planning.with_verdict = verdict  # type: ignore[method-assign]
    refused(run(client, plan), "has not passed its checks")
    assert waited == [plan["id"]]


def test_an_edit_that_adds_a_change_needs_approval_again(client: TestClient, here: list[str]) -> None:
    plan = propose(client)
    step = {"intent": "command.run", "params": {"command": ["true"]}}
    edited = client.put(f"/api/plans/{plan['id']}", json={**plan, "steps": [*plan["steps"], step]}).json()["plan"]
    assert edited["needs_approval"] is True
    refused(run(client, edited), "is not approved")
    refused(run(client, plan), "is superseded")
    said = client.put(f"/api/plans/{edited['id']}", json={**edited, "needs_approval": False}).json()["plan"]
    assert said["needs_approval"] is True, "a plan does not say of itself that it needs no approval"
    refused(run(client, said), "is not approved")


def test_content_of_files_needs_approval(client: TestClient, services: Container, here: list[str]) -> None:
    with_template(services, returns=Returns.CONTENT, sha256=services.catalogue.templates["host.ping"].sha256)
    services.planner.catalogue = services.planning.catalogue
    plan = propose(client)
    assert plan["needs_approval"] is True
    refused(run(client, plan), "is not approved")


def test_a_template_that_changes_things_by_now_is_a_difference(
    client: TestClient, services: Container, here: list[str]
) -> None:
    plan = propose(client)
    with_template(services, read_only=False)
    refused(run(client, plan), "template host.ping has changed")


def test_a_job_that_waits_does_not_start_when_its_template_changes_things_by_now(
    client: TestClient, services: Container, here: list[str]
) -> None:
    job_id = run(client, propose(client)).json()["id"]
    with_template(services, read_only=False)
    services.dispatcher.tick()
    ended = services.jobs.get(job_id)
    assert ended.status is JobStatus.FAILED
    assert "template host.ping has changed" in (ended.reason or "")


@pytest.mark.parametrize("how", ["address", "group", "reject"])
def test_a_difference_or_a_rejection_counts(client: TestClient, services: Container, here: list[str], how: str) -> None:
    plan = propose(client)
    if how == "address":
        services.assets.edit("here-2", AssetEdit(address="127.0.0.2"), "test")
    elif how == "group":
        services.assets.edit("here-3", AssetEdit(groups=()), "test")
    else:
        client.post(f"/api/plans/{plan['id']}/reject", json={"comment": "not today"})
    why = {"address": "target here-2 has changed", "group": "target here-3 is gone", "reject": "was rejected by"}
    refused(run(client, plan), why[how])
    assert client.get("/api/jobs").json()["items"] == []


def test_what_says_when_it_runs_is_started_by_its_schedule_only(client: TestClient, here: list[str]) -> None:
    plan = propose(client, "ping all servers in 'Here' tonight at 23:59")
    assert plan["obstacles"] == []
    refused = run(client, plan)
    assert (refused.status_code, refused.json()["code"]) == (409, "runs-by-schedule")


def test_the_templates_of_now_decide(client: TestClient, services: Container, here: list[str]) -> None:
    plan = propose(client)
    with_template(services, returns=Returns.CONTENT, sha256=services.catalogue.templates["host.ping"].sha256)
    refused(run(client, plan), "is not approved")
