# SPDX-License-Identifier: Apache-2.0
"""When something is due: once, or by a cron line, on the clocks of a time zone.

On days when clocks are changed a time of day may not exist, or exist twice. What is due at a time that does not exist
is due as soon as the clocks go on; what is due at a time that exists twice is due the first time. A line that begins
with a star in its minutes or hours counts every hour that really passes instead. That is what cron does on Debian.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

from opsconductor.domain.base import Frozen
from opsconductor.errors import InvalidInput

#: Short forms of cron lines.
SHORT_FORMS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
#: What may stand in `Options.schedule`.
KEYS = ("cron", "at", "zone")
#: "5-5/2": cronsim would take it for "5/2", all from the fifth on.
_ALONE = re.compile(r"\b(\d+)-\1/\d+")
_CRON_REMEDY = 'Give minute, hour, day of month, month and day of week: "0 3 * * 1" is every Monday at 3:00.'
#: Years that a moment may be in; beyond them time zones and what reckons with them have an end.
_YEARS = (1970, 2200)
_AT_REMEDY = "Give date and time as 2030-05-06T22:00; for another time zone than UTC name it as well."


class InvalidTiming(InvalidInput):
    """A time cannot be used."""

    code = "invalid-timing"


class Timing(Frozen):
    """When something is due: by `cron`, or once `at`; one of them, on the clocks of `zone`."""

    cron: str | None = None  #: five fields
    at: str | None = None  #: "2030-05-06T22:00", on the clocks of the zone
    zone: str = "UTC"  #: of the IANA database: "Europe/Berlin"

    @property
    def options(self) -> dict[str, str]:
        """What stands in `Options.schedule` for it."""
        told = {"cron": self.cron} if self.cron is not None else {"at": self.at or ""}
        return told if self.zone == "UTC" else {**told, "zone": self.zone}

    @property
    def words(self) -> str:
        """For people: "At 03:00 on Monday (UTC)"."""
        if self.cron is None:
            return f"Once, on {(self.at or '').replace('T', ' at ')} ({self.zone})"
        from cronsim import CronSim

        return f"{CronSim(self.cron, datetime(2024, 1, 1)).explain()} ({self.zone})"  # noqa: DTZ001 - any will do

    def local(self, moment: datetime) -> datetime:
        """A moment on the clocks of the zone."""
        return moment.astimezone(_zone(self.zone))

    def next_after(self, moment: datetime) -> datetime | None:
        """The first time that is later than `moment`, UTC; None when there is none any more."""
        return next(self.times_after(moment), None)

    def times_after(self, moment: datetime) -> Iterator[datetime]:
        """All times later than `moment` in their order, UTC."""
        zone = _zone(self.zone)
        if self.cron is None:
            once = _real(datetime.fromisoformat(self.at or ""), zone)
            if once > moment:
                yield once
            return
        yield from _by_cron(self.cron, zone, moment)

    def __str__(self) -> str:
        return f"{self.cron or (self.at or '').replace('T', ' ')} ({self.zone})"


def timing_of(given: Mapping[str, str]) -> Timing:
    """What `Options.schedule` says, checked. Raises InvalidTiming."""
    if unknown := sorted(given.keys() - set(KEYS)):
        raise InvalidTiming(f"'{unknown[0]}' says nothing about time.", remedy="Give cron or at, and zone if need be.")
    cron, at = given.get("cron"), given.get("at")
    if (cron is None) is (at is None):
        raise InvalidTiming("A time is a cron line or a moment.", remedy="Give one of the two: cron or at.")
    name = given.get("zone") or "UTC"
    zone = _zone(name)
    if at is not None:
        return Timing(at=_moment(at, zone), zone=name)
    line = " ".join(SHORT_FORMS.get((cron or "").strip().casefold(), cron or "").split())
    if len(line.split(" ")) != 5:
        raise InvalidTiming(f"'{line[:80]}' is no cron line: it has not five fields.", remedy=_CRON_REMEDY)
    timing = Timing(cron=line, zone=name)
    if timing.next_after(datetime(2024, 1, 1, tzinfo=UTC)) is None:
        raise InvalidTiming(f"'{line}' names no day that there is.", remedy=_CRON_REMEDY)
    return timing


def _moment(text: str, zone: tzinfo) -> str:
    """A moment as it is kept: on the clocks of the zone, to the minute."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InvalidTiming(f"'{text[:40]}' is no date with a time.", remedy=_AT_REMEDY) from None
    if not re.search(r"\d[T ]\d", text):
        raise InvalidTiming(f"'{text[:40]}' has no time of day.", remedy=_AT_REMEDY)
    if moment.second or moment.microsecond:
        raise InvalidTiming(f"'{text[:40]}' has seconds; times are kept to the minute.", remedy=_AT_REMEDY)
    if not _YEARS[0] <= moment.year <= _YEARS[1]:
        raise InvalidTiming(f"'{text[:40]}' is not between {_YEARS[0]} and {_YEARS[1]}.", remedy=_AT_REMEDY)
    if moment.tzinfo is None:
        return moment.isoformat(timespec="minutes")
    wall = moment.astimezone(zone).replace(tzinfo=None)
    if (first := _real(wall, zone)) != moment:
        raise InvalidTiming(
            f"'{text[:40]}' is the second {wall:%H:%M} of that day in {zone}; {first:%H:%M} UTC is the first.",
            remedy=f"Give {moment.astimezone(UTC):%Y-%m-%dT%H:%M}, with the time zone UTC.",
        )
    return wall.isoformat(timespec="minutes")


