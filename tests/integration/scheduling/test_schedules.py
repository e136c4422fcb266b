# SPDX-License-Identifier: Apache-2.0
"""Plans that run at times: started once each, skipped with a reason, asking again when something has changed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from opsconductor.clock import utc_now
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.schedules import CatchUp, Overlap, RunStatus, Schedule, ScheduleRun, ScheduleState
from opsconductor.domain.specs import AssetEdit
from opsconductor.domain.timing import timing_of
from opsconductor.errors import Conflict, InvalidInput, NotApproved, NotFound
from opsconductor.services.launching import RunsBySchedule
from opsconductor.services.schedules import Policy
from opsconductor.wiring import open_container
from tests.integration.scheduling.conftest import ACTOR, EITHER, Desk

CHANGE = "run 'touch /tmp/x' on all servers in 'Here' every hour"
ASK = "ping all servers in 'Here' every hour"
Make = Callable[..., Schedule]


@pytest.fixture
def make(desk: Desk) -> Make:
    """An approved schedule that changes something every hour."""

    def made(**policy: object) -> Schedule:
        plan = desk.plan(CHANGE).plan.id
        desk.approve(plan)
        if not policy:
            return desk.container.schedules.put_in_force(plan, ACTOR)
        return desk.container.schedules.create(plan, ACTOR, name="Hourly", policy=Policy.model_validate(policy))

    return made


def told(desk: Desk, name: str) -> list[tuple[str, str, str]]:
    return [(f"{r.due_at:%H:%M}", r.status.value, r.reason or "") for r in desk.runs(name)]


def test_a_sentence_with_a_time_becomes_a_schedule_when_it_is_run(desk: Desk) -> None:
    record = desk.plan("restart nginx on here-1 every Monday at 3am")
    assert (record.plan.obstacles, record.plan.options.schedule) == ((), {"cron": "0 3 * * 1"})
    with pytest.raises(NotApproved):
        desk.container.schedules.put_in_force(record.plan.id, ACTOR)
    approval = desk.approve(record.plan.id)
    assert approval.standing
    assert approval.expires_at - utc_now() == timedelta(days=90)
    schedule = desk.container.schedules.put_in_force(record.plan.id, ACTOR)
    assert desk.container.schedules.put_in_force(record.plan.id, ACTOR) == schedule
    with pytest.raises(RunsBySchedule):
        desk.container.launching.launch(record.plan.id, ACTOR)
    desk.go(days=6, hours=15)
    [job] = desk.jobs()
    assert (job.actor, job.schedule_id, job.status) == (f"schedule:{schedule.name}", schedule.id, JobStatus.RUNNING)
    [created] = desk.audited("schedule.created")
    assert created["plan"] == record.plan.id
    assert desk.audited("job.queued")[0]["schedule"] == schedule.id


@EITHER
def test_one_approval_is_for_every_job_until_it_expires(desk: Desk, make: Make) -> None:
    schedule = make()
    for _ in range(3):
        desk.go(hours=1)
        desk.end()
    assert [j.status for j in desk.jobs()] == [JobStatus.SUCCEEDED] * 3
    desk.go(days=90)
    *_, last = desk.runs(schedule.name)
    assert last.status is RunStatus.SKIPPED
    assert "has expired" in (last.reason or "")
    view = desk.container.schedules.get(schedule.name)
    assert (view.state, view.waiting is not None) == (ScheduleState.WAITING, True)
    desk.approve(schedule.plan_id)
    desk.go(hours=1)
    assert len(desk.jobs()) == 4


def test_set_back_clocks_start_nothing_twice(desk: Desk, make: Make) -> None:
    schedule = make()
    desk.go(hours=1)
    desk.end()
    for _ in range(3):
        desk.go(minutes=-50)
        desk.go(minutes=50)
    desk.go(minutes=0)
    assert [t[:2] for t in told(desk, schedule.name)] == [("13:00", "started")]


@EITHER
def test_many_dispatchers_start_each_time_once(desk: Desk, make: Make) -> None:
    schedule = make(overlap=Overlap.QUEUE)
    desk.clock.shift(timedelta(hours=1))
    barrier = Barrier(4)
    with open_container(desk.container.settings) as second:
        second.dispatcher.supervisors = desk.supervisors
        ticking = [desk.container.scheduling, desk.container.scheduling, second.scheduling, second.scheduling]

        def tick(service: object) -> None:
            barrier.wait()
            for _ in range(3):
                service.tick()  # type: ignore[attr-defined]

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(tick, ticking))
    assert len(desk.jobs()) == 1
    assert [t[:2] for t in told(desk, schedule.name)] == [("13:00", "started")]


@pytest.mark.parametrize(
    ("policy", "later", "became"),
    [
        ({}, timedelta(seconds=40), ("started", "")),
        ({}, timedelta(minutes=10), ("started", "")),
        ({}, timedelta(hours=6), ("skipped", "missed: it could not be started then; 6 h late, made up for within")),
        ({"catch_up": CatchUp.SKIP}, timedelta(seconds=40), ("started", "")),
        ({"catch_up": CatchUp.SKIP}, timedelta(minutes=10), ("skipped", "what is missed is not made up for")),
        ({"window": 86_400}, timedelta(hours=13), ("skipped", "by now it is excluded by the calendar Tuesdays")),
    ],
)  # fmt: skip
def test_what_is_due_is_started_after_the_dispatcher_that_took_it_is_gone_but_not_at_any_hour(
    desk: Desk, make: Make, policy: dict[str, object], later: timedelta, became: tuple[str, str]
) -> None:
    desk.container.calendars.put("Tuesdays", ["tuesday"], ACTOR)
    schedule = make(calendars=("Tuesdays",), **policy)
    desk.clock.shift(timedelta(hours=1))
    desk.container.scheduling.times.settle(schedule, utc_now())  # and then it is killed
    assert desk.jobs() == []
    desk.clock.shift(later)
    [run] = [r for r in desk.runs(schedule.name) if r.status is RunStatus.DUE]
    desk.container.scheduling._begin(run)
    [(_, status, reason)] = told(desk, schedule.name)
    assert status == became[0]
    assert became[1] in reason
    assert len(desk.jobs()) == (became[0] == "started")


def test_what_could_not_be_started_is_not_tried_for_ever(
    desk: Desk, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = make()

    def away(_plan_id: str) -> None:
        raise OSError("the repository's folder is away")

    with monkeypatch.context() as patch:
        patch.setattr(desk.container.planning, "get", away)
        desk.go(hours=1)
        desk.go(minutes=20)
        desk.go(minutes=20)
    desk.go(minutes=1)
    assert told(desk, schedule.name)[0][1] == "skipped"
    assert desk.jobs() == []


@EITHER
def test_a_job_that_has_not_ended_lets_the_next_time_pass_or_wait(desk: Desk, make: Make) -> None:
    skipping = make()
    desk.go(hours=1)
    desk.go(hours=1)
    assert [t[1] for t in told(desk, skipping.name)] == ["started", "skipped"]
    assert "has not ended" in told(desk, skipping.name)[1][2]
    desk.container.schedules.delete(skipping.name, ACTOR)
    desk.end()
    queueing = make(overlap=Overlap.QUEUE)
    desk.go(hours=1)
    desk.go(hours=1)
    desk.go(hours=1)
    assert [t[1] for t in told(desk, queueing.name)] == ["started", "queued", "skipped"]
    assert "another run waits" in told(desk, queueing.name)[2][2]
    desk.end()
    desk.go(seconds=1)
    assert [t[1] for t in told(desk, queueing.name)] == ["started", "started", "skipped"]
    assert len(desk.jobs()) == 3


@EITHER
def test_a_new_target_makes_it_ask_again_and_nothing_runs_meanwhile(desk: Desk, make: Make) -> None:
    schedule = make()
    desk.machine("here-3")
    desk.go(hours=1)
    assert desk.jobs() == []
    [run] = desk.runs(schedule.name)
    assert "target here-3 was added" in (run.reason or "")
    view = desk.container.schedules.get(schedule.name)
    assert (view.state, view.schedule.asks) == (ScheduleState.WAITING, ("target here-3 was added",))
    assert view.schedule.plan_id != schedule.plan_id
    renewed = desk.container.planning.get(view.schedule.plan_id)
    assert renewed.plan.targets.names == ("here-1", "here-2", "here-3")
    assert desk.audited("schedule.asked_again")[0]["differences"] == ["target here-3 was added"]
    desk.approve(renewed.plan.id)
    desk.go(hours=1)
    [job] = desk.jobs()
    assert job.plan_id == renewed.plan.id
    assert desk.container.schedules.get(schedule.name).schedule.asks == ()


def test_it_asks_before_it_is_due_where_a_check_finds_the_change(desk: Desk) -> None:
    plan = desk.plan("run 'touch /tmp/x' on all servers in 'Here' every Sunday at 3am").plan.id
    desk.approve(plan)
    schedule = desk.container.schedules.put_in_force(plan, ACTOR)
    desk.container.assets.edit("here-1", AssetEdit(address="127.0.0.7"), "test")
    desk.go(minutes=30)
    assert desk.container.schedules.get(schedule.name).state is ScheduleState.ACTIVE
    desk.go(minutes=31)
    view = desk.container.schedules.get(schedule.name)
    assert (view.state, view.schedule.asks) == (ScheduleState.WAITING, ("target here-1 has changed",))


def test_after_a_night_without_a_server_each_tick_compares_one_schedule(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("A", "B", "C"):
        plan = desk.plan(f"run 'touch /tmp/{name}' on here-1 every Sunday at 3am").plan.id
        desk.container.schedules.create(plan, ACTOR, name=name)
    compared: list[str] = []
    monkeypatch.setattr(desk.container.scheduling, "compare", lambda schedule: compared.append(schedule.name))
    desk.clock.shift(timedelta(hours=12))
    for number in (1, 2, 3, 3):
        desk.container.scheduling.tick()
        assert len(compared) == number
    assert sorted(compared) == ["A", "B", "C"]


def test_what_only_reads_follows_its_targets_without_asking(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = desk.plan(ASK)
    schedule = desk.container.schedules.put_in_force(plan.plan.id, ACTOR)
    desk.machine("here-3")
    monkeypatch.setattr(desk.container.linting, "_submit", lambda _plan_id, _commit: None)
    desk.go(hours=1)
    followed = desk.container.schedules.get(schedule.name)
    assert (followed.state, followed.schedule.asks) == (ScheduleState.ACTIVE, ())
    desk.checked(desk.container.planning.get(followed.schedule.plan_id))
    desk.go(seconds=5)
    [job] = desk.jobs()
    assert desk.container.planning.get(job.plan_id).plan.targets.names == ("here-1", "here-2", "here-3")
    assert [t[1] for t in told(desk, schedule.name)] == ["started"]


def test_a_group_that_is_gone_is_said_and_nothing_runs(desk: Desk, make: Make) -> None:
    schedule = make()
    for name in ("here-1", "here-2"):
        desk.container.assets.remove(name, "test")
    desk.go(hours=1)
    [run] = desk.runs(schedule.name)
    assert (run.status, desk.jobs()) == (RunStatus.SKIPPED, [])
    assert "target here-1 is gone" in (run.reason or "")


@EITHER
def test_what_became_of_its_times_is_told_page_by_page(desk: Desk, make: Make) -> None:
    schedule = make()
    desk.go(hours=5)  # four times were missed, the fifth is on time
    for _ in range(3):
        desk.go(hours=1)
    everything = desk.container.schedules.runs(schedule.name)
    assert [(f"{r.due_at:%H}", r.count, r.status.value) for r in everything] == [
        ("20", 1, "skipped"), ("19", 1, "skipped"), ("18", 1, "skipped"), ("17", 1, "started"), ("13", 4, "skipped"),
    ]  # fmt: skip
    paged: list[ScheduleRun] = []
    after: str | None = None
    while page := desk.container.schedules.runs(schedule.name, after, 2):
        paged += page
        after = page[-1].id
    assert tuple(paged) == everything


def test_a_rejected_plan_does_not_run(desk: Desk, make: Make) -> None:
    schedule = make()
    desk.clock.shift(timedelta(seconds=1))
    desk.container.approving.reject(schedule.plan_id, ACTOR, "not in May")
    desk.go(hours=1)
    assert "not in May" in told(desk, schedule.name)[0][2]
    assert desk.jobs() == []


@EITHER
def test_pause_resume_delete(desk: Desk, make: Make) -> None:
    schedule = make()
    desk.container.schedules.pause(schedule.name, ACTOR)
    desk.go(hours=1)
    assert told(desk, schedule.name) == [("13:00", "skipped", f"paused by {ACTOR}")]
    desk.clock.shift(timedelta(hours=2))  # nobody looks meanwhile
    desk.container.schedules.resume(schedule.name, ACTOR)
    with pytest.raises(Conflict):
        desk.container.schedules.resume(schedule.name, ACTOR)
    desk.go(seconds=1)
    assert desk.jobs() == []  # what came while it was paused is not made up for
    desk.go(hours=1)
    assert len(desk.jobs()) == 1
    desk.container.schedules.delete(schedule.name, ACTOR)
    desk.go(hours=1)
    assert len(desk.jobs()) == 1
    with pytest.raises(NotFound):
        desk.container.schedules.get(schedule.name)
    assert make().name == schedule.name  # its name is free again
    assert [len(desk.audited(f"schedule.{what}")) for what in ("paused", "resumed", "deleted")] == [1, 1, 1]


@EITHER
def test_out_of_turn(desk: Desk, make: Make) -> None:
    schedule = make()
    job = desk.container.schedules.run_now(schedule.name, ACTOR)
    assert (job.actor, job.schedule_id) == (ACTOR, schedule.id)
    desk.go(seconds=0)
    desk.end()
    desk.go(hours=1)
    assert [(r.actor, r.reason) for r in desk.runs(schedule.name)] == [
        (ACTOR, "asked for out of turn"),
        (f"schedule:{schedule.name}", None),
    ]
    desk.container.approving.reject(schedule.plan_id, ACTOR, "no")
    with pytest.raises(NotApproved):
        desk.container.schedules.run_now(schedule.name, ACTOR)


def test_another_time_is_another_plan_which_is_approved_by_itself(desk: Desk) -> None:
    plan = desk.plan("run 'touch /tmp/x' on here-1")
    desk.approve(plan.plan.id)
    timing = timing_of({"cron": "30 2 * * *", "zone": "Europe/Berlin"})
    schedule = desk.container.schedules.create(plan.plan.id, ACTOR, name="Nightly", timing=timing)
    assert schedule.plan_id != plan.plan.id
    view = desk.container.schedules.get("Nightly", 2)
    assert view.state is ScheduleState.WAITING
    assert [f"{at:%H:%M}" for at in view.next_runs] == ["00:30", "00:30"]
    desk.go(hours=12, minutes=30)
    assert "is not approved" in told(desk, "Nightly")[0][2]
    assert desk.container.planning.get(plan.plan.id).status == "approved"  # as it was
    with pytest.raises(Conflict, match="already"):
        desk.container.schedules.create(plan.plan.id, ACTOR, name="Nightly", timing=timing)
    with pytest.raises(InvalidInput, match="does not say when"):
        desk.container.schedules.create(plan.plan.id, ACTOR)


@EITHER
def test_a_plan_changed_to_another_time_changes_its_schedule(desk: Desk) -> None:
    first = desk.plan("run 'touch /tmp/x' on here-1 every day at 13:00").plan.id
    desk.approve(first)
    schedule = desk.container.schedules.put_in_force(first, ACTOR)
    plan = desk.container.planning.get(first).plan
    options = plan.options.model_copy(update={"schedule": {"cron": "0 14 * * *"}})
    edited = desk.container.planning.edit(first, plan.model_copy(update={"options": options}), ACTOR)
    desk.approve(edited.plan.id)
    assert desk.container.schedules.put_in_force(edited.plan.id, ACTOR).id == schedule.id
    desk.go(hours=1)
    assert desk.jobs() == []
    desk.go(hours=1)
    assert [job.plan_id for job in desk.jobs()] == [edited.plan.id]


def test_a_changed_plan_keeps_the_policy_but_for_what_is_given(desk: Desk) -> None:
    first = desk.plan("run 'touch /tmp/x' on here-1 every day at 13:00").plan.id
    desk.container.calendars.put("Holidays", ["sunday"], ACTOR)
    policy = Policy(calendars=("Holidays",), window=60)
    schedule = desk.container.schedules.create(first, ACTOR, name="Daily", policy=policy)
    plan = desk.container.planning.get(first).plan
    options = plan.options.model_copy(update={"schedule": {"cron": "0 14 * * *"}})
    edited = desk.container.planning.edit(first, plan.model_copy(update={"options": options}), ACTOR)
    given = Policy(overlap=Overlap.QUEUE, window=0)
    changed = desk.container.schedules.create(edited.plan.id, ACTOR, policy=given)
    assert (changed.id, changed.name, changed.plan_id) == (schedule.id, "Daily", edited.plan.id)
    assert (changed.overlap, changed.window, changed.calendars) == (Overlap.QUEUE, 0, ("Holidays",))


@EITHER
def test_a_plan_has_one_schedule_whoever_asks_for_another(desk: Desk) -> None:
    plan = desk.plan("run 'touch /tmp/x' on here-1 tonight at 22:00").plan.id
    desk.approve(plan)
    barrier = Barrier(4)

    def ask(_number: int) -> Schedule:
        barrier.wait()
        return desk.container.schedules.put_in_force(plan, ACTOR)

    with ThreadPoolExecutor(4) as pool:
        assert len({schedule.id for schedule in pool.map(ask, range(4))}) == 1
    for name, policy in (("Another", None), (None, Policy(window=60))):
        with pytest.raises(Conflict, match=r"runs plan .* already"):
            desk.container.schedules.create(plan, ACTOR, name=name, policy=policy)
    desk.go(hours=10)
    assert len(desk.jobs()) == 1


def test_once_and_over(desk: Desk) -> None:
    plan = desk.plan("run 'touch /tmp/x' on here-1 tonight at 22:00").plan.id
    desk.approve(plan)
    schedule = desk.container.schedules.put_in_force(plan, ACTOR)
    desk.go(hours=10)
    desk.end()
    desk.go(days=2)
    assert len(desk.jobs()) == 1
    view = desk.container.schedules.get(schedule.name)
    assert (view.state, view.next_runs, view.last_job) == (ScheduleState.OVER, (), JobStatus.SUCCEEDED)
    again = desk.plan("run 'touch /tmp/x' on here-2 tomorrow at 22:00").plan.id
    desk.approve(again)
    desk.clock.shift(timedelta(days=3))
    with pytest.raises(Conflict, match="has passed"):
        desk.container.schedules.create(again, ACTOR)


@EITHER
def test_calendars(desk: Desk, make: Make) -> None:
    calendars = desk.container.calendars
    with pytest.raises(NotFound):
        make(calendars=("Holidays",))
    calendars.put("Holidays", ["monday"], ACTOR)
    make(calendars=("Holidays",))
    desk.go(hours=1)
    assert told(desk, "Hourly")[0][1:] == ("skipped", "excluded by the calendar Holidays (monday)")
    assert f"{desk.container.schedules.get('Hourly').next_runs[0]:%a %H:%M}" == "Tue 00:00"
    with pytest.raises(Conflict, match="is used by Hourly"):
        calendars.remove("Holidays", ACTOR)
    calendars.put("Holidays", ["sunday"], ACTOR)
    desk.go(hours=1)
    assert len(desk.jobs()) == 1
    assert desk.audited("calendar.changed")[0] == {"days": ["sunday"], "before": ["monday"]}
