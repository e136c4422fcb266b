# SPDX-License-Identifier: Apache-2.0
"""Watching a job whose events the test writes: nothing is lost, doubled or invented, whatever happens to the line."""

import re
import time

from playwright.sync_api import Page, WebSocketRoute, expect

from opsconductor.domain.jobs import JobStatus
from tests.browser import axe
from tests.fixtures.plant import Plant
from tests.fixtures.recorded_job import RecordedJob

CUTS = 20
STEPS = 5
TARGETS = [f"node-{n:02}" for n in range(1, 13)]
#: Fails at step 3 and takes no further steps.
BROKEN = TARGETS[3]


def _matrix(page: Page) -> dict[str, list[str]]:
    """Target → statuses as the page shows them."""
    rows = page.get_by_role("row").filter(has=page.get_by_role("rowheader"))
    script = """rows => rows.map(row => [row.querySelector('[role=rowheader]').textContent,
        [...row.querySelectorAll('button')].map(cell => cell.dataset.status)])"""
    found: dict[str, list[str]] = dict(rows.evaluate_all(script))
    return found


def _expected(job: RecordedJob) -> dict[str, list[str]]:
    progress = job.container.following.progress(job.id)
    return {target: [row[n].value for row in progress.cells] for n, target in enumerate(progress.targets)}


def _happen(job: RecordedJob, step: int, target: str) -> None:
    if target == BROKEN and step == 3:
        job.tell(job.failed(target, step, "no space left on device"))
    elif target != BROKEN or step < 3:
        job.tell(job.start(target, step), job.done(target, step, changed=step % 2 == 0))


def test_twenty_cuts_lose_and_double_nothing(page: Page, site: Plant) -> None:
    sockets: list[WebSocketRoute] = []

    def through(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        sockets.append(socket)

    page.route_web_socket(re.compile("/progress"), through)
    job = RecordedJob(site.container, TARGETS, STEPS)
    job.status(JobStatus.RUNNING)
    page.goto(f"/jobs/{job.id}")
    expect(page.get_by_text("● live")).to_be_visible()
    work = [(step, target) for step in range(1, STEPS + 1) for target in TARGETS]
    for number, (step, target) in enumerate(work):
        _happen(job, step, target)
        if number % (len(work) // CUTS) == 0:
            # A line cut while it is being made is a warning of the browser's own on its console.
            expect(page.get_by_text("● live")).to_be_visible()
            before = len(sockets)
            sockets[-1].close(code=4000, reason="cut by the test")
            deadline = time.monotonic() + 20
            while len(sockets) == before and time.monotonic() < deadline:
                page.wait_for_timeout(50)
    job.status(JobStatus.PARTIALLY_FAILED)
    expect(page.get_by_role("status").filter(has_text="Partially failed")).to_be_visible()
    assert len(sockets) > CUTS
    assert _matrix(page) == _expected(job)
    told = [entry.message for entry in site.container.following.log(job.id)]
    lines = page.get_by_role("log").locator("p")
    expect(lines).to_have_count(len(told))
    assert all(line.endswith(message) for line, message in zip(lines.all_inner_texts(), told, strict=True))
    expect(page.get_by_text("11 completed")).to_be_visible()


def test_a_finished_job_is_shown_whole_with_its_log(page: Page, site: Plant) -> None:
    job = RecordedJob(site.container, TARGETS[:2], 2)
    job.status(JobStatus.RUNNING)
    for step in (1, 2):
        job.tell(*(job.done(target, step) for target in TARGETS[:2]))
    job.status(JobStatus.SUCCEEDED)
    page.goto(f"/jobs/{job.id}")
    expect(page.get_by_role("status").filter(has_text="Succeeded")).to_be_visible()
    expect(page.get_by_role("log")).to_contain_text("Job succeeded")
    expect(page.get_by_text("2 of 2 steps done")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)


def test_a_large_fleet_keeps_the_page_small_and_finds_who_failed(page: Page, site: Plant) -> None:
    fleet = [f"fleet-{n:03}" for n in range(1, 501)]
    job = RecordedJob(site.container, fleet, 20)
    job.status(JobStatus.RUNNING)
    job.tell(*(job.done(target, 1) for target in fleet))
    job.tell(job.failed(fleet[432], 2, "disk full"))
    page.goto(f"/jobs/{job.id}")
    expect(page.get_by_role("rowheader").first).to_have_text(fleet[432])
    expect(page.get_by_text("499 pending")).to_be_visible()
    assert page.get_by_role("row").count() < 60
    page.get_by_label("Find a target").fill("fleet-25")
    expect(page.get_by_text("10 × 20")).to_be_visible()
    page.get_by_label("Find a target").fill("")
    page.get_by_text("failed", exact=True).click()
    expect(page.get_by_text("1 × 20")).to_be_visible()
    page.get_by_role("table").evaluate("table => table.scrollTop = table.scrollHeight")
    page.get_by_role("log").press("End")
    axe.check(page)
    page.get_by_label("Level").select_option("error")
    expect(page.get_by_role("log").locator("p")).to_have_count(1)
    expect(page.get_by_role("log")).to_contain_text("[fleet-433] ✗ Step 2: Do thing 2 — disk full")
    job.status(JobStatus.CANCELLED, "cancelled by the test")
    expect(page.get_by_role("status").filter(has_text="Cancelled")).to_be_visible()
    expect(page.get_by_text("cancelled by the test", exact=True)).to_be_visible()
