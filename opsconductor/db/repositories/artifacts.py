# SPDX-License-Identifier: Apache-2.0
"""Artifacts in the database."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, col, select, update

from opsconductor.db.tables.artifacts import ArtifactRow
from opsconductor.db.tables.files import LibraryFileRow
from opsconductor.db.tables.jobs import JobRow
from opsconductor.domain.artifacts import Artifact, ArtifactKind
from opsconductor.domain.events import JobEvent
from opsconductor.domain.jobs import ENDED
from opsconductor.domain.outputs import kept_texts
from opsconductor.errors import NotFound
from opsconductor.ids import new_id


def _artifact(row: ArtifactRow) -> Artifact:
    return Artifact.model_validate(row.model_dump())


class ArtifactRepository:
    """All SQL about artifacts."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def add(self, artifacts: Iterable[Artifact]) -> None:
        """Store new ones."""
        rows = [artifact.model_dump() for artifact in artifacts]
        if rows:
            self.session.connection().execute(insert(ArtifactRow), rows)

    def add_outputs(self, events: Sequence[JobEvent]) -> None:
        """One for each large text of newly stored events."""
        self.add(
            Artifact(
                id=new_id(),
                job_id=event.job_id,
                slice_id=event.slice_id,
                kind=ArtifactKind.OUTPUT,
                seq=event.seq,
                place=place,
                step=event.step,
                target=event.target,
                sha256=kept.sha256,
                size=kept.size,
                created_at=event.at,
            )
            for event in events
            for place, kept in kept_texts(event.data).items()
        )

    def get(self, job_id: str, artifact_id: str) -> Artifact:
        """One artifact of the job."""
        row = self.session.get(ArtifactRow, artifact_id)
        if row is None or row.job_id != job_id:
            raise NotFound(
                f"The job has no artifact '{artifact_id}'.", remedy=f"List them: `opsc jobs artifacts {job_id}`."
            )
        return _artifact(row)

    def of_job(
        self, job_id: str, *, target: str | None = None, step: int | None = None, removed: bool = True
    ) -> list[Artifact]:
        """A job's artifacts in the order of their events, what its slices reported last."""
        statement = select(ArtifactRow).where(ArtifactRow.job_id == job_id)
        if target is not None:
            statement = statement.where(ArtifactRow.target == target)
        if step is not None:
            statement = statement.where(ArtifactRow.step == step)
        if not removed:
            statement = statement.where(col(ArtifactRow.removed_at).is_(None))
        order = (col(ArtifactRow.seq).is_(None), col(ArtifactRow.seq), col(ArtifactRow.place), col(ArtifactRow.id))
        return [_artifact(row) for row in self.session.exec(statement.order_by(*order))]

    def old_jobs(self, before: datetime, after: str, limit: int) -> list[str]:
        """Ids after `after` of jobs that ended before that moment and still have something, oldest first."""
        statement = (
            select(JobRow.id)
            .where(
                col(JobRow.status).in_(sorted(ENDED)),
                col(JobRow.ended_at) < before,
                col(JobRow.id) > after,
                select(ArtifactRow.id)
                .where(ArtifactRow.job_id == JobRow.id, col(ArtifactRow.removed_at).is_(None))
                .exists(),
            )
            .order_by(col(JobRow.id))
            .limit(limit)
        )
        return list(self.session.exec(statement))

    def needed(self, sha256: str, but: Iterable[str]) -> bool:
        """Whether something else than the artifacts of these ids needs the blob."""
        other = select(ArtifactRow.id).where(
            ArtifactRow.sha256 == sha256,
            col(ArtifactRow.removed_at).is_(None),
            col(ArtifactRow.id).not_in(list(but)),
        )
        library = select(LibraryFileRow.id).where(LibraryFileRow.sha256 == sha256)
        return any(self.session.exec(statement.limit(1)).first() for statement in (other, library))

    def mark_removed(self, artifact_ids: Iterable[str], actor: str, at: datetime) -> int:
        """Say that the bytes are gone; how many were marked now."""
        statement = (
            update(ArtifactRow)
            .where(col(ArtifactRow.id).in_(list(artifact_ids)), col(ArtifactRow.removed_at).is_(None))
            .values(removed_at=at, removed_by=actor)
            .execution_options(synchronize_session=False)
        )
        result: Any = self.session.exec(statement)
        return int(result.rowcount)
