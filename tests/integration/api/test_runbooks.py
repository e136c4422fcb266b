# SPDX-License-Identifier: Apache-2.0
"""Runbooks: saved from a plan, used with other values, changed, shared, removed; never an approval."""

import io
from typing import Any

import pytest
from fastapi.testclient import TestClient

from opsconductor.wiring import Container

NAME = "Roll out agent"


@pytest.fixture
def saved(client: TestClient, services: Container, here: list[str]) -> dict[str, Any]:
    """A runbook made of the plan of a sentence; its file is a parameter, and so are its targets and its batch."""
    for name in ("agent.conf", "agent-2.conf"):
        services.files.add(io.BytesIO(name.encode()), "test", name=name)
    text = "copy agent.conf to /etc/agent.conf on here-1, one at a time"
    plan = client.post("/api/plans", json={"text": text}).json()
    assert [s["origin"] for s in plan["plan"]["steps"]] == ["policy", "user"]
    body = {
        "name": NAME,
        "description": "The agent's settings",
        "parameters": {"file": "step2.src", "where": "targets", "batch": "options.batch"},
        "required": ["file"],
    }
    made = client.post(f"/api/plans/{plan['plan']['id']}/runbook", json=body)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


def use(client: TestClient, **params: Any) -> Any:
    return client.post(f"/api/runbooks/{NAME}/plans", json={"params": params})


def test_a_plan_becomes_a_runbook_with_typed_parameters(client: TestClient, saved: dict[str, Any]) -> None:
    view = client.get(f"/api/runbooks/{NAME}").json()

    inputs = {i["name"]: i for i in view["inputs"]}
    assert (inputs["file"]["type"], inputs["file"]["required"], inputs["file"]["default"]) == ("file", True, None)
    assert (inputs["where"]["type"], inputs["where"]["default"]) == ("targets", {"hosts": ["here-1"]})
    assert (inputs["batch"]["type"], inputs["batch"]["default"]) == ("option", 1)
    # Policy's own step is no part of what is saved, and neither is the value of a parameter.
    [step] = view["runbook"]["document"]["plan"]["steps"]
    assert step["params"] == {"dest": "/etc/agent.conf"}
    assert [r["document"]["name"] for r in client.get("/api/runbooks").json()["items"]] == [NAME]


def test_a_use_is_a_new_plan_that_needs_its_own_approval(
    client: TestClient, services: Container, saved: dict[str, Any]
) -> None:
    first = use(client, file="agent-2.conf", where="here-2, here-3").json()

    assert first["status"] == "proposed"
    assert first["plan"]["runbook"] == {"name": NAME, "version": 1, "params": ["file", "where"]}
    assert [t["name"] for t in first["plan"]["targets"]["resolved"]] == ["here-2", "here-3"]
    assert [(s["intent"], s["params"].get("src")) for s in first["plan"]["steps"]] == [
        ("file.backup", None), ("file.copy", "agent-2.conf"),
    ]  # fmt: skip
    assert first["plan"]["options"]["batch"] == 1
    approved = client.post(f"/api/plans/{first['plan']['id']}/approve", json={"digest": first["digest"]})
    assert approved.status_code == 200
    again = use(client, file="agent-2.conf", where="here-2, here-3").json()
    assert again["digest"] == first["digest"]
    assert again["status"] == "proposed"
    assert client.post(f"/api/plans/{again['plan']['id']}/run").status_code == 409
    [entry] = services.audit.list(subject=f"plan:{again['plan']['id']}").items
    assert entry.details["runbook"]["name"] == NAME


@pytest.mark.parametrize(
    ("params", "fields"),
    [
        ({}, ["file"]),
        ({"fiel": "agent.conf"}, ["fiel", "file"]),
        ({"file": "agent.conf", "batch": "lots"}, ["batch"]),
        ({"file": "agent.conf", "where": "Heer"}, ["where"]),
        ({"file": "a/b", "where": ["Heer"]}, ["file", "where"]),
        ({"file": "$(id)"}, ["file"]),
    ],
)
def test_wrong_values_are_named_by_their_parameters(
    client: TestClient, saved: dict[str, Any], params: dict[str, Any], fields: list[str]
) -> None:
    answer = use(client, **params)

    assert answer.status_code == 422
    assert sorted(f["field"] for f in answer.json()["context"]["faults"]) == fields


