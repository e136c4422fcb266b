# SPDX-License-Identifier: Apache-2.0
"""Artifacts from outside: listed, downloaded whole, removed with a mark, kept as long as another needs them."""

import os
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from opsconductor.blobs.folder import FolderBlobs
from opsconductor.cli.commands import make_app
from opsconductor.clock import utc_now
from opsconductor.db.repositories.artifacts import ArtifactRepository
from opsconductor.db.repositories.events import EventRepository
from opsconductor.db.repositories.jobs import JobRepository
from opsconductor.domain.artifacts import Removal
from opsconductor.domain.events import JobEvent
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.outputs import KEPT
from opsconductor.errors import Conflict
from opsconductor.services.artifacts import KEEPER, ArtifactService
from opsconductor.settings import Settings
from opsconductor.wiring import Container
from tests.fixtures.recorded_job import RecordedJob

WHOLE = b"line of an output\n" * 20_000


def _blob(services: Container, content: bytes, *, age: float = 3600) -> str:
    """Put a blob that has been there for a while."""
    blobs = FolderBlobs(services.settings.blobs)
    sha256 = blobs.put(BytesIO(content)).sha256
    path = services.settings.blobs / sha256[:2] / sha256
    os.utime(path, (path.stat().st_mtime - age,) * 2)
    return sha256


def _job(services: Container, content: bytes = WHOLE, *, age: float = 3600, status: JobStatus | None = None) -> str:
    """An ended job whose step printed the content on web-1."""
    job = RecordedJob(services, ["web-1"], 1)
    kept = {"stdout": {"sha256": _blob(services, content, age=age), "size": len(content)}}
    event: JobEvent = job.done("web-1", 1, data={"rc": 0, "stdout": "line … output", KEPT: kept})
    with services.database.session() as session:
        ArtifactRepository(session).add_outputs(EventRepository(session).append([event]))
    job.status(status or JobStatus.SUCCEEDED)
    log = services.settings.jobs / job.id / "slice" / "supervisor.log"
    log.parent.mkdir(parents=True)
    log.write_text("…")
    return job.id


def test_an_output_is_listed_and_downloaded_whole(client: TestClient, services: Container) -> None:
    job = _job(services)
    [listed] = client.get(f"/api/jobs/{job}/artifacts", params={"target": "web-1", "step": 1}).json()
    assert (listed["place"], listed["size"], listed["removed_at"]) == ("stdout", len(WHOLE), None)
    answer = client.get(f"/api/jobs/{job}/artifacts/{listed['id']}")
    assert answer.content == WHOLE
    assert answer.headers["content-disposition"].startswith('attachment; filename="step1-web-1-stdout-')
    assert client.get(f"/api/jobs/{job}/artifacts", params={"target": "web-2"}).json() == []
    assert client.get(f"/api/jobs/{_job(services)}/artifacts/{listed['id']}").status_code == 404


def test_what_was_removed_leaves_a_mark(client: TestClient, services: Container) -> None:
    job = _job(services)
    [listed] = client.get(f"/api/jobs/{job}/artifacts").json()
    removed = client.delete(f"/api/jobs/{job}/artifacts").json()
    assert removed == {"jobs": 1, "artifacts": 1, "logs": 1, "size": len(WHOLE), "kept": 0}
    assert not list((services.settings.jobs / job).glob("*/supervisor.log"))
    answer = client.get(f"/api/jobs/{job}/artifacts/{listed['id']}")
    assert answer.status_code == 410
    assert "was removed on" in answer.json()["detail"]
    [listed] = client.get(f"/api/jobs/{job}/artifacts").json()
    assert listed["removed_at"]
    assert listed["removed_by"].startswith("local:")
    [entry] = services.audit.list(subject=f"job:{job}", action="job.artifacts_removed").items
    assert entry.details == {"artifacts": 1, "logs": 1, "size": len(WHOLE), "reason": "asked for"}
    assert client.delete(f"/api/jobs/{job}/artifacts").json()["artifacts"] == 0
    assert services.following.progress(job).status is JobStatus.SUCCEEDED


