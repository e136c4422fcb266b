# SPDX-License-Identifier: Apache-2.0
"""The pace of watching: a job may change a thousand times a second, a viewer hears of it ten times."""

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any, cast

import pytest
from fastapi import WebSocket

from api.container import Container
from api.feed import INTERVAL, Feed, changed_cells
from api.viewing import NativeViewer, view
from opsconductor.domain.events import EventKind
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.log import LogEntry
from opsconductor.domain.progress import Progress, ProgressFold
from opsconductor.domain.results import Role
from tests.fixtures.events import event, shape, status

#: Seconds the job keeps changing.
BUSY = 0.6


class Restless:
    """A following service whose job has news whenever it is asked, for BUSY seconds."""

    def watch(self, job_id: str) -> Iterator[Progress]:  # noqa: ARG002 - the service's own
        """A new snapshot each time."""
        fold = ProgressFold(shape(("a", "b"), 2))
        fold.apply(status(1, JobStatus.RUNNING))
        until, seq = time.monotonic() + BUSY, 1
        while time.monotonic() < until:
            seq += 1
            fold.apply(event(seq, EventKind.TARGET_STARTED, "a", 1))
            yield fold.snapshot()
        fold.apply(event(seq + 1, EventKind.TARGET_OK, "a", 1, role=Role.MAIN, last=True))
        fold.apply(status(seq + 2, JobStatus.CANCELLED))
        yield fold.snapshot()

    def tail(self, job_id: str, count: int) -> list[LogEntry]:  # noqa: ARG002 - the service's own
        """Nothing is told."""
        return []

    def log(self, job_id: str, after: int = 0) -> Iterator[LogEntry]:  # noqa: ARG002 - the service's own
        """Nothing is told."""
        return iter(())


class Services:
    """The one service a feed needs."""

    following = Restless()


class Socket:
    """A client that only listens."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.closed: int | None = None

    async def send_text(self, text: str) -> None:
        self.sent.append(json.loads(text))

    async def receive_text(self) -> str:
        await asyncio.Event().wait()
        raise AssertionError

    async def close(self, code: int) -> None:
        self.closed = code


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Socket:
    """What a viewer heard of the restless job."""
    monkeypatch.setattr("api.viewing.GRACE", 0.01)
    socket = Socket()

    async def run() -> None:
        feed = Feed(cast(Container, Services()), "job", asyncio.get_running_loop())
        await view(cast(WebSocket, socket), feed, NativeViewer(None))

    asyncio.run(run())
    return socket


def test_a_viewer_hears_at_most_ten_messages_a_second(heard: Socket) -> None:
    assert 3 <= len(heard.sent) <= BUSY / INTERVAL + 4


def test_the_last_message_tells_how_it_ended(heard: Socket) -> None:
    *_, last, end = heard.sent
    assert last["status"] == "cancelled"
    assert [1, 0, "ok"] in last["cells"]
    assert end == {"type": "end", "status": "cancelled"}
    assert heard.closed == 1000


def test_only_cells_that_differ_are_told() -> None:
    fold = ProgressFold(shape(("a", "b"), 2))
    before = fold.snapshot()
    assert changed_cells(before, before) == []
    fold.apply(event(1, EventKind.TARGET_STARTED, "b", 2))
    assert changed_cells(before, fold.snapshot()) == [(2, 1, "running")]
