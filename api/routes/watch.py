# SPDX-License-Identifier: Apache-2.0
"""Watching a job live over a WebSocket: the native dialect and the dashboards' one."""

from typing import Annotated

from fastapi import APIRouter, Query, WebSocket
from fastapi.concurrency import run_in_threadpool

from api.deps import Id
from api.hub import Hub
from api.viewing import NativeViewer, Viewer, refuse, view
from api.vision import VisionViewer
from opsconductor.errors import OpsConductorError

router = APIRouter()


async def _watch(socket: WebSocket, job_id: str, viewer: Viewer) -> None:
    hub: Hub = socket.app.state.hub
    await socket.accept()
    try:
        job = await run_in_threadpool(socket.app.state.container.jobs.get, job_id)
    except OpsConductorError as error:
        await refuse(socket, error)
        return
    async with hub.watching(job.id) as feed:
        await view(socket, feed, viewer)


@router.websocket("/api/jobs/{job_id}/progress")
async def watch_job(socket: WebSocket, job_id: Id, after: Annotated[int | None, Query(ge=0)] = None) -> None:
    """Snapshot, then deltas; with `after` only what changed since that sequence number."""
    await _watch(socket, job_id, NativeViewer(after))


@router.websocket("/jobs/{job_id}/progress")
async def watch_job_progress(socket: WebSocket, job_id: Id) -> None:
    """JobProgress messages and what happened in between."""
    await _watch(socket, job_id, VisionViewer(socket.app.state.container))
