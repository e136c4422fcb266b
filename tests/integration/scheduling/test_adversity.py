# SPDX-License-Identifier: Apache-2.0
"""Schedules in bad company: what they rest on changes, changes are frozen, the server was away, checks take long."""

import io
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, update

from opsconductor.db.tables.plans import PlanRow
from opsconductor.domain.attempts import Answers
from opsconductor.domain.jobs import JobStatus, Priority
from opsconductor.domain.schedules import CatchUp, Schedule, ScheduleState
from opsconductor.domain.specs import AssetEdit
from opsconductor.domain.timing import timing_of
from opsconductor.errors import Conflict, NotApproved
from opsconductor.services.schedules import Policy
from tests.integration.scheduling.conftest import ACTOR, EITHER, Desk

AGAIN = Answers(repeat=("1",))
CHANGE = "run 'touch /tmp/x' on all servers in 'Here' every hour"


def put(desk: Desk, text: str = CHANGE, **policy: object) -> Schedule:
    """An approved schedule of that sentence."""
    plan = desk.plan(text).plan.id
    desk.approve(plan)
    return desk.container.schedules.create(plan, ACTOR, name="Hourly", policy=Policy.model_validate(policy))


def told(desk: Desk) -> list[tuple[str, str, str]]:
    return [(f"{r.due_at:%H:%M}", r.status.value, r.reason or "") for r in desk.runs("Hourly")]


def grow(desk: Desk) -> None:
    desk.machine("here-3")


def shrink(desk: Desk) -> None:
    desk.container.assets.remove("here-2", "test")


def move(desk: Desk) -> None:
    desk.container.assets.edit("here-1", AssetEdit(address="127.0.0.9"), "test")


def rewrite(desk: Desk) -> None:
    desk.container.files.add(io.BytesIO(b"changed"), "test", name="site.conf")


def retemplate(desk: Desk) -> None:
    """As after an upgrade that has brought another version of the template."""
    schedule = desk.container.schedules.get("Hourly").schedule
    parts = desk.container.planning.get(schedule.plan_id).parts
    assert parts is not None
    parts["templates"]["command.run"] = "0" * 64
    with desk.container.database.session() as session:
        session.exec(update(PlanRow).where(col(PlanRow.id) == schedule.plan_id).values(parts=parts))


COPY = "copy site.conf to /tmp/site.conf on all servers in 'Here' every hour"


@pytest.mark.parametrize(
    ("text", "change", "why"),
    [
        (CHANGE, grow, "target here-3 was added"),
        (CHANGE, shrink, "target here-2 is gone"),
        (CHANGE, move, "target here-1 has changed"),
        (COPY, rewrite, "file site.conf has changed"),
        (CHANGE, retemplate, "template command.run has changed"),
    ],
)
def test_whatever_it_rests_on_changes_it_asks_again_and_says_why(
    desk: Desk, text: str, change: Callable[[Desk], None], why: str
) -> None:
    desk.container.files.add(io.BytesIO(b"as it was"), "test", name="site.conf")
    schedule = put(desk, text)
    desk.go(hours=1)
    desk.end()
    change(desk)
    desk.go(hours=1)
    view = desk.container.schedules.get("Hourly")
    assert (view.state, view.schedule.asks) == (ScheduleState.WAITING, (why,))
    assert view.schedule.plan_id != schedule.plan_id
    assert [(t[1], why in t[2]) for t in told(desk)] == [("started", False), ("skipped", True)]
    desk.approve(view.schedule.plan_id)
    desk.go(hours=1)
    assert [job.plan_id for job in desk.jobs()] == [schedule.plan_id, view.schedule.plan_id]
    assert desk.container.schedules.get("Hourly").state is ScheduleState.ACTIVE


def test_a_plan_that_cannot_be_made_anew_is_not_tried_with_every_time(desk: Desk) -> None:
    put(desk)
    for name in ("here-1", "here-2"):
        desk.container.assets.remove(name, "test")
    made = len(desk.container.planning.recent(limit=500))
    desk.go(hours=1)
    view = desk.container.schedules.get("Hourly")
    assert (view.state, view.blocked) == (ScheduleState.WAITING, True)
    assert "No plan can be made with what is there now: target here-1 is gone" in (view.waiting or "")
    assert told(desk)[0][2].startswith("no plan can be made with what is there now: target here-1 is gone")
    for _ in range(4):
        desk.go(minutes=30)
        desk.go(minutes=30)
    assert all("target here-1 is gone" in reason for _, _, reason in told(desk))
    again = len(desk.container.planning.recent(limit=500)) - made
    assert again <= 5, "one by the first time, the others by the check of every hour"
    desk.machine("here-7")
    desk.go(hours=1)
    view = desk.container.schedules.get("Hourly")
    assert desk.container.planning.get(view.schedule.plan_id).plan.targets.names == ("here-7",)
    assert (view.state, view.blocked) == (ScheduleState.WAITING, False)
    assert view.remedy == f"Approve it: opsc approve {view.schedule.plan_id}"


