# SPDX-License-Identifier: Apache-2.0
"""A plan that has run is run again from its page: each time as a job of its own."""

from playwright.sync_api import Page, expect

from tests.browser.test_main_job import JOB
from tests.browser.test_pages import say
from tests.fixtures.plant import Plant


def test_a_plan_is_run_again_from_its_page(page: Page, site: Plant) -> None:
    say(page, "restart the service stationcontroller on CIS-SRV-01")
    page.wait_for_url("**/plans/*")
    plan = page.url
    jobs = []
    for button in ("Proceed", "Run again", "Run again"):
        page.get_by_role("button", name=button).click()
        page.wait_for_url("**/jobs/*", timeout=JOB)
        jobs.append(page.url)
        expect(page.get_by_role("status").filter(has_text="Succeeded")).to_be_visible(timeout=JOB)
        page.go_back()
        page.wait_for_url(plan)
    assert len(set(jobs)) == 3
