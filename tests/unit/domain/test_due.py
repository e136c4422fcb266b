# SPDX-License-Identifier: Apache-2.0
"""What becomes of the times of a schedule, by a clock that tests set."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconductor.domain.due import MOST_AT_ONCE, ON_TIME, decide, span
from opsconductor.domain.schedules import CatchUp, RunStatus, Schedule
from opsconductor.domain.timing import Timing

START = datetime(2026, 5, 4, 12, tzinfo=UTC)  # a Monday
HOURLY = Timing(cron="0 * * * *")


def schedule(timing: Timing = HOURLY, *, start: datetime = START, **fields: Any) -> Schedule:
    data = {
        "id": "s",
        "name": "Nightly",
        "plan_id": "p",
        "timing": timing,
        "next_at": timing.next_after(start),
        "checked_at": start,
        "actor": "test",
        "created_at": start,
    }
    return Schedule.model_validate(data | fields)


def told(
    made: Schedule, now: str, calendars: dict[str, tuple[str, ...]] | None = None
) -> list[tuple[str, int, str, str]]:
    """First time, count, status, reason of each verdict."""
    due = decide(made, calendars or {}, datetime.fromisoformat(now).replace(tzinfo=UTC))
    return [(f"{v.due_at:%d %H:%M}", v.count, v.status.value, v.reason or "") for v in due.verdicts]


def test_on_time_it_is_started_and_before_nothing_is() -> None:
    made = schedule()
    assert told(made, "2026-05-04T12:59:59") == []
    assert told(made, "2026-05-04T13:00:00") == [("04 13:00", 1, "due", "")]
    assert decide(made, {}, datetime(2026, 5, 4, 13, tzinfo=UTC)).next_at == datetime(2026, 5, 4, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("policy", "now", "last"),
    [
        ({}, "2026-05-04T16:10:00", ("04 16:00", 1, "due", "made up for, 10 min late")),
        ({"window": 300}, "2026-05-04T16:10:00", ("04 16:00", 1, "skipped", "10 min late, made up for within 5 min")),
        ({"catch_up": CatchUp.SKIP}, "2026-05-04T16:10:00", ("04 16:00", 1, "skipped", "is not made up for")),
        ({"catch_up": CatchUp.SKIP}, "2026-05-04T16:01:00", ("04 16:00", 1, "due", "")),
    ],
)  # fmt: skip
def test_after_a_time_without_a_server_the_last_is_made_up_for_at_most(
    policy: dict[str, Any], now: str, last: tuple[str, int, str, str]
) -> None:
    *before, final = told(schedule(**policy), now)
    assert [(b[1], b[2]) for b in before] == [(3, "skipped")]
    assert "no server or worker ran" in before[0][3]
    assert final[:3] == last[:3]
    assert last[3] in final[3]


def test_a_paused_schedule_skips_and_says_who_paused_it() -> None:
    assert told(schedule(paused_by="local:ann"), "2026-05-04T13:00:10") == [
        ("04 13:00", 1, "skipped", "paused by local:ann")
    ]


def test_a_calendar_that_is_not_there_lets_nothing_run() -> None:
    assert told(schedule(calendars=("Holidays",)), "2026-05-04T13:00:10", {"Other": ("2026-05-04",)}) == [
        ("04 13:00", 1, "skipped", "excluded by the calendar Holidays, which is not there")
    ]


def test_days_of_calendars_are_those_of_the_schedule_s_own_clocks() -> None:
    made = schedule(
        Timing(cron="30 23 * * *", zone="America/New_York"),
        start=datetime(2026, 12, 24, tzinfo=UTC),
        calendars=("Holidays",),
    )
    days: dict[str, tuple[str, ...]] = {"Holidays": ("12-24",), "Other": ("2026-12-25",)}
    # 23:30 on the 23rd and the 24th in New York are 4:30 on the 24th and the 25th in UTC.
    assert [t[2] for t in told(made, "2026-12-24T04:30:00", days)] == ["due"]
    made = made.model_copy(update={"next_at": made.timing.next_after(datetime(2026, 12, 24, 5, tzinfo=UTC))})
    [skipped] = told(made, "2026-12-25T04:30:00", days)
    assert skipped[2:] == ("skipped", "excluded by the calendar Holidays (12-24)")


def test_what_was_missed_is_not_made_up_for_on_a_day_that_is_excluded_by_now() -> None:
    made = schedule(Timing(cron="55 23 * * *"), start=datetime(2026, 12, 24, tzinfo=UTC), calendars=("Holidays",))
    [skipped] = told(made, "2026-12-25T00:04:00", {"Holidays": ("12-25",)})
    assert "by now it is excluded by the calendar Holidays" in skipped[3]


def test_once_is_over_afterwards() -> None:
    made = schedule(Timing(at="2026-05-04T22:00"))
    due = decide(made, {}, datetime(2026, 5, 4, 22, 0, 5, tzinfo=UTC))
    assert [v.status for v in due.verdicts] == [RunStatus.DUE]
    assert due.next_at is None


def test_however_much_was_missed_each_time_is_decided_about_once() -> None:
    made = schedule(Timing(cron="* * * * *"))
    now, count, ticks = START + timedelta(minutes=2 * MOST_AT_ONCE + 7), 0, 0
    while (due := decide(made, {}, now)).verdicts:
        count += sum(v.count for v in due.verdicts)
        made = made.model_copy(update={"next_at": due.next_at})
        ticks += 1
    assert (count, ticks) == (2 * MOST_AT_ONCE + 7, 3)
    assert due.next_at == now + timedelta(minutes=1)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["* * * * *", "*/10 * * * *", "0 * * * *", "30 2 * * *"]),
    st.sampled_from(["UTC", "Europe/Berlin"]),
    st.lists(st.integers(-7200, 14_400), min_size=1, max_size=12),
)
def test_whatever_the_clock_does_nothing_is_started_twice_or_left_undecided(
    line: str, zone: str, steps: list[int]
) -> None:
    """`steps`: seconds by which the clock goes on, or is set back, between two ticks."""
    timing = Timing(cron=line, zone=zone)
    now = latest = datetime(2026, 10, 24, 22, 30, tzinfo=UTC)  # clocks in Berlin are set back in that night
    made, decided, started = schedule(timing, start=now), 0, []
    for step in steps:
        now += timedelta(seconds=step)
        latest = max(latest, now)
        due = decide(made, {}, now)
        decided += sum(v.count for v in due.verdicts)
        started += [v.due_at for v in due.verdicts if v.status is RunStatus.DUE]
        made = made.model_copy(update={"next_at": due.next_at})
        assert all(now - v.due_at <= timedelta(seconds=made.window) for v in due.verdicts if v.status is RunStatus.DUE)
    assert started == sorted(set(started))
    first = datetime(2026, 10, 24, 22, 30, tzinfo=UTC)
    passed = 0
    for at in timing.times_after(first):
        if at > latest:
            break
        passed += 1
    assert decided == passed


def test_spans_are_told_for_people() -> None:
    assert [span(s) for s in (40, 119, 900, 7_200, 7_500, 172_800, 180_000)] == [
        "40 s", "119 s", "15 min", "2 h", "2 h 5 min", "2 d", "2 d 2 h",
    ]  # fmt: skip
    assert timedelta(minutes=15) > ON_TIME
