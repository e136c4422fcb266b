# SPDX-License-Identifier: Apache-2.0
"""Schedules, calendars and what follows a job, as a program asks for them: whole ways through, and refusals."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from opsconductor.db.repositories.plans import PlanRepository
from opsconductor.domain.lint import LintStatus, LintVerdict
from opsconductor.domain.runbooks import RunbookDocument
from opsconductor.wiring import Container

CHANGE = "run 'touch /tmp/x' on here-1 every Monday at 3am"
BERLIN = {"cron": "30 2 * * 1", "zone": "Europe/Berlin"}


@pytest.fixture
def plan(client: TestClient, services: Container, here: list[str]) -> dict[str, Any]:
    """A plan with a time, not yet approved."""
    return proposed(client, services, CHANGE)


def proposed(client: TestClient, services: Container, text: str) -> dict[str, Any]:
    view: dict[str, Any] = client.post("/api/plans", json={"text": text}).json()
    passed(services, view["plan"]["id"])
    return view


def passed(services: Container, plan_id: str) -> None:
    """The checks of the plan's playbook have passed: they are tried elsewhere, and take seconds."""
    with services.database.session() as session:
        PlanRepository(session).set_lint(plan_id, LintVerdict(status=LintStatus.GREEN))


def approve(client: TestClient, plan: dict[str, Any], **more: Any) -> None:
    body = {"digest": plan["digest"], **more}
    answer = client.post(f"/api/plans/{plan['plan']['id']}/approve", json=body)
    assert answer.status_code == 200, answer.text


def schedule(client: TestClient, plan: dict[str, Any], **more: Any) -> Any:
    return client.post("/api/schedules", json={"plan_id": plan["plan"]["id"], **more})


def refusal(answer: Any, status: int, code: str, words: str) -> None:
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), answer.text
    assert words in problem["detail"]
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_plan_with_a_time_is_put_in_force_once_it_is_approved(client: TestClient, plan: dict[str, Any]) -> None:
    refusal(schedule(client, plan), 409, "not-approved", "is not approved")
    assert client.get("/api/schedules").json() == []
    approve(client, plan)
    made = schedule(client, plan)
    assert made.status_code == 201, made.text
    view = made.json()
    assert (view["state"], view["waiting"], view["schedule"]["plan_id"]) == ("active", None, plan["plan"]["id"])
    assert schedule(client, plan).json()["schedule"]["id"] == view["schedule"]["id"]
    [listed] = client.get("/api/schedules").json()
    assert listed["schedule"]["name"] == view["schedule"]["name"]
    refusal(schedule(client, plan, name="Another"), 409, "conflict", "runs plan")
    refusal(client.post(f"/api/plans/{plan['plan']['id']}/run"), 409, "runs-by-schedule", "says when it runs")


def test_a_schedule_is_made_held_gone_on_with_and_taken_away(
    client: TestClient, services: Container, plan: dict[str, Any]
) -> None:
    client.put("/api/calendars/Holidays", json={"days": ["12-25", "2030-04-19..2030-04-22"]})
    policy = {"calendars": ["Holidays"], "catch_up": "skip", "window": 60, "overlap": "queue", "priority": "low"}
    made = schedule(client, plan, name="Nightly / here", timing=BERLIN, policy=policy)
    assert made.status_code == 201, made.text
    found = client.get("/api/schedules/Nightly / here", params={"times": 3}).json()
    assert found["schedule"]["timing"] == {"cron": "30 2 * * 1", "at": None, "zone": "Europe/Berlin"}
    assert {key: found["schedule"][key] for key in policy} == policy
    assert found["schedule"]["plan_id"] != plan["plan"]["id"]  # another time is another plan
    assert (found["state"], len(found["next_runs"])) == ("waiting", 3)
    assert {at[11:16] for at in found["next_runs"]} <= {"00:30", "01:30"}
    path = "/api/schedules/Nightly / here"
    refusal(client.post(f"{path}/run-now"), 409, "not-approved", "is not approved")
    own = client.get(f"/api/plans/{found['schedule']['plan_id']}").json()
    passed(services, own["plan"]["id"])
    approve(client, own)
    assert client.get(path).json()["approved_until"] is not None

    paused = client.post(f"{path}/pause").json()
    assert (paused["state"], paused["next_runs"]) == ("paused", [])
    assert client.post(f"{path}/resume").json()["state"] == "active"
    refusal(client.post(f"{path}/resume"), 409, "conflict", "is not paused")
    assert client.post(f"{path}/check").json()["schedule"]["asks"] == []

    deleted = client.delete(path)
    assert (deleted.status_code, deleted.json()["schedule"]["name"]) == (200, "Nightly / here")
    refusal(client.get(path), 404, "not-found", "Nightly / here")
    refusal(client.delete(path), 404, "not-found", "Nightly / here")


