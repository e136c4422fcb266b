# SPDX-License-Identifier: Apache-2.0
"""From a sentence to a finished job over HTTP and WebSocket, on this machine itself: real checks, real Ansible."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from opsconductor.domain.jobs import ENDED, JobStatus
from opsconductor.wiring import Container
from tests.fixtures.job_world import wait_for
from tests.integration.api.conftest import HOST

SENTENCE = "ping all servers in 'Here'"
CHANGING = "run 'true' on all servers in 'Here'"


def propose(client: TestClient, text: str = SENTENCE) -> dict[str, Any]:
    answer = client.post("/api/plans", json={"text": text})
    assert answer.status_code == 201, answer.text
    view: dict[str, Any] = answer.json()
    return view


def test_a_plan_shows_targets_steps_and_playbook_and_runs_nothing(client: TestClient, here: list[str]) -> None:
    view = propose(client)
    plan = view["plan"]
    assert view["status"] == "proposed"
    assert [t["name"] for t in plan["targets"]["resolved"]] == here
    assert [s["intent"] for s in plan["steps"]] == ["host.ping"]
    assert view["digest"] == plan["digest"]
    playbook = client.get(f"/api/plans/{plan['id']}/playbook")
    assert playbook.headers["content-type"] == "text/yaml; charset=utf-8"
    assert "opsc_linux" in playbook.text
    assert client.get(f"/api/plans/{plan['id'][:13]}").json()["plan"]["id"] == plan["id"]
    assert [p["id"] for p in client.get("/api/plans").json()["items"]] == [plan["id"]]
    assert client.get("/api/jobs").json() == {"items": [], "next": None}


def test_pages_of_plans_go_from_the_newest_to_the_oldest(client: TestClient, here: list[str]) -> None:
    made = [propose(client)["plan"]["id"] for _ in range(3)]
    first = client.get("/api/plans", params={"limit": 2}).json()
    rest = client.get("/api/plans", params={"limit": 2, "after": first["next"]}).json()
    assert [p["id"] for p in first["items"] + rest["items"]] == made[::-1]
    assert rest["next"] is None


def test_the_end_of_an_id_names_a_plan_and_its_beginning_may_name_several(client: TestClient, here: list[str]) -> None:
    first, second = (client.post("/api/plans", json={"text": "ping all servers"}).json()["plan"] for _ in range(2))
    assert client.get(f"/api/plans/{first['id'][-8:]}").json()["plan"]["id"] == first["id"]
    shared = next(n for n in range(32) if first["id"][n] != second["id"][n])
    ambiguous = client.get(f"/api/plans/{first['id'][: max(8, shared)]}")
    assert ambiguous.status_code == 409
    assert ambiguous.json()["code"] == "ambiguous-id"
    assert first["id"] in ambiguous.json()["detail"]
    assert client.get(f"/api/plans/{first['id'][-7:]}").status_code == 404


def test_questions_are_answered_by_a_new_plan(client: TestClient, here: list[str]) -> None:
    asked = propose(client, "copy app.conf to all servers in 'Here'")
    assert asked["status"] == "draft"
    questions = {q["id"]: q for q in asked["plan"]["questions"]}
    client.post("/api/files", files={"file": ("app.conf", b"a=1")})
    answers = {name: "app.conf" if name.endswith(".src") else "/etc/app.conf" for name in questions}
    answered = client.post(f"/api/plans/{asked['plan']['id']}/answers", json={"answers": answers})
    assert answered.status_code == 201, answered.text
    assert answered.json()["status"] == "proposed"
    assert answered.json()["parent_id"] == asked["plan"]["id"]
    assert client.get(f"/api/plans/{asked['plan']['id']}").json()["status"] == "superseded"


def test_an_edited_plan_is_validated_again(client: TestClient, here: list[str]) -> None:
    plan = propose(client)["plan"]
    edited = client.put(f"/api/plans/{plan['id']}", json={**plan, "options": {**plan["options"], "canary": 1}})
    assert edited.status_code == 201, edited.text
    assert edited.json()["plan"]["options"]["canary"] == 1
    assert edited.json()["digest"] != plan["digest"]
    wrong = client.put(f"/api/plans/{edited.json()['plan']['id']}", json={**plan, "surprise": True})
    assert wrong.status_code == 422


@pytest.mark.parametrize("alias", [False, True], ids=["run", "execute"])
def test_nothing_runs_without_an_approval(client: TestClient, here: list[str], alias: bool) -> None:
    plan_id = propose(client, CHANGING)["plan"]["id"]
    if alias:
        answer = client.post("/api/jobs/execute", json={"workflow_id": plan_id})
    else:
        answer = client.post(f"/api/plans/{plan_id}/run")
    assert answer.status_code == 409
    assert answer.json()["code"] == "not-approved"
    assert client.get("/api/jobs").json()["items"] == []


def test_a_rejected_plan_or_another_digest_is_not_approved(client: TestClient, here: list[str]) -> None:
    view = propose(client)
    plan_id = view["plan"]["id"]
    assert client.post(f"/api/plans/{plan_id}/approve", json={"digest": "0" * 64}).status_code == 409
    assert client.post(f"/api/plans/{plan_id}/reject", json={"comment": ""}).status_code == 422
    rejected = client.post(f"/api/plans/{plan_id}/reject", json={"comment": "not today"})
    assert rejected.json()["decision"] == "rejected"
    assert client.post(f"/api/plans/{plan_id}/run").status_code == 409


def test_a_job_is_approved_started_once_and_watched_to_its_end(services: Container, here: list[str]) -> None:
    with services.local_queue(), TestClient(create_app(services), base_url=f"http://{HOST}") as client:
        view = propose(client)
        plan_id = view["plan"]["id"]
        approved = client.post(f"/api/plans/{plan_id}/approve", json={"digest": view["digest"]})
        assert approved.status_code == 200, approved.text
        key = {"idempotency-key": "the-same-button"}
        job = client.post(f"/api/plans/{plan_id}/run", headers=key).json()
        assert client.post(f"/api/plans/{plan_id}/run", headers=key).json()["id"] == job["id"]

        messages = watched(client, f"/api/jobs/{job['id']}/progress")
        assert [m["type"] for m in messages if m["type"] != "delta"] == ["snapshot", "end"]
        assert messages[-1]["status"] == "succeeded"
        seqs = [m["seq"] for m in messages if "seq" in m]
        assert seqs == sorted(seqs)
        told(messages, here)

        progress = client.get(f"/api/jobs/{job['id']}/progress").json()
        assert progress["cells"] == [["ok", "ok", "ok"]]
        late = watched(client, f"/api/jobs/{job['id']}/progress")
        assert late[0]["progress"] == progress
        resumed = watched(client, f"/api/jobs/{job['id']}/progress?after={progress['seq']}")
        assert resumed[0]["type"] == "delta"
        assert resumed[0]["cells"] == []

        cell = client.get(f"/api/jobs/{job['id']}/results/1/here-2").json()
        assert cell["result"]["status"] == "ok"
        assert {event["target"] for event in cell["events"]} == {"here-2"}
        assert cell["next"] is None
        check_cell_pages(client, f"/api/jobs/{job['id']}/results/1/here-2", cell["events"])
        assert client.get(f"/api/jobs/{job['id']}/results/2/here-2").status_code == 404
        check_pages(client, job["id"], progress["seq"])
        assert client.post(f"/api/jobs/{job['id']}/cancel").status_code == 409


def test_the_dashboards_dialect_from_sentence_to_end(services: Container, here: list[str]) -> None:
    with services.local_queue(), TestClient(create_app(services), base_url=f"http://{HOST}") as client:
        created = client.post("/api/ai/create-job", json={"description": SENTENCE}).json()
        assert created["target_count"] == 3
        assert created["can_execute"]
        assert created["explanation"].endswith("Would you like me to proceed?")
        (step,) = created["workflow"]["steps"]
        assert set(step) == {"id", "name", "library", "function", "inputs"}
        plan_id = created["workflow"]["id"]
        client.post(f"/api/plans/{plan_id}/approve", json={"digest": created["digest"]})
        job = client.post("/api/jobs/execute", json={"workflow_id": plan_id})
        assert job.status_code == 202
        messages = watched(client, f"/jobs/{job.json()['id']}/progress")
    assert messages[-1] == {"type": "end", "status": "succeeded"}, [m["logs"] for m in messages if "logs" in m][-1]
    states = [m for m in messages if m["type"] == "status"]
    assert {m["status"] for m in states} <= {"queued", "running", "completed"}
    assert states[-1]["status"] == "completed"
    assert states[-1]["targetProgress"] == {"completed": 3, "failed": 0, "total": 3, "currentTarget": None}
    assert {"id", "timestamp", "target", "level", "message"} <= set(states[-1]["logs"][-1])
    ended = [m["target"] for m in messages if m["type"] == "target_completed"]
    assert sorted(ended) == here
    started = [m for m in messages if m["type"] == "step_started"]
    assert [m["target_count"] for m in started] == [3]
    assert sorted(m["current_target"] for m in messages if m["type"] == "target_started") == here


def test_watching_what_is_not_there_is_told(client: TestClient) -> None:
    with client.websocket_connect(f"ws://{HOST}/api/jobs/00000000/progress") as socket:
        assert socket.receive_json()["problem"]["code"] == "not-found"
        assert socket.receive()["code"] == 4404


def test_targets_of_a_group_come_with_services_and_credentials_but_no_secret(
    client: TestClient, here: list[str]
) -> None:
    client.post("/api/credentials", json={"name": "admin", "kind": "password", "user": "a", "value": "s3cret-s3cret"})
    client.post("/api/groups", json={"name": "Windows", "parents": ["Here"], "credential": "admin"})
    asset = {"name": "w1", "platform": "windows", "address": "10.0.0.9", "groups": ["Windows"]}
    client.post("/api/assets", json=asset)
    answer = client.get("/target-groups", params={"name": "Here"})
    assert "s3cret" not in answer.text
    targets = {t["hostname"]: t for t in answer.json()}
    assert list(targets) == [*here, "w1"]
    assert targets["w1"]["os_type"] == "windows"
    assert targets["w1"]["credential"] == {"name": "admin", "type": "password", "username": "a"}
    assert targets["w1"]["services"][0]["type"] == "winrm"


def watched(client: TestClient, path: str) -> list[dict[str, Any]]:
    """Every message up to the end."""
    messages: list[dict[str, Any]] = []
    with client.websocket_connect(f"ws://{HOST}{path}", headers={"origin": f"http://{HOST}"}) as socket:
        socket.send_json({"subscribe": ["log"], "after": 0})
        while not messages or messages[-1]["type"] not in ("end", "problem"):
            messages.append(socket.receive_json())
    return messages


def told(messages: list[dict[str, Any]], targets: list[str]) -> None:
    """The deltas alone lead to the end that the snapshot promised, and each log line comes once."""
    cells = messages[0]["progress"]["cells"]
    for message in messages[1:]:
        for step, column, status in message.get("cells", []):
            cells[step - 1][column] = status
    assert cells == [["ok"] * len(targets)]
    lines = [line["id"] for message in messages for line in message.get("log", [])]
    assert lines == sorted(set(lines))
    assert lines


def check_cell_pages(client: TestClient, address: str, events: list[dict[str, Any]]) -> None:
    """One event at a time reads all of a cell's events, and the last page says that it is the last."""
    read: list[dict[str, Any]] = []
    after: str | None = "0"
    while after is not None:
        cell = client.get(address, params={"after": after, "limit": 1}).json()
        assert len(cell["events"]) <= 1
        read += cell["events"]
        after = cell["next"]
    assert read == events


