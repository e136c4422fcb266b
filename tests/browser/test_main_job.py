# SPDX-License-Identifier: Apache-2.0
"""The main job in the browser, from typing to the checked hosts, with one host that fails."""

import hashlib
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from opsconductor.cli.demo.site import GROUP, NEW_VERSION, PROGRAM, program
from tests.browser import axe
from tests.fixtures.plant import Plant

#: Milliseconds a job on a few hosts may take on a busy machine.
JOB = 120_000


@pytest.fixture
def denied(site: Plant) -> Iterator[str]:
    """A host that does not let the file be replaced."""
    host = site.site.names[4]
    site.lab.client.fault(host, "file_access", target=PROGRAM)
    yield host
    site.lab.client.clear_faults(host)


def _answer(page: Page, site: Plant) -> None:
    """Upload the file that is asked for, and take the offered destination."""
    expect(page.get_by_role("heading", name="2 questions before this can be planned")).to_be_visible()
    axe.check(page)
    page.locator("input[type=file]").set_input_files(site.file)
    expect(page.get_by_text(re.compile("version 1, SHA-256"))).to_be_visible()
    page.get_by_role("button", name="the program file of the service").click()
    expect(page.get_by_text("2 of 2 answered")).to_be_visible()
    page.get_by_role("button", name="Continue").click()


def _read_plan(page: Page, site: Plant) -> None:
    """Everything an approver needs is there."""
    proceed = page.get_by_role("button", name="Proceed")
    expect(proceed).to_be_enabled()
    for name in site.site.names:
        expect(page.get_by_text(name, exact=True)).to_be_visible()
    expect(page.get_by_text(f"{site.site.count} targets of '{GROUP}'")).to_be_visible()
    expect(page.get_by_text("undo: Start service stationcontroller again")).to_be_visible()
    page.get_by_role("button", name="Ansible playbook").click()
    expect(page.locator("pre")).to_contain_text("hosts: opsc_windows")
    axe.check(page)


def _read_end(page: Page, site: Plant, denied: str) -> None:
    """One target failed and took no further steps, the others went on."""
    expect(page.get_by_role("status").filter(has_text="Partially failed")).to_be_visible(timeout=JOB)
    count = site.site.count
    expect(page.get_by_text(f"{count - 1} completed")).to_be_visible()
    expect(page.get_by_text(f"{count} targets found")).to_be_visible()
    expect(page.get_by_text(f"{count - 1} running, 1 stopped", exact=True)).to_be_visible()
    first = page.get_by_role("rowheader").first
    expect(first).to_have_text(denied)
    statuses = page.get_by_role("row").filter(has_text=denied).get_by_role("button")
    found = statuses.evaluate_all("cells => cells.map(cell => cell.dataset.status)")
    assert found[3:] == ["failed", "not_run", "not_run"]
    expect(page.get_by_role("region", name="What failed")).to_contain_text(f"{denied} step 4")
    expect(page.get_by_role("log")).to_contain_text("Job partially failed")


def test_the_sentence_from_typing_to_the_checked_hosts(page: Page, site: Plant, denied: str) -> None:
    page.goto("/")
    page.get_by_label("Your request").fill(site.sentence)
    page.keyboard.press("Control+Enter")
    _answer(page, site)
    _read_plan(page, site)
    page.get_by_role("button", name="Proceed").click()
    page.wait_for_url("**/jobs/*", timeout=JOB)
    expect(page.get_by_text(re.compile(r"Step \d of 6"))).to_be_visible()
    _read_end(page, site, denied)
    axe.check(page)
    page.get_by_role("button", name=re.compile(f"^{denied}, step 4 .*: failed$")).click()
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text("denied")
    expect(drawer.get_by_text("Step 4:").first).to_be_visible()
    axe.check(page)
    assert site.password not in page.content()
    assert [n for n in site.site.names if _has_new_file(site, n)] == [n for n in site.site.names if n != denied]
    page.goto("/")
    expect(page.get_by_role("region", name="Recent jobs")).to_contain_text("Partially failed")


def _has_new_file(site: Plant, host: str) -> bool:
    """Asked from the host's side."""
    files = {path.lower(): file for path, file in site.lab.client.state(host)["files"].items()}
    found: str = files[PROGRAM.lower()]["sha256"]
    return found == hashlib.sha256(program(NEW_VERSION)).hexdigest()
