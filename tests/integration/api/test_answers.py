# SPDX-License-Identifier: Apache-2.0
"""What targets answered, over the API."""

from fastapi.testclient import TestClient

from opsconductor.domain.answers import Column, Unit
from opsconductor.domain.jobs import JobStatus
from opsconductor.wiring import Container
from tests.fixtures.recorded_job import RecordedJob

COLUMNS = [Column(name="mount", title="Filesystem"), Column(name="free", title="Free", unit=Unit.BYTES)]


def test_a_table_for_each_step_that_has_been_answered(client: TestClient, services: Container) -> None:
    job = RecordedJob(services, ["a", "b"], 2, COLUMNS)
    job.status(JobStatus.RUNNING)
    assert client.get(f"/api/jobs/{job.id}/answers").json() == []
    rows = [{"mount": f"/data{n}", "free": n} for n in range(5)]
    job.tell(job.answered("b", 1, mount="C:", free=7), job.answered("a", 1, rows=rows))
    [told] = client.get(f"/api/jobs/{job.id}/answers").json()
    assert [told["step"], told["title"], told["answer"]["total"]] == [1, "Do thing 1", 6]
    assert told["answer"]["columns"] == ["Target", "Filesystem", "Free"]
    assert told["answer"]["units"] == [None, None, "bytes"]
    assert told["answer"]["rows"][0] == ["a", "/data0", 0]
    assert told["answer"]["rows"][-1] == ["b", "C:", 7]
    assert told["answer"]["summary"] == "2 targets: 2 read"
    [cut] = client.get(f"/api/jobs/{job.id}/answers?rows=2").json()
    assert [len(cut["answer"]["rows"]), cut["answer"]["total"]] == [2, 6]
    assert client.get(f"/api/jobs/{job.id}/answers?step=2").json() == []
    assert client.get("/api/jobs/00000000/answers").status_code == 404