def check_pages(client: TestClient, job_id: str, last: int) -> None:
    """Events and log are read page by page."""
    seen: list[int] = []
    after: str | None = "0"
    while after is not None:
        found = client.get(f"/api/jobs/{job_id}/events", params={"after": after, "limit": 5}).json()
        seen += [event["seq"] for event in found["items"]]
        after = found["next"]
    assert seen == list(range(1, last + 1))
    lines = client.get(f"/api/jobs/{job_id}/log", params={"target": "here-1"}).json()["items"]
    assert {line["target"] for line in lines} == {"here-1"}


def test_a_job_is_cancelled_before_it_starts(client: TestClient, services: Container, here: list[str]) -> None:
    view = propose(client)
    client.post(f"/api/plans/{view['plan']['id']}/approve", json={"digest": view["digest"]})
    job = client.post(f"/api/plans/{view['plan']['id']}/run").json()
    assert client.post(f"/api/jobs/{job['id']}/pause").json()["status"] == "paused"
    assert client.post(f"/api/jobs/{job['id']}/resume").json()["status"] == "queued"
    assert client.post(f"/api/jobs/{job['id']}/cancel").status_code == 202
    with services.local_queue():
        ended = wait_for(lambda: services.jobs.get(job["id"]), lambda found: found.status in ENDED)
    assert ended.status is JobStatus.CANCELLED
    assert client.get(f"/api/jobs/{job['id']}/progress").json()["totals"]["cancelled"] == 3