def test_what_was_never_approved_and_cannot_be_made_anew_does_not_ask_for_approval(desk: Desk) -> None:
    plan = desk.plan(CHANGE).plan.id
    desk.container.schedules.create(plan, ACTOR, name="Hourly")
    assert desk.container.schedules.get("Hourly").remedy == f"Approve it: opsc approve {plan}"
    addresses = {name: desk.container.assets.remove(name, "test").address for name in ("here-1", "here-2")}
    view = desk.container.schedules.check("Hourly")
    assert view.blocked
    assert (view.waiting or "").startswith("No plan can be made with what is there now: target here-1 is gone")
    assert (view.remedy or "").startswith("Put that right, then: opsc schedules check Hourly. Or change the plan")
    assert "opsc approve" not in (view.remedy or "")
    for name in addresses:
        desk.machine(name)
    view = desk.container.schedules.check("Hourly")
    assert (view.blocked, view.state) == (False, ScheduleState.WAITING)
    assert view.remedy == f"Approve it: opsc approve {view.schedule.plan_id}"


@EITHER
def test_its_jobs_have_its_priority(desk: Desk) -> None:
    schedule = put(desk, priority="high")
    desk.go(hours=1)
    desk.end()
    desk.go(seconds=1)
    desk.container.schedules.run_now(schedule.name, ACTOR)
    assert [job.priority for job in desk.jobs()] == [Priority.HIGH] * 2


@pytest.mark.parametrize(
    ("policy", "lifted_after", "expected"),
    [
        ({}, 10, [("13:00", "started", "waited for the end of a freeze, 10 min late")]),
        ({}, 20, [("13:00", "skipped", "made up for within 15 min only")]),
        ({"window": 10_800}, 70, [("13:00", "skipped", "a later time has come"), ("14:00", "started", "10 min late")]),
        ({"catch_up": CatchUp.SKIP}, 1, [("13:00", "skipped", "changes are frozen by local:ann")]),
    ],
)  # fmt: skip
def test_a_time_that_comes_in_a_freeze_waits_no_longer_than_a_missed_one(
    desk: Desk, policy: dict[str, Any], lifted_after: int, expected: list[tuple[str, str, str]]
) -> None:
    put(desk, **policy)
    desk.go(minutes=50)
    desk.container.freezing.freeze(ACTOR, "audit week")
    desk.go(minutes=10)
    assert desk.jobs() == []
    for _ in range(lifted_after):
        desk.go(minutes=1)
    desk.container.freezing.lift(ACTOR)
    desk.go(seconds=1)
    assert [t[:2] for t in told(desk)] == [e[:2] for e in expected]
    assert all(e[2] in t[2] for t, e in zip(told(desk), expected, strict=True)), told(desk)
    assert len(desk.jobs()) == sum(e[1] == "started" for e in expected)


@EITHER
def test_a_freeze_says_so_while_a_time_waits_and_lets_a_dry_run_through(desk: Desk) -> None:
    put(desk)
    desk.container.freezing.freeze(ACTOR, "audit week")
    desk.go(hours=1)
    assert told(desk)[0][1:2] == ("due",)
    assert "waits: changes are frozen by local:ann" in told(desk)[0][2]
    assert "audit week" in told(desk)[0][2]
    dry = desk.plan("dry run: run 'touch /tmp/x' on here-1 every hour")
    assert dry.plan.options.dry_run
    desk.container.schedules.put_in_force(dry.plan.id, ACTOR)
    desk.go(hours=1)
    assert [job.plan_id for job in desk.jobs()] == [dry.plan.id]
    assert [job.status for job in desk.jobs()] == [JobStatus.RUNNING]


@pytest.mark.parametrize(
    ("policy", "last"),
    [
        ({}, ("12:00", "skipped", "late, made up for within 15 min only")),
        ({"window": 86_400}, ("12:00", "started", "made up for, 40 min late")),
        ({"catch_up": CatchUp.SKIP, "window": 86_400}, ("12:00", "skipped", "is not made up for")),
    ],
)
def test_after_a_day_without_a_server_one_job_is_started_at_most(
    desk: Desk, policy: dict[str, Any], last: tuple[str, str, str]
) -> None:
    put(desk, **policy)
    desk.go(hours=24, minutes=40)
    *missed, final = told(desk)
    assert [(t[0], t[1]) for t in missed] == [("13:00", "skipped")]
    assert desk.runs("Hourly")[0].count == 23
    assert final[:2] == last[:2]
    assert last[2] in final[2]
    assert len(desk.jobs()) == (last[1] == "started")


