# SPDX-License-Identifier: Apache-2.0
"""Schedules, calendars, freezes and chains as an operator types them: whole ways through, and refusals."""

import json
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from opsconductor.cli.commands import make_app
from opsconductor.domain.approvals import Approval
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.names import InvalidName
from opsconductor.domain.timing import InvalidTiming
from opsconductor.errors import Conflict, InvalidInput, NotApproved, NotFound, OpsConductorError
from opsconductor.queue.serving import serving
from opsconductor.services.freezing import NotFrozen
from opsconductor.services.jobs import Frozen
from tests.integration.scheduling.conftest import Desk

CHANGE = "run 'touch /tmp/x' on all servers in 'Here'"
Opsc = Callable[..., str]


@pytest.fixture
def opsc(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opsc]:
    """Runs a command that must go well, on the services of the desk; a server is there, so that none is started."""
    monkeypatch.setattr("opsconductor.wiring.open_container", lambda: nullcontext(desk.container))
    monkeypatch.setenv("COLUMNS", "250")

    def run(*arguments: str, stdin: str | None = None) -> str:
        result: Result = CliRunner().invoke(make_app(arguments[0]), arguments, input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output

    with serving(desk.container.settings.home):
        yield run


def data(shown: str) -> Any:
    return json.loads(shown)


def test_a_schedule_from_its_making_to_its_end(desk: Desk, opsc: Opsc) -> None:
    plan = desk.plan(CHANGE).plan.id
    opsc("calendars", "set", "Holidays", "12-25", "2026-05-05", "--description", "closed")
    timing = ("--cron", "30 2 * * *", "--zone", "Europe/Berlin")
    policy = (
        "--exclude",
        "Holidays",
        "--catch-up",
        "skip",
        "--window",
        "60",
        "--overlap",
        "queue",
        "--priority",
        "high",
    )
    made = opsc("schedules", "create", "Nightly", "--plan", plan, *timing, *policy)
    assert "Schedule 'Nightly': At 02:30 every day (Europe/Berlin)" in made
    assert "next: 2026-05-06 00:30Z (02:30 Europe/Berlin)" in made  # the 5th is a holiday
    assert "is not approved" in made
    with pytest.raises(NotApproved):
        opsc("schedules", "run-now", "Nightly")
    view = desk.container.schedules.get("Nightly")
    assert f"Approve it: opsc approve {view.schedule.plan_id}" in made
    desk.checked(desk.container.planning.get(view.schedule.plan_id))
    digest = desk.container.planning.get(view.schedule.plan_id).digest or ""
    assert Approval.model_validate(data(opsc("approve", view.schedule.plan_id, "--digest", digest, "--json"))).standing

    assert "active" in opsc("schedules", "list")
    [listed] = data(opsc("schedules", "list", "--json"))
    assert (listed["state"], listed["schedule"]["timing"]["zone"]) == ("active", "Europe/Berlin")
    assert opsc("schedules", "next", "Nightly", "-n", "2").splitlines() == [
        "2026-05-06 00:30Z (02:30 Europe/Berlin)",
        "2026-05-07 00:30Z (02:30 Europe/Berlin)",
    ]
    shown = opsc("schedules", "show", "Nightly")
    assert "Missed: skip  · overlap: queue · high priority · not on the days of Holidays" in shown
    assert "Approved until 2026-08-02" in shown
    assert "Everything is as it was approved." in opsc("schedules", "check", "Nightly")

    assert "is paused" in opsc("schedules", "pause", "Nightly")
    assert opsc("schedules", "next", "Nightly").strip() == "It is paused."
    assert "next: 2026-05-06 00:30Z" in opsc("schedules", "resume", "Nightly")
    with pytest.raises(Conflict, match="is not paused"):
        opsc("schedules", "resume", "Nightly")

    job = data(opsc("schedules", "run-now", "Nightly", "--json"))
    assert (job["status"], job["schedule_id"], job["priority"]) == ("queued", view.schedule.id, "high")
    assert "Started by the schedule 'Nightly'" in opsc("jobs", "show", job["id"])
    assert "asked for out of turn" in opsc("schedules", "show", "Nightly")
    desk.go(seconds=1)
    desk.end()
    desk.go(hours=36, minutes=30)
    runs = data(opsc("schedules", "show", "Nightly", "--json"))["runs"]
    assert [(run["status"], run["reason"]) for run in runs] == [
        ("started", None),
        ("skipped", "excluded by the calendar Holidays (2026-05-05)"),
        ("started", "asked for out of turn"),
    ]

    with pytest.raises(Conflict, match="is used by Nightly"):
        opsc("calendars", "remove", "Holidays")
    opsc("schedules", "delete", "Nightly", "--yes")
    assert "Nightly" not in opsc("schedules", "list")
    opsc("calendars", "remove", "Holidays")
    assert data(opsc("calendars", "list", "--json")) == []


def test_run_puts_a_sentence_with_a_time_in_force(desk: Desk, opsc: Opsc) -> None:
    plan = desk.plan("run 'touch /tmp/x' on here-1 every Monday at 3am").plan.id
    with pytest.raises(NotApproved):
        opsc("run", plan)
    desk.approve(plan)
    made = data(opsc("run", plan, "--json"))
    assert (made["state"], made["schedule"]["plan_id"]) == ("active", plan)
    assert data(opsc("run", plan, "--json"))["schedule"]["id"] == made["schedule"]["id"]
    with pytest.raises(Conflict, match="already"):
        opsc("schedules", "create", "Another", "--plan", plan)
    assert desk.jobs() == []


def test_a_schedule_of_a_runbook_asks_again_when_its_targets_change(desk: Desk, opsc: Opsc, tmp_path: Path) -> None:
    book = tmp_path / "touch.yml"
    book.write_text(
        "name: Touch\nplan:\n  targets: [Here]\n  steps:\n  - intent: command.run\n    params: {command: 'true'}\n",
        encoding="utf-8",
    )
    opsc("runbooks", "import", str(book))
    opsc("schedules", "create", "Touching", "--runbook", "Touch", "--cron", "@daily")
    schedule = desk.container.schedules.get("Touching").schedule
    desk.approve(schedule.plan_id)
    desk.machine("here-3")
    checked = opsc("schedules", "check", "Touching")
    assert "It asks again: target here-3 was added" in checked
    renewed = desk.container.schedules.get("Touching").schedule.plan_id
    assert f"opsc approve {renewed}" in checked
    assert "waiting" in opsc("schedules", "list")
    assert "it asks again: target here-3 was added" in opsc("schedules", "show", "Touching")
    for name in ("here-1", "here-2", "here-3"):
        desk.container.assets.remove(name, "test")
    for told in (opsc("schedules", "check", "Touching"), opsc("schedules", "show", "Touching")):
        assert "No plan can be made with what is there now: target here-1 is gone" in told
        assert "Put that right, then: opsc schedules check Touching." in told
        assert "opsc approve" not in told


REFUSED: list[tuple[tuple[str, ...], type[OpsConductorError], str]] = [
    (("create", "A"), InvalidInput, "nothing to run"),
    (("create", "A", "--plan", "PLAN", "--runbook", "B"), InvalidInput, "two things"),
    (("create", "A", "--plan", "PLAN"), InvalidInput, "does not say when"),
    (("create", "A", "--plan", "PLAN", "--cron", "0 3 * *"), InvalidTiming, "five fields"),
    (("create", "A", "--plan", "PLAN", "--cron", "@daily", "--zone", "Mars"), InvalidTiming, "no time zone 'Mars'"),
    (("create", "A", "--plan", "PLAN", "--cron", "@daily", "--at", "2030-01-01T03:00"), InvalidTiming, "a moment"),
    (("create", "A", "--plan", "PLAN", "--at", "2026-05-04T11:59"), Conflict, "has passed"),
    (("create", "A", "--plan", "PLAN", "--cron", "@daily", "--exclude", "Holydays"), NotFound, "Holydays"),
    (("create", " A", "--plan", "PLAN", "--cron", "@daily"), InvalidName, "blank"),
    (("create", "A", "--plan", "01a1b2c3d4e5", "--cron", "@daily"), NotFound, "no plan"),
    (("create", "A", "--runbook", "Nothing", "--cron", "@daily"), NotFound, "Nothing"),
    (("show", "A"), NotFound, "'A'"),
    (("next", "A"), NotFound, "'A'"),
    (("pause", "A"), NotFound, "'A'"),
    (("resume", "A"), NotFound, "'A'"),
    (("check", "A"), NotFound, "'A'"),
    (("run-now", "A"), NotFound, "'A'"),
    (("delete", "A", "--yes"), NotFound, "'A'"),
]


def test_what_cannot_be_is_refused_and_nothing_is_made(desk: Desk, opsc: Opsc) -> None:
    plan = desk.plan(CHANGE).plan.id
    for arguments, error, words in REFUSED:
        with pytest.raises(error) as refused:
            opsc("schedules", *(plan if word == "PLAN" else word for word in arguments))
        assert words in refused.value.message
        assert refused.value.remedy
    assert desk.container.schedules.list() == ()


def test_what_is_deleted_is_asked_about(desk: Desk, opsc: Opsc) -> None:
    desk.container.schedules.create(desk.plan(f"{CHANGE} every hour").plan.id, "test", name="Hourly")
    result = CliRunner().invoke(make_app("schedules"), ["schedules", "delete", "Hourly"], input="n\n")
    assert (result.exit_code, "Delete the schedule 'Hourly'" in result.output) == (1, True)
    assert desk.container.schedules.get("Hourly").schedule.name == "Hourly"
    opsc("schedules", "delete", "Hourly", stdin="y\n")
    assert desk.container.schedules.list() == ()


NO_CALENDARS: list[tuple[tuple[str, ...], type[OpsConductorError], str]] = [
    (("set", "Holidays", "2030-02-30"), InvalidInput, "2030-02-30"),
    (("set", "Holidays", "2030-12-31..2030-01-01"), InvalidInput, "2030-12-31..2030-01-01"),
    (("set", "Holidays", "someday"), InvalidInput, "someday"),
    (("set", "Holidays ", "12-25"), InvalidName, "blank"),
    (("remove", "Holidays"), NotFound, "Holidays"),
]


def test_calendars_that_cannot_be_are_refused(desk: Desk, opsc: Opsc) -> None:
    for arguments, error, words in NO_CALENDARS:
        with pytest.raises(error) as refused:
            opsc("calendars", *arguments)
        assert words in refused.value.message
    assert desk.container.calendars.list() == ()


def test_a_freeze_from_its_beginning_to_its_end(desk: Desk, opsc: Opsc) -> None:
    plan = desk.plan(CHANGE).plan.id
    desk.approve(plan)
    job = data(opsc("run", plan, "--detach", "--json"))["id"]
    desk.go(seconds=1)
    assert "Changes are not frozen." in opsc("freeze", "--status")
    with pytest.raises(NotFrozen):
        opsc("freeze", "--off")
    for reason in ("two\nlines", "x" * 2001):
        with pytest.raises(InvalidInput, match="The reason"):
            opsc("freeze", "--reason", reason)
    assert data(opsc("freeze", "--status", "--json")) is None
    begun = opsc("freeze", "--reason", "audit week", "--pause")
    assert "audit week. 1 jobs are paused by it" in begun
    assert desk.container.jobs.get(job).status is JobStatus.PAUSED
    with pytest.raises(Frozen, match="changes are frozen"):
        opsc("resume", job)
    desk.approve(plan)
    waiting = data(opsc("run", plan, "--detach", "--json"))["id"]
    desk.go(seconds=1)
    assert desk.container.jobs.get(waiting).status is JobStatus.WAITING
    assert "audit week" in (desk.container.jobs.get(waiting).reason or "")
    assert data(opsc("freeze", "--status", "--json"))["paused"] == [job]
    assert "1 paused jobs go on" in opsc("freeze", "--off")
    assert desk.container.jobs.get(job).status is JobStatus.RUNNING
    assert "not frozen" in opsc("freeze", "--status")


def test_what_follows_a_job_is_told_with_the_way_to_approve_it(desk: Desk, opsc: Opsc, tmp_path: Path) -> None:
    for name in ("Check", "Deploy"):
        book = tmp_path / f"{name}.yml"
        steps = [{"intent": "command.run", "params": {"command": f"echo {name}"}}]
        book.write_text(json.dumps({"name": name, "plan": {"targets": ["Here"], "steps": steps}}), encoding="utf-8")
        opsc("runbooks", "import", str(book))
    with pytest.raises(InvalidInput):
        opsc("runbooks", "chain", "Deploy", "Check", "--on", "sunday")
    with pytest.raises(InvalidInput, match="there is no 'Chekc'"):
        opsc("runbooks", "chain", "Deploy", "Chekc")
    assert "Nothing follows 'Deploy'." in opsc("runbooks", "chain", "Deploy")
    assert "1. on success: 'Check', approved each time" in opsc("runbooks", "chain", "Deploy", "Check", "--approval")
    with pytest.raises(OpsConductorError, match="circle"):
        opsc("runbooks", "chain", "Check", "Deploy")
    plan = data(opsc("runbooks", "run", "Deploy", "--json"))["id"]
    desk.approve(plan)
    job = data(opsc("run", plan, "--detach", "--json"))["id"]
    assert "Then 'Check': on success" in opsc("jobs", "show", job)
    desk.go(seconds=1)
    desk.end()
    desk.go(seconds=1)
    [step] = desk.container.chaining.after(job)
    told = opsc("jobs", "show", job)
    assert f"Then 'Check': waits: approval of plan {(step.plan_id or '')[-8:]}" in told
    assert f"Approve it: opsc approve {step.plan_id}" in told
    desk.approve(step.plan_id or "")
    desk.go(seconds=1)
    [step] = desk.container.chaining.after(job)
    assert f"Then 'Check': started as job {step.job_id}" in opsc("jobs", "show", job)
    assert f"Follows job {job}" in opsc("jobs", "show", step.job_id or "")