def test_a_content_that_something_else_needs_stays(client: TestClient, services: Container) -> None:
    first, second = _job(services), _job(services)
    library = b"a file of the library" * 10_000
    third = _job(services, library)
    services.files.add(BytesIO(library), "test", name="lib.bin")
    for job in (first, third):
        assert client.delete(f"/api/jobs/{job}/artifacts").json()["artifacts"] == 1
    [kept] = client.get(f"/api/jobs/{second}/artifacts").json()
    assert client.get(f"/api/jobs/{second}/artifacts/{kept['id']}").content == WHOLE
    assert b"".join(services.files.read(services.files.get("lib.bin"))) == library


def test_a_content_that_came_only_lately_stays_for_now(services: Container) -> None:
    removed = services.artifacts.remove("test", job_id=_job(services, age=0))
    assert (removed.artifacts, removed.kept) == (0, 1)


def test_a_running_job_keeps_what_it_has(services: Container) -> None:
    job = RecordedJob(services, ["web-1"], 1)
    with pytest.raises(Conflict, match="has not ended"):
        services.artifacts.remove("test", job_id=job.id)


def test_a_job_that_is_retried_meanwhile_keeps_what_it_has(
    services: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, listed = _job(services), ArtifactRepository.old_jobs

    def retried(self: ArtifactRepository, before: datetime, after: str, limit: int) -> list[str]:
        found = listed(self, before, after, limit)
        with services.database.session() as session:
            JobRepository(session).begin_attempt(job, 2, None)
        return found

    monkeypatch.setattr(ArtifactRepository, "old_jobs", retried)
    assert services.artifacts.remove("test", days=0) == Removal()
    assert services.artifacts.list(job)[0].removed_at is None
    assert list((services.settings.jobs / job).glob("*/supervisor.log"))


def test_only_old_jobs_are_pruned_and_a_dry_run_prunes_nothing(client: TestClient, services: Container) -> None:
    job = _job(services)
    assert client.post("/api/artifacts/prune", json={"days": 30}).json()["artifacts"] == 0
    would = client.post("/api/artifacts/prune", json={"days": 0, "dry_run": True}).json()
    assert (would["artifacts"], would["size"]) == (1, len(WHOLE))
    assert client.post("/api/artifacts/prune", json={"days": 0}).json() == would
    [artifact] = services.artifacts.list(job)
    assert artifact.removed_at


def test_days_that_no_date_goes_back_are_refused(client: TestClient) -> None:
    assert client.post("/api/artifacts/prune", json={"days": 36_500}).json()["jobs"] == 0
    assert client.post("/api/artifacts/prune", json={"days": 800_000}).status_code == 422
    refused = CliRunner().invoke(make_app(), ["jobs", "prune", "--older-than", "800000"])
    assert (refused.exit_code, "36500" in refused.output) == (2, True)


def test_what_is_over_its_time_goes_by_itself(services: Container, monkeypatch: pytest.MonkeyPatch) -> None:
    job = _job(services)
    own = ArtifactService(services.settings, services.database, services.blobs, services.audit)
    own.tick()
    assert services.artifacts.list(job)[0].removed_at is None
    monkeypatch.setattr("opsconductor.services.artifacts.utc_now", lambda: utc_now() + timedelta(days=91))
    own.tick()  # it has just looked
    assert services.artifacts.list(job)[0].removed_at is None
    forever = services.settings.model_copy(update={"artifact_days": 0})
    ArtifactService(forever, services.database, services.blobs, services.audit).tick()
    assert services.artifacts.list(job)[0].removed_at is None
    ArtifactService(services.settings, services.database, services.blobs, services.audit).tick()
    assert services.artifacts.list(job)[0].removed_by == KEEPER


def test_a_damaged_content_is_a_problem_and_no_download(client: TestClient, services: Container) -> None:
    job = _job(services)
    [artifact] = services.artifacts.list(job)
    path: Path = services.settings.blobs / artifact.sha256[:2] / artifact.sha256
    path.write_bytes(b"another")
    answer = client.get(f"/api/jobs/{job}/artifacts/{artifact.id}")
    assert (answer.status_code, answer.json()["code"]) == (500, "blob-damaged")


def test_the_settings_name_their_limits() -> None:
    settings = Settings()
    assert (settings.output_limit, settings.artifact_days) == (65536, 90)
