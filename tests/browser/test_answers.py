# SPDX-License-Identifier: Apache-2.0
"""What targets answered, on the page of their job."""

from playwright.sync_api import Page, expect

from opsconductor.domain.answers import Column, Unit
from opsconductor.domain.jobs import JobStatus
from tests.browser import axe
from tests.fixtures.plant import Plant
from tests.fixtures.recorded_job import RecordedJob

COLUMNS = [
    Column(name="mount", title="Filesystem"),
    Column(name="free", title="Free", unit=Unit.BYTES),
    Column(name="up", title="Up for", unit=Unit.SECONDS),
]


def test_answers_come_as_a_table_while_the_job_runs(page: Page, site: Plant) -> None:
    job = RecordedJob(site.container, ["web-1", "web-2"], 2, COLUMNS)
    job.status(JobStatus.RUNNING)
    page.goto(f"/jobs/{job.id}")
    expect(page.get_by_text("● live")).to_be_visible()
    expect(page.get_by_role("region", name="Answers")).to_have_count(0)
    rows = [{"mount": "/", "free": 1536, "up": 45}, {"mount": "<b>/srv</b>", "free": 0, "up": 200_000}]
    job.tell(job.answered("web-2", 1, rows=rows), job.answered("web-1", 1, mount="C:", free=5 * 1024**3, up=90))
    table = page.get_by_role("table", name="Step 1: Do thing 1")
    expect(table.get_by_role("row").nth(1)).to_have_text("web-1C:5.0 GB2 min")
    expect(table.get_by_role("row").nth(2)).to_have_text("web-2/1.5 KB45 s")
    expect(table.get_by_role("row").nth(3)).to_have_text("web-2<b>/srv</b>0 B2 d 7 h")
    expect(page.get_by_role("region", name="Answers")).to_contain_text("2 targets: 2 read")
    axe.check(page)
    job.tell(job.answered("web-1", 2, mount="D:"), job.answered("web-2", 2, rows=[]))
    job.status(JobStatus.SUCCEEDED)
    expect(page.get_by_role("table", name="Step 2: Do thing 2").get_by_role("row")).to_have_count(2)
