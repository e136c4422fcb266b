# SPDX-License-Identifier: Apache-2.0
"""Schedules, calendars, chains and standing approvals in the web console."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from opsconductor.clock import utc_now
from opsconductor.db.repositories.plans import PlanRepository
from opsconductor.db.repositories.schedules import ScheduleRepository
from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.chains import Link
from opsconductor.domain.jobs import Priority
from opsconductor.domain.lint import LintStatus, LintVerdict
from opsconductor.domain.runbooks import RunbookDocument
from opsconductor.domain.schedules import DEFAULT_WINDOW, RunStatus, ScheduleRun
from opsconductor.domain.specs import AssetSpec, ConnectionSpec, GroupSpec
from opsconductor.domain.timing import timing_of
from opsconductor.ids import new_id
from opsconductor.services.schedules import Policy
from tests.browser import axe
from tests.browser.conftest import Watcher
from tests.fixtures.plant import Plant

ACTOR = "local:test"


@pytest.fixture
def night(site: Plant) -> Iterator[str]:
    """A group of its own, and a schedule on it that is approved."""
    container = site.container
    container.groups.add(GroupSpec(name="Night"), ACTOR)
    _machine(site, "night-1")
    plan = container.planning.propose("run 'touch /tmp/x' on all servers in 'Night'", ACTOR, follow=False).plan
    container.calendars.put("Holidays", ["12-25", "sunday"], ACTOR, "Nobody is there")
    policy = Policy(calendars=("Holidays",))
    timing = timing_of({"cron": "0 3 * * *", "zone": "Europe/Berlin"})
    schedule = container.schedules.create(plan.id, ACTOR, name="Nightly", timing=timing, policy=policy)
    _approve(site, schedule.plan_id)
    missed, now = utc_now() - timedelta(days=2), utc_now()
    with container.database.session() as session:
        ScheduleRepository(session).add_run(
            ScheduleRun(
                id=new_id(),
                schedule_id=schedule.id,
                due_at=missed,
                last_at=missed + timedelta(days=1),
                count=2,
                status=RunStatus.SKIPPED,
                reason="missed: no server or worker ran then",
                actor="schedule:Nightly",
                decided_at=now,
            )
        )
    yield schedule.name
    for view in container.schedules.list():
        container.schedules.delete(view.schedule.name, ACTOR)
    container.calendars.remove("Holidays", ACTOR)
    for asset in container.assets.everything()[0]:
        if "Night" in asset.groups:
            container.assets.remove(asset.name, ACTOR)
    container.groups.remove("Night", ACTOR)


@pytest.fixture
def chained(site: Plant) -> Iterator[None]:
    """Three runbooks that are in no chain yet."""
    for name in ("Roll out", "Check it", "Tell the desk"):
        step = {"intent": "command.run", "params": {"command": f"echo {name}"}}
        document = {"name": name, "plan": {"targets": ["CIS servers"], "steps": [step]}}
        if name == "Check it":
            document |= {"parameters": {"where": {"fills": ["targets"], "default": "CIS servers"}}}
        site.container.runbooks.save(RunbookDocument.model_validate(document), ACTOR)
    yield
    for name in ("Roll out", "Check it", "Tell the desk"):
        site.container.runbooks.remove(name, ACTOR)


def _machine(site: Plant, name: str) -> None:
    local = ConnectionSpec(kind=ConnectionKind.LOCAL)
    spec = AssetSpec(name=name, platform=Platform.LINUX, address="127.0.0.1", groups=("Night",), connections=(local,))
    site.container.assets.add(spec, ACTOR)


def _approve(site: Plant, plan_id: str) -> None:
    with site.container.database.session() as session:
        PlanRepository(session).set_lint(plan_id, LintVerdict(status=LintStatus.GREEN))
    record = site.container.planning.get(plan_id)
    site.container.approving.approve(plan_id, record.digest or "", ACTOR)


def test_schedules_and_calendars_are_told_and_controlled(page: Page, night: str) -> None:
    page.goto("/schedules")
    row = page.get_by_role("row").filter(has_text="Nightly")
    expect(row).to_contain_text("Active")
    expect(row).to_contain_text("missed: no server or worker ran then")
    axe.check(page)
    row.get_by_role("button", name="Pause Nightly").click()
    expect(row).to_contain_text("Paused")
    row.get_by_role("button", name="Resume Nightly").click()
    expect(row).to_contain_text("Active")
    page.get_by_role("button", name="Add a calendar").click()
    page.get_by_label("Name").fill("Holidays")
    page.get_by_role("textbox", name="Days").fill("2030-12-20..2030-12-27")
    expect(page.get_by_text("This calendar is there already")).to_be_visible()
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    axe.check(page)
    page.get_by_label("Name").fill("Freeze week")
    axe.check(page)
    page.get_by_role("button", name="Save").click()
    calendars = page.get_by_role("region", name="Calendars")
    expect(calendars).to_contain_text("2030-12-20..2030-12-27")
    calendars.get_by_role("button", name="Change Freeze week").click()
    page.get_by_role("button", name="Remove the calendar").click()
    expect(calendars).not_to_contain_text("Freeze week")


def test_a_schedule_tells_its_times_and_asks_again(page: Page, site: Plant, night: str) -> None:
    page.goto(f"/schedules/{night}")
    expect(page.get_by_role("heading", name="Nightly")).to_be_visible()
    expect(page.get_by_text("Not on the days of Holidays.", exact=False)).to_be_visible()
    expect(page.get_by_text("2 times", exact=False)).to_be_visible()
    axe.check(page)
    page.get_by_role("button", name="Check for changes").click()
    expect(page.get_by_text("Nothing has changed.")).to_be_visible()
    _machine(site, "night-2")
    page.get_by_role("button", name="Check for changes").click()
    alert = page.get_by_role("alert").filter(has_text="It asks for approval again")
    expect(alert).to_contain_text("target night-2 was added")
    axe.check(page)
    alert.get_by_role("link", name="Look at the plan and approve it").click()
    page.wait_for_url("**/plans/*")
    expect(page.get_by_role("button", name="Approve the schedule")).to_be_visible()
    expect(page.get_by_text("You approve every run of exactly this for 90 days")).to_be_visible()
    axe.check(page)
    for name in ("night-1", "night-2"):
        site.container.assets.remove(name, ACTOR)
    page.goto(f"/schedules/{night}")
    page.get_by_role("button", name="Check for changes").click()
    alert = page.get_by_role("alert").filter(has_text="target night-1 is gone")
    expect(alert).to_contain_text("It cannot run")
    expect(alert).not_to_contain_text("approve")
    expect(alert.get_by_role("link", name="Put that right, or look at the plan and change it")).to_be_visible()
    axe.check(page)


def test_a_plan_is_scheduled_from_its_page(page: Page, site: Plant, night: str) -> None:
    plan = site.container.planning.propose("ping CIS-SRV-01", ACTOR, follow=False).plan
    page.goto(f"/plans/{plan.id}")
    page.get_by_role("button", name="Schedule it").click()
    form = page.get_by_role("form", name="Schedule")
    form.get_by_label("Name").fill("Ping / daily")
    form.get_by_label("Cron line").fill("30 7 * * *")
    form.get_by_label("Time zone").fill("Europe/Berlin")
    form.get_by_label("Within minutes").fill("")
    form.get_by_label("Priority").select_option("low")
    axe.check(page)
    form.get_by_role("button", name="Make the schedule").click()
    expect(page.get_by_role("heading", name="Ping / daily")).to_be_visible()
    made = site.container.schedules.get("Ping / daily").schedule
    assert (made.window, made.priority) == (DEFAULT_WINDOW, Priority.LOW)
    expect(page.get_by_text("Its jobs have low priority.", exact=False)).to_be_visible()
    page.get_by_role("button", name="Delete Ping / daily").click()
    axe.check(page)
    page.get_by_role("button", name="Delete the schedule").click()
    page.wait_for_url("**/schedules")
    expect(page.get_by_role("link", name="Ping / daily")).to_have_count(0)


def test_what_follows_a_runbook_is_changed(page: Page, site: Plant, chained: None) -> None:
    page.goto("/runbooks/Roll%20out")
    then = page.get_by_role("region", name="What follows")
    expect(then).to_contain_text("Nothing. Other runbooks can follow")
    then.get_by_role("button", name="Change what follows").click()
    form = page.get_by_role("form", name="Chain")
    for number, (name, outcome) in enumerate([("Check it", "succeeded"), ("Tell the desk", "failed")], start=1):
        form.get_by_role("button", name="Add a runbook").click()
        link = form.get_by_role("group", name=f"Runbook {number}")
        link.get_by_role("combobox", name="Runbook").click()
        page.get_by_role("option", name=name).click()
        link.get_by_role("combobox", name="After a job that").click()
        page.get_by_role("option", name=outcome).click()
    form.get_by_label("where").fill("CIS-SRV-02")
    form.get_by_role("group", name="Runbook 2").get_by_label("Somebody approves it each time").check()
    axe.check(page)
    form.get_by_role("button", name="Save").click()
    expect(then).to_contain_text("On success: Check it · where CIS-SRV-02")
    expect(then).to_contain_text("On failure: Tell the desk · approved each time")
    axe.check(page)
    then.get_by_role("button", name="Change what follows").click()
    form.get_by_role("button", name="Take out runbook 1").click()
    form.get_by_role("button", name="Save").click()
    expect(then).not_to_contain_text("Check it")
    assert site.container.runbooks.get("Roll out").document.then == (
        Link(runbook="Tell the desk", on="failure", approval=True),
    )
    site.container.runbooks.chain("Roll out", (), ACTOR)


def test_the_page_of_a_job_tells_what_comes_before_and_after_it(page: Page, site: Plant, chained: None) -> None:
    container = site.container
    links = (Link(runbook="Check it", approval=True), Link(runbook="Tell the desk", on="failure"))
    container.runbooks.chain("Roll out", links, ACTOR)
    plan = container.runbooks.run("Roll out", {}, ACTOR).plan
    _approve(site, plan.id)
    container.freezing.freeze(ACTOR, "the test looks first")
    job = container.launching.launch(plan.id, ACTOR)
    page.goto(f"/jobs/{job.id}")
    card = page.get_by_role("region", name="Before and after this job")
    expect(card).to_contain_text("On success: Check it")
    expect(card).to_contain_text("On failure: Tell the desk")
    expect(card.get_by_text("to come")).to_have_count(2)
    expect(card).not_to_contain_text("Follows")
    axe.check(page)
    container.freezing.lift(ACTOR)

    expect(card.get_by_text("waits for approval")).to_be_visible()
    expect(card.get_by_text("skipped")).to_be_visible()
    expect(card).to_contain_text("the job before ended as succeeded; this follows failure")
    axe.check(page)
    card.get_by_role("link", name="look at its plan and approve it").click()
    page.wait_for_url("**/plans/*")
    follower = page.url.rpartition("/")[2]
    expect(page.get_by_role("button", name="Proceed")).to_be_visible()
    page.go_back()
    _approve(site, follower)
    expect(card.get_by_text("started")).to_be_visible()
    card.get_by_role("link", name="the job", exact=True).click()
    expect(card.get_by_role("link", name=f"job …{job.id[-8:]}")).to_have_attribute("href", f"/jobs/{job.id}")
    expect(card).not_to_contain_text("Check it")
    axe.check(page)
    [after] = [step for step in container.chaining.after(job.id) if step.job_id]
    assert page.url.endswith(f"/jobs/{after.job_id}")
    container.runbooks.chain("Roll out", (), ACTOR)


def test_a_circle_is_told_in_the_form(page: Page, site: Plant, watcher: Watcher, chained: None) -> None:
    watcher.expected.add(422)
    site.container.runbooks.chain("Check it", (Link(runbook="Roll out"),), ACTOR)
    page.goto("/runbooks/Roll%20out")
    page.get_by_role("button", name="Change what follows").click()
    form = page.get_by_role("form", name="Chain")
    form.get_by_role("button", name="Add a runbook").click()
    form.get_by_role("combobox", name="Runbook").click()
    page.get_by_role("option", name="Check it").click()
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_role("alert")).to_contain_text("Roll out → Check it → Roll out")
    site.container.runbooks.chain("Check it", (), ACTOR)


def test_a_standing_approval_and_a_priority_are_offered(page: Page, site: Plant, chained: None) -> None:
    plan = site.container.runbooks.run("Tell the desk", {}, ACTOR).plan
    page.goto(f"/plans/{plan.id}")
    expect(page.get_by_label("Also for chains, 90 days")).to_be_visible()
    expect(page.get_by_label("Priority")).to_have_value("normal")
    page.get_by_label("Priority").select_option("high")
    axe.check(page)
