# SPDX-License-Identifier: Apache-2.0
"""The WebSocket of a job whose events the test writes: snapshot, deltas, resume, log lines."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.testclient import WebSocketTestSession

from opsconductor.domain.jobs import JobStatus
from opsconductor.wiring import Container
from tests.fixtures.recorded_job import RecordedJob
from tests.integration.api.conftest import HOST

TARGETS = ["a", "b", "c"]


@pytest.fixture
def job(services: Container) -> RecordedJob:
    """Running, nothing done."""
    job = RecordedJob(services, TARGETS, 2)
    job.status(JobStatus.RUNNING)
    return job


@contextmanager
def watching(client: TestClient, job: RecordedJob, query: str = "") -> Iterator[WebSocketTestSession]:
    with client.websocket_connect(f"/api/jobs/{job.id}/progress{query}", headers={"host": HOST}) as socket:
        yield socket


def until_end(socket: WebSocketTestSession) -> list[dict[str, Any]]:
    """All messages up to the end."""
    found: list[dict[str, Any]] = []
    while not found or found[-1]["type"] != "end":
        found.append(socket.receive_json())
    return found


def test_a_snapshot_then_only_what_changes(client: TestClient, job: RecordedJob) -> None:
    with watching(client, job) as socket:
        snapshot = socket.receive_json()
        assert snapshot["type"] == "snapshot"
        assert snapshot["progress"]["cells"] == [["pending"] * 3] * 2
        job.tell(job.start("b", 1))
        delta = socket.receive_json()
        assert delta["type"] == "delta"
        assert delta["cells"] == [[1, 1, "running"]]
        assert delta["seq"] == snapshot["seq"] + 1
        assert delta["current_targets"] == ["b"]
        assert delta["totals"]["pending"] == 3
        job.tell(job.failed("b", 1, "disk full"))
        assert sorted(socket.receive_json()["cells"]) == [[1, 1, "failed"], [2, 1, "not_run"]]
        job.status(JobStatus.FAILED)
        assert [m["type"] for m in until_end(socket)] == ["delta", "end"]


def test_who_comes_back_gets_what_was_missed_and_no_more(client: TestClient, job: RecordedJob) -> None:
    with watching(client, job) as socket:
        seen = socket.receive_json()["seq"]
    job.tell(job.done("a", 1, changed=True))
    with watching(client, job, f"?after={seen}") as socket:
        first = socket.receive_json()
        # The feed may not have read that event yet: then it comes in the next message.
        cells = first["cells"] or socket.receive_json()["cells"]
        assert first["type"] == "delta"
        assert cells == [[1, 0, "changed"]]


@pytest.mark.parametrize("after", [0, 1_000_000])
def test_who_was_away_too_long_gets_the_snapshot(client: TestClient, job: RecordedJob, after: int) -> None:
    with watching(client, job, f"?after={after}") as socket:
        assert socket.receive_json()["type"] == "snapshot"


def test_log_lines_come_on_subscription_each_once(client: TestClient, job: RecordedJob, services: Container) -> None:
    job.tell(*(job.done(t, 1) for t in TARGETS))
    with watching(client, job) as socket:
        assert "log" not in socket.receive_json()
        socket.send_text("this is no wish")
        socket.send_json({"subscribe": ["log"]})
        told = list(socket.receive_json()["log"])
        job.tell(job.failed("c", 2, "disk full"))
        job.status(JobStatus.PARTIALLY_FAILED)
        told += [line for message in until_end(socket) for line in message.get("log", [])]
    assert [line["id"] for line in told] == [entry.id for entry in services.following.log(job.id)]
    assert any(line["target"] == "c" and line["level"] == "error" for line in told)


def test_a_finished_job_still_tells_its_log(client: TestClient, job: RecordedJob) -> None:
    job.tell(*(job.done(t, s) for s in (1, 2) for t in TARGETS))
    job.status(JobStatus.SUCCEEDED)
    with watching(client, job) as socket:
        socket.send_json({"subscribe": ["log"], "after": 0})
        messages = [socket.receive_json()]
        while not any("log" in message for message in messages):
            messages.append(socket.receive_json())
    assert messages[0]["progress"]["status"] == "succeeded"


def test_of_many_events_none_is_missing_in_the_end(client: TestClient, job: RecordedJob) -> None:
    with watching(client, job) as socket:
        socket.receive_json()
        for step in (1, 2):
            for target in TARGETS:
                job.tell(job.start(target, step), job.done(target, step))
        job.status(JobStatus.SUCCEEDED)
        messages = until_end(socket)
    latest = {(step, target): status for m in messages for step, target, status in m.get("cells", [])}
    assert latest == {(step, target): "ok" for step in (1, 2) for target in range(3)}
