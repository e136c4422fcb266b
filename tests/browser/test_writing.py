# SPDX-License-Identifier: Apache-2.0
"""A plan without a sentence, and a runbook made of it, in the web console."""

import io

import pytest
from playwright.sync_api import Page, expect

from opsconductor.domain.documents import PlanDocument
from tests.browser import axe
from tests.browser.conftest import Watcher
from tests.fixtures.plant import Plant

FILE = "written.conf"


@pytest.fixture
def form(page: Page, site: Plant) -> Page:
    """The form, filled in for a copy on the whole group."""
    site.container.files.add(io.BytesIO(b"written"), "test", name=FILE)
    page.goto("/")
    page.get_by_role("link", name="Write a plan").click()
    page.get_by_role("combobox", name="Groups").fill("CIS servers")
    page.keyboard.press("Enter")
    page.get_by_role("combobox", name="What to do").fill("file.copy")
    page.get_by_role("option").filter(has_text="(file.copy)").click()
    page.get_by_role("combobox", name="src").fill(FILE)
    page.keyboard.press("Escape")
    page.get_by_role("textbox", name="dest", exact=True).fill(r"C:\written.conf")
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_faults_are_told_and_the_plan_is_made(form: Page, watcher: Watcher, scheme: str) -> None:
    form.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    watcher.expected.add(422)
    form.get_by_label("At a time").fill("many")
    form.get_by_role("textbox", name="mode").fill("rwx")
    axe.check(form)
    form.get_by_role("button", name="Make a plan").click()
    expect(form.get_by_role("alert")).to_contain_text("options.batch")
    axe.check(form)

    form.get_by_label("At a time").fill("2")
    form.get_by_role("button", name="Make a plan").click()
    expect(form.get_by_role("alert")).to_contain_text("mode")
    form.get_by_role("textbox", name="mode").fill("")
    form.get_by_role("button", name="Make a plan").click()
    form.wait_for_url("**/plans/*")
    expect(form.get_by_role("heading", level=1)).to_contain_text(f"Copy {FILE}")
    expect(form.get_by_text("Work on 2 at a time")).to_be_visible()
    expect(form.get_by_text("That is not what I meant")).to_have_count(0)


def test_a_plan_becomes_a_runbook_that_is_used(form: Page, site: Plant) -> None:
    page = form
    page.get_by_role("button", name="Make a plan").click()
    page.get_by_role("button", name="Save as a runbook").click()
    page.get_by_label("Name").fill("Roll out / written")
    page.get_by_label("The machines").check()
    page.get_by_label("src, now").check()
    axe.check(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Roll out / written")).to_be_visible()
    axe.check(page)

    page.get_by_role("textbox", name="targets").fill("CIS-SRV-02")
    page.get_by_role("button", name="Make a plan").click()
    page.wait_for_url("**/plans/*")
    expect(page.get_by_role("heading", level=1)).to_contain_text("on 1 machine")
    expect(page.get_by_role("button", name="Proceed")).to_be_visible()
    page.get_by_role("link", name="Roll out / written").click()

    page.get_by_role("button", name="Edit").click()
    text = page.get_by_label("Runbook file").input_value()
    page.get_by_label("Runbook file").fill(text.replace("plan:", "description: Written by hand\nplan:", 1))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Version 2", exact=False)).to_be_visible()
    page.get_by_role("link", name="Runbooks").click()
    expect(page.get_by_role("cell", name="Written by hand")).to_be_visible()
    axe.check(page)
    page.get_by_role("link", name="Roll out / written").click()
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("button", name="Remove the runbook").click()
    expect(page.get_by_text("None yet.")).to_be_visible()


def test_a_said_plan_is_changed_by_hand(page: Page, site: Plant) -> None:
    page.goto("/")
    page.get_by_label("Your request").fill(
        "restart the service stationcontroller on CIS-SRV-01, CIS-SRV-02, one at a time"
    )
    page.get_by_role("button", name="Make a plan").click()
    page.get_by_role("link", name="Change by hand").click()

    expect(page.get_by_role("combobox", name="What to do")).to_have_value("Restart the service (service.restart)")
    expect(page.get_by_role("textbox", name="service", exact=True)).to_have_value("stationcontroller")
    expect(page.get_by_label("At a time")).to_have_value("1")
    page.get_by_label("At a time").fill("2")
    page.get_by_role("button", name="Make a plan").click()
    expect(page.get_by_text("Work on 2 at a time")).to_be_visible()


def test_conditions_stay_what_they_are_when_changed_by_hand(page: Page, site: Plant) -> None:
    when = [
        {"fact": "service_running", "subject": "stationcontroller", "value": False},
        {"fact": "uptime_days", "op": ">", "value": 30, "negate": True},
        {"fact": "disk_free_pct", "op": "<", "value": 10},
    ]
    step = {"intent": "service.start", "params": {"service": "stationcontroller"}, "when": when}
    document = PlanDocument.model_validate({"targets": "CIS-SRV-01", "steps": [step]})
    made = site.container.planning.compose(document, "test")
    page.goto(f"/plans/{made.plan.id}")
    page.get_by_role("link", name="Change by hand").click()

    conditions = page.get_by_role("textbox", name="Only where")
    expect(conditions).to_have_value(
        "service_running stationcontroller == false\nnot uptime_days > 30\ndisk_free_pct < 10"
    )
    page.get_by_role("button", name="Make a plan").click()
    page.wait_for_url(lambda url: "/plans/" in url and made.plan.id not in url)
    again = site.container.planning.document(page.url.rpartition("/")[2])
    assert [c.negate for c in again.steps[0].when] == [False, True, False]
    assert again.steps[0].when[0].value is False
