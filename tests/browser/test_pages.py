# SPDX-License-Identifier: Apache-2.0
"""What the pages say when there is nothing to show, nothing to do, or something wrong."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser import axe
from tests.browser.conftest import Watcher
from tests.fixtures.plant import Plant


def say(page: Page, text: str) -> None:
    """Make a plan of this request."""
    page.goto("/")
    page.get_by_label("Your request").fill(text)
    page.get_by_role("button", name="Make a plan").click()


def test_the_start_explains_itself_and_offers_examples(page: Page, site: Plant) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="What should happen?")).to_be_visible()
    expect(page.get_by_role("button", name="Make a plan")).to_be_disabled()
    page.get_by_role("button", name="Stop a service everywhere").click()
    expect(page.get_by_label("Your request")).to_have_value(re.compile("dataprocessor"))
    expect(page.get_by_role("button", name="Make a plan")).to_be_enabled()
    axe.check(page)


def test_a_dangerous_request_is_refused_with_its_reason(page: Page, site: Plant) -> None:
    say(page, "delete everything on all servers in 'CIS servers' with rm -rf /")
    expect(page.get_by_role("alert")).to_contain_text("This will not be done")
    expect(page.get_by_role("button", name="Proceed")).to_have_count(0)
    axe.check(page)


def test_an_unknown_group_is_asked_back_naming_it(page: Page, site: Plant) -> None:
    say(page, "restart the service stationcontroller on all servers in group 'Payroll'")
    expect(page.get_by_role("group").filter(has_text="Payroll")).to_be_visible()
    expect(page.get_by_role("button", name="Proceed")).to_have_count(0)
    axe.check(page)


def test_a_rejected_plan_cannot_run(page: Page, site: Plant) -> None:
    say(page, "restart the service stationcontroller on CIS-SRV-01")
    page.get_by_role("button", name="Reject", exact=True).click()
    page.get_by_label("What should be different?").fill("not on a Friday")
    page.get_by_role("button", name="Reject plan").click()
    expect(page.get_by_text("This plan was rejected.")).to_be_visible()
    expect(page.get_by_role("button", name="Proceed")).to_have_count(0)


@pytest.mark.parametrize("path", ["/plans/0123456789abcdef", "/jobs/0123456789abcdef"])
def test_what_is_not_there_is_said(page: Page, site: Plant, watcher: Watcher, path: str) -> None:
    watcher.expected.add(404)
    page.goto(path)
    expect(page.get_by_role("alert")).to_contain_text("There is no")
    axe.check(page)


def test_an_unknown_address_leads_back(page: Page, site: Plant) -> None:
    page.goto("/no/such/page")
    page.get_by_role("link", name="Go to the start").click()
    expect(page.get_by_role("heading", name="What should happen?")).to_be_visible()


def test_a_server_that_does_not_answer_is_said_with_what_to_do(page: Page, site: Plant, watcher: Watcher) -> None:
    page.goto("/")
    page.get_by_label("Your request").fill("restart the service stationcontroller on CIS-SRV-01")

    def away(route: Route) -> None:
        route.abort("connectionrefused")

    page.route(re.compile("/api/plans$"), away)
    page.get_by_role("button", name="Make a plan").click()
    expect(page.get_by_role("alert")).to_contain_text("The server does not answer.")
    expect(page.get_by_role("alert")).to_contain_text("opsc serve")
    page.unroute(re.compile("/api/plans$"))
    page.get_by_role("button", name="Make a plan").click()
    page.wait_for_url("**/plans/*")
    watcher.faults = [fault for fault in watcher.faults if "ERR_CONNECTION_REFUSED" not in fault]


def test_the_chosen_colours_stay(page: Page, site: Plant) -> None:
    page.goto("/")
    page.get_by_role("button", name="Use dark colours").click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    expect(page.get_by_role("button", name="Use light colours")).to_be_visible()


def test_a_phone_can_approve_and_watch(page: Page, site: Plant) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    say(page, "restart the service stationcontroller on CIS-SRV-01")
    expect(page.get_by_role("button", name="Proceed")).to_be_in_viewport()
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide, "the page scrolls sideways"
