# SPDX-License-Identifier: Apache-2.0
"""The WebSocket side of watching a job: its messages are documented in docs/reference/websocket.md.

Server to client
    {"type": "snapshot", "seq", "progress": Progress, "log"?: [LogEntry]}
    {"type": "delta", "seq", "cells": [[step, index of target, status]], "totals", "steps", …, "log"?: [LogEntry]}
    {"type": "end", "status"}           and the connection is closed with 1000
    {"type": "problem", "problem": {…}} and the connection is closed with 4404 or 1011
Client to server
    {"subscribe": ["log"], "after": id of the last line it has}
"""

import asyncio
import json
from contextlib import suppress
from typing import Any, Protocol

from fastapi import WebSocket, WebSocketDisconnect
from pydantic import BaseModel, Field, ValidationError

from api.feed import INTERVAL, Feed
from opsconductor.domain.log import LogEntry
from opsconductor.domain.progress import Progress
from opsconductor.errors import NotFound, OpsConductorError

#: Parts of a Progress that never change while a job runs: told once, in the snapshot.
_FIXED = {"job_id", "title", "targets", "cells"}
#: WebSocket close codes; 4000 and up are ours.
NORMAL, BROKEN, NOT_FOUND = 1000, 1011, 4404
#: Seconds a client has to say its first wish to a job that is over.
GRACE = 2.0


class Subscribe(BaseModel):
    """What a client may say."""

    subscribe: list[str] = Field(max_length=8)
    after: int = 0


class Viewer(Protocol):
    """Turns news into messages of one dialect."""

    async def messages(self, feed: Feed) -> list[dict[str, Any]]:
        """What to send now."""

    def subscribed(self, wish: Subscribe) -> None:
        """The client asked for more."""

    @property
    def seen(self) -> int:
        """How many looks of the feed the last message held."""


class NativeViewer:
    """Snapshot, then deltas."""

    def __init__(self, after: int | None) -> None:
        self.seen = 0
        self._after = -1 if after is None else after
        self._log_after: int | None = None

    def subscribed(self, wish: Subscribe) -> None:
        """Send log lines from now on."""
        if "log" in wish.subscribe:
            self._log_after = wish.after

    async def messages(self, feed: Feed) -> list[dict[str, Any]]:
        """One message with all that is new, or none."""
        progress = feed.progress
        if progress is None:
            return []
        entries = self._entries(feed)
        if self.seen == feed.looks and not entries:
            return []
        cells = feed.cells_since(self._after)
        self.seen, self._after = feed.looks, progress.seq
        message = _snapshot(progress) if cells is None else _delta(progress, cells)
        return [message | {"log": entries} if entries else message]

    def _entries(self, feed: Feed) -> list[dict[str, Any]]:
        if self._log_after is None:
            return []
        found = feed.entries_since(self._log_after)
        if found:
            self._log_after = found[-1].id
        return [log_line(entry) for entry in found]


def log_line(entry: LogEntry) -> dict[str, Any]:
    """A log entry as JSON."""
    return entry.model_dump(mode="json")


def _snapshot(progress: Progress) -> dict[str, Any]:
    return {"type": "snapshot", "seq": progress.seq, "progress": progress.model_dump(mode="json")}


def _delta(progress: Progress, cells: list[tuple[int, int, str]]) -> dict[str, Any]:
    return {"type": "delta", "cells": cells, **progress.model_dump(mode="json", exclude=_FIXED)}


async def view(socket: WebSocket, feed: Feed, viewer: Viewer) -> None:
    """Send what `viewer` makes of the feed until the job ends or the client goes, listening meanwhile."""
    wishes = asyncio.Event()
    listener = asyncio.create_task(_listen(socket, viewer, wishes))
    try:
        while not listener.done():
            await _send_all(socket, await viewer.messages(feed))
            if feed.ended:
                await _end(socket, feed, viewer, wishes)
                return
            await asyncio.sleep(INTERVAL)
            await _first(feed.news(viewer.seen), wishes.wait(), listener)
            wishes.clear()
    except WebSocketDisconnect:
        return
    finally:
        listener.cancel()
        with suppress(asyncio.CancelledError):
            await listener


async def refuse(socket: WebSocket, error: OpsConductorError) -> None:
    """Tell a browser why: it cannot read the answer of a refused handshake."""
    await _send_all(socket, [{"type": "problem", "problem": error.problem()}])
    await socket.close(NOT_FOUND if isinstance(error, NotFound) else BROKEN)


async def _end(socket: WebSocket, feed: Feed, viewer: Viewer, wishes: asyncio.Event) -> None:
    """Say that it is over; a wish that was on its way is still fulfilled."""
    if feed.failure is not None:
        await refuse(socket, feed.failure)
        return
    await _send_all(socket, [{"type": "end", "status": feed.progress.status if feed.progress else None}])
    with suppress(TimeoutError):
        while True:
            await asyncio.wait_for(wishes.wait(), GRACE)
            wishes.clear()
            await _send_all(socket, await viewer.messages(feed))
    await socket.close(NORMAL)


async def _first(*waiting: Any) -> None:
    tasks = [asyncio.ensure_future(w) for w in waiting]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks[:-1]:  # the last is the listener, which goes on
        task.cancel()


async def _listen(socket: WebSocket, viewer: Viewer, wishes: asyncio.Event) -> None:
    """Take wishes until the client goes; what is no wish is ignored."""
    with suppress(WebSocketDisconnect):
        while True:
            with suppress(ValidationError):
                viewer.subscribed(Subscribe.model_validate_json(await socket.receive_text()))
                wishes.set()


async def _send_all(socket: WebSocket, messages: list[dict[str, Any]]) -> None:
    for message in messages:
        await socket.send_text(json.dumps(message, ensure_ascii=False, separators=(",", ":")))
