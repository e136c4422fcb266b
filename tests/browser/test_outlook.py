# SPDX-License-Identifier: Apache-2.0
"""What a page says of a job's end, and of a step that takes much longer than usual; the test writes the events."""

from datetime import timedelta

from playwright.sync_api import Page, expect

from opsconductor.clock import utc_now
from opsconductor.db.repositories.durations import DurationRepository
from opsconductor.domain.jobs import JobStatus
from tests.browser import axe
from tests.fixtures.plant import Plant
from tests.fixtures.recorded_job import RecordedJob

TARGETS = [f"node-{n}" for n in range(1, 6)]


def test_what_is_left_and_what_takes_too_long_are_shown(page: Page, site: Plant) -> None:
    with site.container.database.session() as session:  # of the jobs that other tests have run here
        DurationRepository(session).forget(utc_now() + timedelta(minutes=1))
    job = RecordedJob(site.container, TARGETS, 3)
    job.status(JobStatus.RUNNING)
    began = {"at": utc_now() - timedelta(minutes=4)}
    job.tell(*(job.start(target, 1).model_copy(update=began) for target in TARGETS))
    job.tell(*(job.done(target, 1, seconds=3.0) for target in TARGETS[1:]))
    page.goto(f"/jobs/{job.id}")
    expect(page.get_by_text("no history yet: usual times of the templates")).to_be_visible()
    expect(page.get_by_label("% of the expected time")).to_be_attached()
    stuck = page.get_by_role("region", name="Longer than usual")
    expect(stuck).to_contain_text("node-1 step 1, Do thing 1: for 4 min, usually 3 s on the others")
    axe.check(page)
    job.tell(job.done(TARGETS[0], 1, seconds=240.0))
    expect(stuck).to_have_count(0)
    job.status(JobStatus.CANCELLED)
    expect(page.get_by_text("no history yet")).to_have_count(0)
