# SPDX-License-Identifier: Apache-2.0
"""When schedules are due, compared with somebody who looks at the clock every minute."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from opsconductor.domain.timing import InvalidTiming, Timing, timing_of

#: Places where clocks are changed at odd times, by odd amounts, or not at all.
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",  # by half an hour
    "America/Havana",  # at midnight
    "Asia/Beirut",
    "Asia/Kathmandu",  # 5:45 off
    "Pacific/Apia",  # left out a whole day
    "Africa/Casablanca",
)
#: Days around which clocks were changed somewhere.
CHANGES = (
    "2026-03-28",
    "2026-10-24",
    "2026-03-07",
    "2026-10-31",
    "2026-04-04",
    "2026-10-03",
    "2011-12-29",
    "2026-02-14",
)


def numbers(field: str, lowest: int, highest: int) -> frozenset[int]:
    """What a field of a cron line stands for, by what the manual says."""
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        low, _, high = span.partition("-")
        if span == "*":
            low, high = str(lowest), str(highest)
        last = int(high) if high else highest if step else int(low)
        found |= set(range(int(low), last + 1, int(step or 1)))
    return frozenset(found)


def naively(line: str, zone: str, start: datetime, hours: int) -> list[datetime]:
    """Look at the clock every minute; know only what it shows and what it has shown before."""
    minute, hour, day, month, weekday = line.split()
    often = minute.startswith("*") or hour.startswith("*")
    join = all if day.startswith("*") or weekday.startswith("*") else any
    minutes, hours_, months = numbers(minute, 0, 59), numbers(hour, 0, 23), numbers(month, 1, 12)
    days, weekdays = numbers(day, 1, 31), numbers(weekday, 0, 6)
    place, found, seen = ZoneInfo(zone), [], set()

    def holds(wall: datetime) -> bool:
        here = wall.minute in minutes and wall.hour in hours_ and wall.month in months
        return here and join((wall.day in days, wall.isoweekday() % 7 in weekdays))

    at = start - timedelta(hours=25)  # what was shown before tells a second time from a first
    before = at.astimezone(place).replace(tzinfo=None, fold=0)
    while (at := at + timedelta(minutes=1)) <= start + timedelta(hours=hours):
        wall = at.astimezone(place).replace(tzinfo=None, fold=0)
        leapt = [before + timedelta(minutes=n) for n in range(1, int((wall - before).total_seconds() // 60))]
        due = holds(wall) if often else (holds(wall) and wall not in seen) or any(holds(w) for w in leapt)
        seen |= {wall, *leapt}
        before = wall
        if due and at > start:
            found.append(at)
    return found


def number(low: int, high: int) -> st.SearchStrategy[str]:
    single = st.integers(low, high).map(str)
    spans = st.tuples(st.integers(low, high), st.integers(low, high)).map(lambda p: f"{min(p)}-{max(p)}")
    stepped = st.tuples(spans, st.integers(1, 7)).map(lambda p: f"{p[0]}/{p[1]}")
    stars = st.integers(1, 7).map(lambda n: f"*/{n}" if n > 1 else "*")
    return st.one_of(single, single, spans, stepped, stars, st.lists(single, min_size=2, max_size=3).map(",".join))


LINES = st.tuples(number(0, 59), number(0, 23), number(1, 31), number(1, 12), number(0, 6)).map(" ".join)
NEAR = st.tuples(number(0, 59), number(0, 4)).map(lambda p: f"{p[0]} {p[1]} * * *")
STARTS = st.builds(
    lambda day, minutes: datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(minutes=minutes),
    st.sampled_from(CHANGES),
    st.integers(0, 2000),
)


@settings(max_examples=50, deadline=None)
@given(LINES | NEAR, st.sampled_from(ZONES), STARTS)
@example("30 2 * * *", "Europe/Berlin", datetime(2026, 3, 28, tzinfo=UTC))
@example("0 0 * * *", "America/Havana", datetime(2026, 3, 7, tzinfo=UTC))
@example("*/30 * * * *", "Australia/Lord_Howe", datetime(2026, 4, 4, tzinfo=UTC))
@example("15 */2 * * *", "Europe/Berlin", datetime(2026, 10, 24, 12, tzinfo=UTC))
@example("0 12 30 12 *", "Pacific/Apia", datetime(2011, 12, 29, tzinfo=UTC))
def test_due_times_are_those_of_a_look_at_the_clock_every_minute(line: str, zone: str, start: datetime) -> None:
    end = start + timedelta(hours=30)
    found = []
    for moment in Timing(cron=line, zone=zone).times_after(start):
        if moment > end:
            break
        found.append(moment)
    assert found == naively(line, zone, start, 30)


@settings(max_examples=40, deadline=None)
@given(NEAR, st.sampled_from(ZONES), STARTS)
def test_each_due_time_is_the_next_after_the_one_before(line: str, zone: str, start: datetime) -> None:
    timing = Timing(cron=line, zone=zone)
    found = list(islice(timing.times_after(start), 12))
    one_by_one, at = [], start
    for _ in range(12):
        at = timing.next_after(at) or at
        one_by_one.append(at)
    assert found == one_by_one == sorted(set(found))


@pytest.mark.parametrize(
    ("line", "after", "due"),
    [
        # Clocks go from 2:00 to 3:00 on 29 March 2026, from 3:00 back to 2:00 on 25 October.
        ("30 2 * * *", "2026-03-28T12:00", ["2026-03-29T01:00", "2026-03-30T00:30"]),
        ("0,30 2 * * *", "2026-03-28T12:00", ["2026-03-29T01:00", "2026-03-30T00:00"]),
        ("30 2 * * *", "2026-10-24T12:00", ["2026-10-25T00:30", "2026-10-26T01:30"]),
        ("30 * * * *", "2026-10-25T00:00", ["2026-10-25T00:30", "2026-10-25T01:30", "2026-10-25T02:30"]),
    ],
)
def test_clocks_in_berlin_are_changed(line: str, after: str, due: list[str]) -> None:
    timing = timing_of({"cron": line, "zone": "Europe/Berlin"})
    start = datetime.fromisoformat(after).replace(tzinfo=UTC)
    shown = [t.strftime("%Y-%m-%dT%H:%M") for t in islice(timing.times_after(start), len(due))]
    assert shown == due


@pytest.mark.parametrize(
    ("at", "zone", "moment"),
    [
        ("2026-05-06T22:00", "UTC", "2026-05-06T22:00"),
        ("2026-05-06T22:00", "Europe/Berlin", "2026-05-06T20:00"),
        ("2026-05-06T22:00Z", "Europe/Berlin", "2026-05-06T22:00"),
        ("2026-10-25T02:30+02:00", "Europe/Berlin", "2026-10-25T00:30"),
        ("2026-10-25T00:30Z", "Europe/Berlin", "2026-10-25T00:30"),
        ("2026-10-25T01:30Z", "UTC", "2026-10-25T01:30"),
        ("2026-10-25T03:00+01:00", "Europe/Berlin", "2026-10-25T02:00"),
        ("2200-12-31T23:59", "America/New_York", "2201-01-01T04:59"),
        ("2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:00"),  # there is no such time
        ("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30"),  # there are two
    ],
)
def test_once(at: str, zone: str, moment: str) -> None:
    timing = timing_of({"at": at, "zone": zone})
    due = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert timing.next_after(due - timedelta(days=30)) == due
    assert timing.next_after(due) is None


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"cron": "0 3 * *"}, "five fields"),
        ({"cron": "0 0 3 * * *"}, "five fields"),
        ({"cron": "61 3 * * *"}, "Bad minute"),
        ({"cron": "0 3 30 2 *"}, "Bad day"),
        ({"cron": "$(reboot) 3 * * *"}, "Bad minute"),
        ({"cron": "0 3 * * 1", "at": "2030-01-01T00:00"}, "a cron line or a moment"),
        ({}, "a cron line or a moment"),
        ({"at": "tomorrow"}, "no date"),
        ({"at": "2030-01-01"}, "no time of day"),
        ({"at": "2030-01-01T10:00:30"}, "seconds"),
        ({"at": "0001-01-01T00:00+14:00"}, "between 1970 and 2200"),
        ({"at": "0001-01-01T00:00", "zone": "Europe/Berlin"}, "between 1970 and 2200"),
        ({"at": "9999-12-31T23:59-12:00"}, "between 1970 and 2200"),
        ({"at": "9999-12-31T23:59", "zone": "America/New_York"}, "between 1970 and 2200"),
        ({"at": "2030-10-27T02:30+01:00", "zone": "Europe/Berlin"}, "the second 02:30 of that day"),
        ({"at": "2030-10-27T01:30Z", "zone": "Europe/Berlin"}, "00:30 UTC is the first"),
        ({"cron": "0 3 * * 1", "zone": "Europe/Atlantis"}, "no time zone"),
        ({"cron": "0 3 * * 1", "zone": "../../etc/passwd"}, "no time zone"),
        ({"cron": "0 3 * * 1", "every": "day"}, "says nothing"),
    ],
)
def test_what_is_no_time_is_refused(given: dict[str, str], says: str) -> None:
    with pytest.raises(InvalidTiming, match=says):
        timing_of(given)


def test_short_forms_and_zones_are_kept() -> None:
    assert timing_of({"cron": "@daily"}).options == {"cron": "0 0 * * *"}
    assert timing_of({"cron": "0  3 * * 1", "zone": "Asia/Tokyo"}).options == {
        "cron": "0 3 * * 1",
        "zone": "Asia/Tokyo",
    }