@lru_cache(maxsize=256)
def _zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo

    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise InvalidTiming(
            f"There is no time zone '{name[:80]}'.", remedy="Give a name such as Europe/Berlin, or UTC."
        ) from None


def _real(wall: datetime, zone: tzinfo) -> datetime:
    """The moment at which clocks show `wall` first, or, where they never do, at which they go on behind it."""
    moment = wall.replace(tzinfo=zone, fold=0)
    while (there := moment.astimezone(UTC)).astimezone(zone).replace(tzinfo=None) != moment.replace(tzinfo=None):
        moment += timedelta(minutes=1)
    return there


def _by_cron(line: str, zone: tzinfo, moment: datetime) -> Iterator[datetime]:
    """Times of a cron line later than `moment`, UTC.

    What is asked of cronsim is always without a zone: times as clocks show them. What they become is decided here.
    """
    minute, hour, *_ = line.split(" ")
    if minute.startswith("*") or hour.startswith("*"):
        yield from _each_hour(line, zone, moment)
        return
    last = moment
    # A change of the clocks is never more than a day: what was before that cannot come after the moment.
    for wall in _walls(line, moment.astimezone(zone).replace(tzinfo=None) - timedelta(days=1)):
        there = _real(wall, zone)
        if there > last:  # else it is past, or a time that does not exist has been due with the one behind it
            last = there
            yield there


def _each_hour(line: str, zone: tzinfo, moment: datetime) -> Iterator[datetime]:
    """Every minute that really passes and that the line fits, whatever clocks did meanwhile."""
    at = moment.astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
    while True:
        local = at.astimezone(zone)
        wall = next(_walls(line, local.replace(tzinfo=None, fold=0) - timedelta(seconds=1)), None)
        if wall is None:
            return
        if wall == local.replace(tzinfo=None, fold=0):
            yield at
            at += timedelta(minutes=1)
            continue
        # Clocks may be changed on the way: go there, but no further than to where they still run as they do here.
        ahead = at + (wall - local.replace(tzinfo=None, fold=0))
        at = ahead if ahead.astimezone(zone).utcoffset() == local.utcoffset() else _changed(at, ahead, zone)


def _changed(start: datetime, end: datetime, zone: tzinfo) -> datetime:
    """A minute in (start, end] at which clocks are changed; they are not at `end` as they are at `start`.

    Where they were changed and changed back before it, nothing is passed over: that is never done within an hour.
    """
    offset = start.astimezone(zone).utcoffset()
    low, high = 0, int((end - start).total_seconds() // 60)
    while high - low > 1:
        middle = (low + high) // 2
        same = (start + timedelta(minutes=middle)).astimezone(zone).utcoffset() == offset
        low, high = (middle, high) if same else (low, middle)
    return start + timedelta(minutes=high)


def _walls(line: str, after: datetime) -> Iterator[datetime]:
    """Times as clocks show them, later than `after` (without a zone). Raises InvalidTiming for what is no line."""
    from cronsim import CronSim, CronSimError

    try:
        yield from CronSim(_ALONE.sub(r"\1", line), after)
    except CronSimError as error:
        raise InvalidTiming(f"'{line[:80]}' is no cron line: {error}.", remedy=_CRON_REMEDY) from None
