# SPDX-License-Identifier: Apache-2.0
"""Artifacts of jobs: large outputs, whole, and what ansible-runner reported."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from api.deps import Actor, Id, Services
from opsconductor.domain.artifacts import MOST_DAYS, Artifact, ArtifactKind, Removal

router = APIRouter(prefix="/api", tags=["jobs"])


class RemoveOld(BaseModel):
    """Which artifacts to remove."""

    days: int = Field(ge=0, le=MOST_DAYS, description="Of jobs that ended more than so many days ago.")
    dry_run: bool = Field(default=False, description="Remove nothing; say what would be removed.")


@router.get("/jobs/{job_id}/artifacts")
def list_artifacts(
    job_id: Id,
    services: Services,
    step: Annotated[int | None, Query(ge=1)] = None,
    target: Annotated[str | None, Query(max_length=255)] = None,
) -> list[Artifact]:
    """What is kept of the job beside its events. Removed ones stay listed and say who removed them, and when."""
    return list(services.artifacts.list(job_id, target=target, step=step))


@router.get(
    "/jobs/{job_id}/artifacts/{artifact_id}",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/plain": {}, "application/gzip": {}}, "description": "The content, whole."}},
)
def download_artifact(job_id: Id, artifact_id: Id, services: Services) -> StreamingResponse:
    """The content, its SHA-256 checked before the first byte; 410 where it was removed."""
    artifact = services.artifacts.get(job_id, artifact_id)
    pieces = services.artifacts.read(artifact)
    first = next(pieces, b"")  # a damaged or missing content is a problem, no broken download
    text = artifact.kind is ArtifactKind.OUTPUT
    headers = {
        "Content-Disposition": f'attachment; filename="{artifact.file_name}"',
        "Content-Length": str(artifact.size),
        "X-Content-Type-Options": "nosniff",
    }

    def body() -> Iterator[bytes]:
        yield first
        yield from pieces

    return StreamingResponse(
        body(), media_type="text/plain; charset=utf-8" if text else "application/gzip", headers=headers
    )


@router.delete("/jobs/{job_id}/artifacts")
def remove_artifacts(job_id: Id, services: Services, actor: Actor) -> Removal:
    """Remove what is kept of an ended job beside its events, and its supervisors' logs. The list stays."""
    return services.artifacts.remove(actor, job_id=job_id)


@router.post("/artifacts/prune")
def prune_artifacts(wish: RemoveOld, services: Services, actor: Actor) -> Removal:
    """Remove the artifacts of old jobs."""
    return services.artifacts.remove(actor, days=wish.days, dry_run=wish.dry_run)
