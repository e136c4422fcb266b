# SPDX-License-Identifier: Apache-2.0
"""Artifacts of jobs: listed, read, and removed when their time is over."""

import shutil
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session

from opsconductor.blobs.store import BlobStore
from opsconductor.clock import utc_now
from opsconductor.db.engine import Database
from opsconductor.db.repositories.artifacts import ArtifactRepository
from opsconductor.db.repositories.jobs import JobRepository
from opsconductor.domain.artifacts import Artifact, Removal
from opsconductor.domain.events import JobEvent
from opsconductor.domain.jobs import ENDED
from opsconductor.domain.outputs import kept_texts
from opsconductor.errors import Conflict, InvalidInput, NotFound
from opsconductor.ids import short
from opsconductor.logging import get_logger
from opsconductor.services.audit import AuditService
from opsconductor.settings import Settings

#: Who removes what is over its time.
KEEPER = "system:retention"
#: Seconds between two looks for what is over its time.
_EVERY = 3600.0
#: Seconds a blob must have been there before it is removed: it may be about to belong to a running job, too.
_SETTLED = 600.0
#: Jobs looked at in one go.
_PAGE = 100
_log = get_logger(__name__)


class ArtifactRemoved(NotFound):
    """The artifact was removed."""

    status = 410
    code = "artifact-removed"