def test_an_expired_approval_is_said_with_the_way_out(desk: Desk) -> None:
    schedule = put(desk, "run 'touch /tmp/x' on here-1 every Sunday at 3am")
    desk.go(days=91)
    view = desk.container.schedules.get("Hourly")
    assert (view.state, view.schedule.plan_id) == (ScheduleState.WAITING, schedule.plan_id)
    assert "has expired" in (view.waiting or "")
    with pytest.raises(NotApproved, match="expired"):
        desk.container.schedules.run_now("Hourly", ACTOR)


def test_once_in_the_past_is_refused_and_once_without_approval_is_over(desk: Desk) -> None:
    plan = desk.plan("run 'touch /tmp/x' on here-1").plan.id
    with pytest.raises(Conflict, match="has passed"):
        desk.container.schedules.create(plan, ACTOR, name="Past", timing=timing_of({"at": "2026-05-04T11:59"}))
    desk.container.schedules.create(plan, ACTOR, name="Hourly", timing=timing_of({"at": "2026-05-04T13:00"}))
    desk.go(hours=1)
    assert "is not approved" in told(desk)[0][2]
    view = desk.container.schedules.get("Hourly")
    assert (view.state, desk.jobs()) == (ScheduleState.OVER, [])
    desk.approve(view.schedule.plan_id)
    desk.go(hours=1)
    assert desk.jobs() == []  # its time has passed; it never starts at another one


def test_the_checks_of_a_renewed_plan_hold_up_no_job(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def check(plan_id: str, _commit: str) -> None:
        time.sleep(1.0)
        asked.append(plan_id)
        desk.checked(desk.container.planning.get(plan_id))

    monkeypatch.setattr(desk.container.linting, "_check", check)
    plan = desk.plan("ping all servers in 'Here' every hour").plan.id
    desk.container.schedules.put_in_force(plan, ACTOR)
    desk.machine("here-3")
    desk.clock.shift(timedelta(hours=1))
    began = time.monotonic()
    desk.container.scheduling.tick()
    desk.container.scheduling.tick()
    assert asked == [], f"the tick waited {time.monotonic() - began:.1f} s for the checks"
    assert [j.plan_id for j in desk.jobs()] == []
    for future in [*desk.container.linting._running.values()]:
        future.result(timeout=30)
    desk.go(seconds=5)
    [job] = desk.jobs()
    assert asked == [job.plan_id]
    assert desk.container.planning.get(job.plan_id).plan.targets.names == ("here-1", "here-2", "here-3")


@EITHER
def test_a_job_of_a_schedule_is_retried_by_the_standing_approval(desk: Desk) -> None:
    schedule = put(desk)
    desk.go(hours=1)
    desk.end(("here-2",))
    [job] = desk.jobs()
    assert (job.status, job.priority) == (JobStatus.PARTIALLY_FAILED, Priority.NORMAL)
    desk.container.attempts.retry(job.id, ACTOR, answers=AGAIN)
    desk.go(hours=1)  # a time comes while it is at it
    assert "has not ended" in told(desk)[1][2]
    desk.end()
    [job] = desk.jobs()
    assert (job.status, job.attempt, job.schedule_id) == (JobStatus.SUCCEEDED, 2, schedule.id)
    desk.go(hours=1)
    assert [t[1] for t in told(desk)] == ["started", "skipped", "started"]


@pytest.mark.parametrize("how", ["expired", "rejected"])
def test_without_its_standing_approval_no_job_is_retried(desk: Desk, how: str) -> None:
    schedule = put(desk)
    desk.go(hours=1)
    desk.end(("here-2",))
    [job] = desk.jobs()
    if how == "expired":
        desk.clock.shift(timedelta(days=91))
    else:
        desk.clock.shift(timedelta(seconds=1))
        desk.container.approving.reject(schedule.plan_id, ACTOR, "no more")
    with pytest.raises(NotApproved, match=how):
        desk.container.attempts.retry(job.id, ACTOR, answers=AGAIN)
    if how == "expired":  # approved once more, it may go on
        desk.approve(schedule.plan_id)
        assert desk.container.attempts.retry(job.id, ACTOR, answers=AGAIN).attempt == 2
