# SPDX-License-Identifier: Apache-2.0
"""Waiting, freezing, going on and artifacts on the pages of jobs; the test writes the events."""

import json
from io import BytesIO

from playwright.sync_api import Page, Route, expect

from opsconductor.blobs.folder import FolderBlobs
from opsconductor.db.repositories.artifacts import ArtifactRepository
from opsconductor.db.repositories.events import EventRepository
from opsconductor.domain.events import JobEvent
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.outputs import KEPT
from tests.browser import axe
from tests.browser.conftest import Watcher
from tests.fixtures.plant import Plant
from tests.fixtures.recorded_job import RecordedJob

WHOLE = b"line of an output\n" * 20_000


def test_a_waiting_job_says_for_whom(page: Page, site: Plant) -> None:
    first = RecordedJob(site.container, ["web-1"], 1)
    job = RecordedJob(site.container, ["web-1"], 1)
    job.status(JobStatus.WAITING, f"lock: held by job {first.id[-8:]} on web-1")
    page.goto(f"/jobs/{job.id}")
    expect(page.get_by_role("status").filter(has_text="Waiting")).to_be_visible()
    expect(page.get_by_text(f"held by job {first.id[-8:]} on web-1", exact=False).first).to_be_visible()
    # Messages and commands name a job by the end of its id: so does its page.
    expect(page.get_by_role("button", name=f"Copy the job id {job.id}")).to_have_text(job.id[-8:])
    axe.check(page)
    for one in (first, job):
        one.status(JobStatus.CANCELLED)


def test_changes_are_frozen_and_the_freeze_is_lifted(page: Page, site: Plant) -> None:
    page.goto("/")
    page.get_by_role("button", name="Freeze changes").click()
    page.get_by_label("Why").fill("audit week")
    axe.check(page)
    page.get_by_role("button", name="Freeze", exact=True).click()
    banner = page.get_by_role("complementary", name="Freeze")
    expect(banner).to_contain_text("audit week")
    for place in ("/runbooks", "/schedules"):
        page.goto(place)
        expect(banner).to_contain_text("Jobs that change a target wait")
        page.wait_for_load_state("networkidle")
        axe.check(page)
    banner.get_by_role("button", name="Lift").click()
    expect(banner).to_have_count(0)


def test_a_step_of_which_nobody_knows_is_asked_for(page: Page, site: Plant, watcher: Watcher) -> None:
    job = RecordedJob(site.container, ["web-1", "web-2"], 1)
    job.tell(job.done("web-1", 1), job.failed("web-2", 1, "Connection reset"))
    job.status(JobStatus.PARTIALLY_FAILED)
    said: list[object] = []

    def answer(route: Route) -> None:
        said.append(route.request.post_data_json)
        cells = [{"step": 1, "title": "Do thing 1", "target": "web-2"}]
        problem = {
            "type": "about:blank", "title": "Conflict", "status": 409, "code": "repeat-or-skip",
            "detail": "It is not known whether this was done.", "remedy": "Look.", "context": {"cells": cells},
        }  # fmt: skip
        route.fulfill(status=409, content_type="application/problem+json", body=json.dumps(problem))

    watcher.expected.add(409)
    page.route("**/retry", answer)
    page.goto(f"/jobs/{job.id}")
    page.get_by_role("button", name="Retry").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 of 2 targets did not end well")
    axe.check(page)
    dialog.get_by_role("button", name="Retry").click()
    expect(dialog).to_contain_text("Step 1, Do thing 1: web-2")
    expect(dialog.get_by_role("button", name="Retry")).to_be_disabled()
    dialog.get_by_text("Take it as done").click()
    axe.check(page)
    dialog.get_by_role("button", name="Retry").click()
    expect(dialog.get_by_role("button", name="Retry")).to_be_enabled()
    assert said == [{"repeat": [], "skip": []}, {"repeat": [], "skip": ["1"]}]


def test_large_outputs_are_listed_and_downloaded_whole(page: Page, site: Plant) -> None:
    container = site.container
    job = RecordedJob(container, ["web-1"], 1)
    kept = {"stdout": {"sha256": FolderBlobs(container.settings.blobs).put(BytesIO(WHOLE)).sha256, "size": len(WHOLE)}}
    event: JobEvent = job.done("web-1", 1, data={"rc": 0, "stdout": "line\n… not shown …\nline", KEPT: kept})
    with container.database.session() as session:
        ArtifactRepository(session).add_outputs(EventRepository(session).append([event]))
    job.status(JobStatus.SUCCEEDED)
    page.goto(f"/jobs/{job.id}")
    artifacts = page.get_by_role("region", name="Artifacts")
    expect(artifacts).to_be_visible()
    axe.check(page)
    with page.expect_download() as download:
        artifacts.get_by_role("link", name="stdout of step 1 on web-1").click()
    assert download.value.path().read_bytes() == WHOLE
    artifacts.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("dialog")).to_contain_text("1 artifact")
    axe.check(page)
    page.get_by_role("button", name="Keep them").click()