def test_a_file_that_is_not_there_is_asked_for(client: TestClient, saved: dict[str, Any]) -> None:
    view = use(client, file="agent-3.conf").json()

    assert view["status"] == "draft"
    assert "agent-2.conf" in view["plan"]["questions"][0]["text"]


def test_a_version_that_no_database_holds_is_refused(client: TestClient, saved: dict[str, Any]) -> None:
    for path in (f"/api/runbooks/{NAME}", f"/api/runbooks/{NAME}/file"):
        assert client.get(path, params={"version": 2**63}).status_code == 422
        assert client.get(path, params={"version": 2**31 - 1}).status_code == 404
    assert client.post(f"/api/runbooks/{NAME}/plans", json={"version": 2**63}).status_code == 422


def test_versions_are_kept_and_say_who(client: TestClient, services: Container, saved: dict[str, Any]) -> None:
    document = {**saved["document"], "description": "All agents"}

    changed = client.put(f"/api/runbooks/{NAME}", params={"based_on": 1}, json=document)
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert client.put(f"/api/runbooks/{NAME}", json=document).json()["version"] == 2, "the same is no new version"
    late = client.put(f"/api/runbooks/{NAME}", params={"based_on": 1}, json=document)
    assert late.status_code == 409

    view = client.get(f"/api/runbooks/{NAME}", params={"version": 1}).json()
    assert view["runbook"]["document"]["description"] == "The agent's settings"
    assert [v["version"] for v in view["versions"]] == [2, 1]
    entries = services.audit.list(subject=f"runbook:{NAME}").items
    assert [e.action for e in entries] == ["runbook.changed", "runbook.saved"]
    assert all(e.actor == view["versions"][0]["actor"] for e in entries)
    assert use(client, file="agent.conf").json()["plan"]["runbook"]["version"] == 2


def test_it_travels_as_a_file(client: TestClient, saved: dict[str, Any]) -> None:
    text = client.get(f"/api/runbooks/{NAME}/file").text

    assert client.post("/api/runbooks/import", json={"text": text}).status_code == 409
    copy = client.post("/api/runbooks/import", json={"text": text, "name": "Copy"})
    assert copy.status_code == 201
    assert {**copy.json()["document"], "name": NAME} == saved["document"]


def test_a_removed_one_is_gone_and_its_history_goes_on(client: TestClient, saved: dict[str, Any]) -> None:
    assert client.delete(f"/api/runbooks/{NAME}").status_code == 200

    assert client.get(f"/api/runbooks/{NAME}").status_code == 404
    assert client.get("/api/runbooks").json()["items"] == []
    assert use(client, file="agent.conf").status_code == 404
    again = client.post("/api/runbooks", json=saved["document"])
    assert (again.status_code, again.json()["version"]) == (201, 3)


def test_faults_of_a_runbook_are_named_where_they_stand(client: TestClient, saved: dict[str, Any]) -> None:
    document = saved["document"]
    parameters = {
        "file": {"fills": ["step1.sorc"]},
        "far": {"fills": ["step9.src"]},
        "both": {"fills": ["step1.dest", "targets"]},
    }
    far = client.post("/api/runbooks", json={**document, "name": "B", "parameters": {"far": parameters["far"]}})
    rest = client.post(
        "/api/runbooks", json={**document, "name": "B", "parameters": {n: parameters[n] for n in ("file", "both")}}
    )
    plan = {**document["plan"], "steps": [{"intent": "file.cpoy"}]}
    inner = client.post("/api/runbooks", json={**document, "name": "B", "parameters": {}, "plan": plan})

    assert [f["field"] for f in far.json()["context"]["faults"]] == ["parameters.far.fills"]
    assert sorted(f["field"] for f in rest.json()["context"]["faults"]) == [
        "parameters.both.fills", "parameters.file.fills",
    ]  # fmt: skip
    assert [f["field"] for f in inner.json()["context"]["faults"]] == ["plan.steps.1.intent"]


def test_a_secret_is_not_saved(client: TestClient, services: Container, here: list[str]) -> None:
    step = {"intent": "user.password", "params": {"user": "bob", "password": "Tr0ub4dor"}}
    document = {"name": "P", "plan": {"targets": "Here", "steps": [step]}}

    answer = client.post("/api/runbooks", json=document)

    assert answer.status_code in (404, 422), answer.text
    assert "Tr0ub4dor" not in answer.text
    assert services.runbooks.list() == ()