def test_out_of_turn_the_same_request_starts_one_job(
    client: TestClient, services: Container, plan: dict[str, Any]
) -> None:
    approve(client, plan)
    name = schedule(client, plan).json()["schedule"]["name"]
    path = f"/api/schedules/{name}"
    key = {"idempotency-key": "k1"}
    first = client.post(f"{path}/run-now", headers=key)
    assert first.status_code == 202, first.text
    assert client.post(f"{path}/run-now", headers=key).json()["id"] == first.json()["id"]
    second = client.post(f"{path}/run-now", headers={"idempotency-key": "k2"}).json()
    jobs = [second["id"], first.json()["id"]]
    page = client.get(f"{path}/runs", params={"limit": 1}).json()
    rest = client.get(f"{path}/runs", params={"after": page["next"]}).json()
    assert [(run["job_id"], run["status"], run["reason"]) for run in page["items"] + rest["items"]] == [
        (job, "started", "asked for out of turn") for job in jobs
    ]
    chain = client.get(f"/api/jobs/{second['id']}/chain").json()
    assert chain == {"schedule": name, "after_job_id": None, "steps": []}
    assert services.jobs.get(second["id"]).schedule_id is not None
    assert client.get(path).json()["last_job"] == "queued"


REFUSED: list[tuple[dict[str, Any], int, str, str]] = [
    ({"timing": {"cron": "0 25 * * *"}}, 422, "invalid-timing", "0 25 * * *"),
    ({"timing": {"cron": "0 3 30 2 *"}}, 422, "invalid-timing", "Bad day-of-month"),
    ({"timing": {"cron": "0 3 * * 1", "zone": "Europe/Berlyn"}}, 422, "invalid-timing", "no time zone"),
    ({"timing": {"at": "2020-01-01T03:00"}}, 409, "conflict", "has passed"),
    ({"timing": {"at": "tomorrow"}}, 422, "invalid-timing", "no date"),
    ({"timing": {"cron": "0 3 * * 1", "at": "2030-01-01T03:00"}}, 422, "invalid-timing", "a cron line or a moment"),
    ({"timing": {"when": "0 3 * * 1"}}, 422, "invalid-timing", "says nothing about time"),
    ({"policy": {"calendars": ["Holydays"]}}, 404, "not-found", "Holydays"),
    ({"policy": {"window": -1}}, 422, "invalid-input", "window"),
    ({"policy": {"overlap": "both"}}, 422, "invalid-input", "overlap"),
    ({"name": "two\nlines"}, 422, "invalid-name", "control or invisible"),
    ({"name": " "}, 422, "invalid-name", "blank"),
    ({"name": "x" * 201}, 422, "invalid-input", "name"),
    ({"plan_id": "0123456789ab"}, 404, "not-found", "There is no plan"),
]


def test_what_cannot_be_scheduled_is_refused_and_nothing_is_made(client: TestClient, plan: dict[str, Any]) -> None:
    client.put("/api/calendars/Holidays", json={"days": ["12-25"]})
    for body, status, code, words in REFUSED:
        refusal(schedule(client, plan, **body), status, code, words)
    assert client.get("/api/schedules").json() == []


def test_a_plan_without_a_time_and_a_name_that_is_taken_are_refused(
    client: TestClient, services: Container, plan: dict[str, Any]
) -> None:
    other = proposed(client, services, "run 'touch /tmp/y' on here-2")
    refusal(schedule(client, other, name="Nightly"), 422, "invalid-input", "does not say when")
    assert schedule(client, plan, name="Nightly").status_code == 201
    refusal(schedule(client, other, name="Nightly", timing=BERLIN), 409, "conflict", "'Nightly' already")
    near = client.get("/api/schedules/Nightyl").json()
    assert "Nightly" in str(near)
    for way in ("pause", "resume", "check", "run-now"):
        assert client.post(f"/api/schedules/Nightyl/{way}").status_code == 404
    assert client.get("/api/schedules/Nightyl/runs").status_code == 404