class ArtifactService:
    """What is kept of jobs beside their events. Removing leaves the entry, who did it and when, and an audit entry."""

    def __init__(self, settings: Settings, database: Database, blobs: BlobStore, audit: AuditService) -> None:
        self.settings = settings
        self.database = database
        self.blobs = blobs
        self.audit = audit
        self._looked: float | None = None

    def list(self, job_id: str, *, target: str | None = None, step: int | None = None) -> tuple[Artifact, ...]:
        """Those of a job in the order of their events, removed ones included."""
        with self.database.reading() as session:
            job = JobRepository(session).get(job_id)
            return tuple(ArtifactRepository(session).of_job(job.id, target=target, step=step))

    def get(self, job_id: str, artifact_id: str) -> Artifact:
        """One of them."""
        with self.database.reading() as session:
            return ArtifactRepository(session).get(JobRepository(session).get(job_id).id, artifact_id)

    def read(self, artifact: Artifact) -> Iterator[bytes]:
        """The content in pieces, verified before the first. Raises ArtifactRemoved, BlobMissing, BlobDamaged."""
        if artifact.removed_at is not None:
            raise _removed(artifact)
        return self.blobs.read(artifact.sha256)

    def fetch(self, artifact: Artifact, destination: Path) -> None:
        """Write the content to a new file (0600), verified. Raises as `read`."""
        if artifact.removed_at is not None:
            raise _removed(artifact)
        self.blobs.fetch(artifact.sha256, destination)

    def text(self, event: JobEvent, place: str) -> str | None:
        """The whole text at the top of an event's data ("stdout"); None where there is none. Raises as `read`."""
        found = event.data.get(place)
        if place not in kept_texts(event.data):
            return found if isinstance(found, str) else None
        with self.database.reading() as session:
            artifacts = ArtifactRepository(session).of_job(event.job_id, target=event.target, step=event.step)
        whole = next((a for a in artifacts if (a.seq, a.place) == (event.seq, place)), None)
        if whole is None:
            raise NotFound(f"The job has no artifact for '{place}' of its event {event.seq}.")
        return b"".join(self.read(whole)).decode("utf-8", "backslashreplace")

    def remove(
        self, actor: str, *, job_id: str | None = None, days: int | None = None, dry_run: bool = False
    ) -> Removal:
        """Remove the artifacts and supervisors' logs of one ended job, or of all that ended more than `days` ago.

        With `dry_run` nothing is removed and the answer says what would be. Events, results, audit entries and the
        files fetched from targets stay. Raises Conflict for a job that has not ended.
        """
        if (job_id is None) == (days is None):
            raise InvalidInput("Say which job, or how many days ago.", remedy="One of both, and only one.")
        if job_id is not None:
            return self._of_job(self._ended(job_id), actor, "asked for", dry_run=dry_run)
        return self._older(days or 0, actor, f"the job ended more than {days} days ago", dry_run=dry_run)

    def tick(self) -> None:
        """Remove what is over its time, looking once an hour at most. Any number of processes may do so."""
        now, days = time.monotonic(), self.settings.artifact_days
        if not days or (self._looked is not None and now - self._looked < _EVERY):
            return
        self._looked = now
        removed = self._older(days, KEEPER, f"kept for {days} days", dry_run=False)
        if removed.artifacts or removed.logs:
            _log.info("artifacts were removed", **removed.model_dump())

    def _older(self, days: int, actor: str, reason: str, *, dry_run: bool) -> Removal:
        before, total, after = utc_now() - timedelta(days=days), Removal(), ""
        while True:
            with self.database.reading() as session:
                jobs = ArtifactRepository(session).old_jobs(before, after, _PAGE)
            for job_id in jobs:
                total = _sum(total, self._of_job(job_id, actor, reason, dry_run=dry_run))
            if len(jobs) < _PAGE:
                return total
            after = jobs[-1]

    def _ended(self, job_id: str) -> str:
        with self.database.reading() as session:
            job = JobRepository(session).get(job_id)
        if job.status not in ENDED:
            raise Conflict(
                f"Job {short(job.id)} has not ended: what it leaves is still being written.",
                remedy="Wait for its end, or cancel it first.",
            )
        return job.id

    def _of_job(self, job_id: str, actor: str, reason: str, *, dry_run: bool) -> Removal:
        """One job in one unit of work, held against a further attempt; nothing of one that has begun another."""
        with self.database.session() as session:
            job = JobRepository(session).claim(job_id, wait=True)
            if job is None or job.status not in ENDED:
                return Removal()
            repository = ArtifactRepository(session)
            found = repository.of_job(job_id, removed=False)
            gone, freed = self._blobs(repository, found, dry_run=dry_run)
            logs = self._logs(job_id, dry_run=dry_run)
            done = Removal(
                jobs=int(bool(gone or logs)), artifacts=len(gone), logs=logs, size=freed, kept=len(found) - len(gone)
            )
            if not dry_run and done.jobs:
                repository.mark_removed([a.id for a in gone], actor, utc_now())
                self._tell(session, actor, job_id, done, reason)
        return done

    def _blobs(
        self, repository: ArtifactRepository, found: Sequence[Artifact], *, dry_run: bool
    ) -> tuple[Sequence[Artifact], int]:
        """Which artifacts are gone now, and the bytes freed. A content that others need stays for them."""
        by_content: dict[str, list[Artifact]] = {}
        for artifact in found:
            by_content.setdefault(artifact.sha256, []).append(artifact)
        gone: list[Artifact] = []
        freed = 0
        for sha256, artifacts in by_content.items():
            if repository.needed(sha256, but=[a.id for a in artifacts]):
                gone += artifacts
            elif dry_run or self.blobs.remove(sha256, _SETTLED):
                gone += artifacts
                freed += artifacts[0].size
        return gone, freed

    def _logs(self, job_id: str, *, dry_run: bool) -> int:
        """Remove the folders of a job's slices; how many logs there were."""
        logs = list((self.settings.jobs / job_id).glob("*/supervisor.log"))
        for log in logs if not dry_run else ():
            shutil.rmtree(log.parent, ignore_errors=True)
        return len(logs)

    def _tell(self, session: Session, actor: str, job_id: str, done: Removal, reason: str) -> None:
        details: dict[str, Any] = done.model_dump(include={"artifacts", "logs", "size"}) | {"reason": reason}
        self.audit.append(session, actor, "job.artifacts_removed", f"job:{job_id}", details)


def _removed(artifact: Artifact) -> ArtifactRemoved:
    return ArtifactRemoved(
        f"{artifact.file_name} was removed on {artifact.removed_at:%Y-%m-%d %H:%M} UTC by {artifact.removed_by}.",
        remedy="Its size and SHA-256 are still listed; the content is in your backup or nowhere.",
    )


def _sum(one: Removal, other: Removal) -> Removal:
    return Removal(**{name: getattr(one, name) + getattr(other, name) for name in Removal.model_fields})