def test_a_changed_plan_takes_its_place_and_of_the_policy_what_is_sent_changes(
    client: TestClient, services: Container, plan: dict[str, Any]
) -> None:
    client.put("/api/calendars/Holidays", json={"days": ["12-25"]})
    first = schedule(client, plan, name="Nightly", policy={"calendars": ["Holidays"], "window": 60}).json()
    other = {**plan["plan"], "options": {**plan["plan"]["options"], "schedule": BERLIN}}
    edited = client.put(f"/api/plans/{plan['plan']['id']}", json=other)
    assert edited.status_code == 201, edited.text
    changed = schedule(client, edited.json(), policy={"window": 120, "overlap": "queue"})
    assert changed.status_code == 201, changed.text
    kept = changed.json()["schedule"]
    assert (kept["id"], kept["name"], kept["timing"]["zone"]) == (first["schedule"]["id"], "Nightly", "Europe/Berlin")
    assert (kept["window"], kept["overlap"], kept["calendars"]) == (120, "queue", ["Holidays"])
    assert len(client.get("/api/schedules").json()) == 1


def test_calendars_are_made_changed_and_not_taken_from_who_goes_by_them(
    client: TestClient, plan: dict[str, Any]
) -> None:
    path = "/api/calendars/Bank / holidays"
    made = client.put(path, json={"days": ["12-25", "saturday"], "description": "when banks are closed"})
    assert made.status_code == 200, made.text
    changed = client.put(path, json={"days": ["12-26"]}).json()
    assert (changed["days"], changed["description"]) == (["12-26"], "when banks are closed")
    assert [c["name"] for c in client.get("/api/calendars").json()] == ["Bank / holidays"]
    assert schedule(client, plan, name="Nightly", policy={"calendars": ["Bank / holidays"]}).status_code == 201
    refusal(client.delete(path), 409, "conflict", "is used by Nightly")
    assert client.delete("/api/schedules/Nightly").status_code == 200
    assert client.delete(path).json()["name"] == "Bank / holidays"
    refusal(client.delete(path), 404, "not-found", "Bank / holidays")


def test_days_that_are_none_are_refused(client: TestClient) -> None:
    refused: list[list[Any]] = [[], ["13-45"], ["2030-02-30"], ["someday"], ["2030-12-31..2030-01-01"], [7]]
    for days in refused:
        answer = client.put("/api/calendars/Holidays", json={"days": days})
        assert answer.status_code == 422, answer.text
    assert client.get("/api/calendars").json() == []


def test_a_job_tells_what_follows_it(client: TestClient, services: Container, here: list[str]) -> None:
    step = {"intent": "command.run", "params": {"command": "true"}}
    chained = {"name": "Check", "plan": {"targets": ["here-1"], "steps": [step]}}
    services.runbooks.save(RunbookDocument.model_validate(chained), "test")
    then = [{"runbook": "Check", "on": "failure", "approval": True}]
    services.runbooks.save(RunbookDocument.model_validate({**chained, "name": "Deploy", "then": then}), "test")
    plan = client.post("/api/runbooks/Deploy/plans", json={"params": {}}).json()
    passed(services, plan["plan"]["id"])
    approve(client, plan, standing=True)
    job = client.post(f"/api/plans/{plan['plan']['id']}/run").json()
    told = client.get(f"/api/jobs/{job['id']}/chain").json()
    assert (told["schedule"], told["after_job_id"]) == (None, None)
    [following] = told["steps"]
    assert (following["status"], following["link"]["runbook"], following["link"]["on"]) == (
        "pending", "Check", "failure",
    )  # fmt: skip
    again = client.post(f"/api/plans/{plan['plan']['id']}/run", headers={"idempotency-key": "once-more"})
    refusal(again, 409, "not-approved", "is for jobs that start by themselves")
    assert client.get("/api/jobs/0123456789abcdef/chain").status_code == 404
