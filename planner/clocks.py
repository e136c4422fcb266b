# SPDX-License-Identifier: Apache-2.0
"""The clocks on which a text says its times: UTC, and in a follow-up those of the plan before.

They travel as the time zone of `now`: what is reckoned from it is on the same clocks.
"""

import re
from datetime import UTC, datetime

from opsconductor.domain.plans import Plan
from opsconductor.domain.timing import InvalidTiming, timing_of

_UTC_SAID = re.compile(r"(?:\b|\d)(?:utc|gmt)\b|\d ?z\b", re.IGNORECASE)
_FIRST = datetime(1, 1, 2, tzinfo=UTC)


def followed(before: Plan | None, text: str, now: datetime) -> datetime:
    """`now` on the clocks of the plan before, unless the text says UTC itself."""
    if before is None or before.options.schedule is None or _UTC_SAID.search(text):
        return now
    try:
        return timing_of(before.options.schedule).local(now)
    except InvalidTiming:
        return now


def on_clocks(value: dict[str, str], now: datetime) -> dict[str, str]:
    """A time that was said on the clocks of `now`, as a plan holds it."""
    zone = str(now.tzinfo)
    return value if zone == "UTC" else {**value, "zone": zone}


def as_shown(schedule: dict[str, str] | None, now: datetime) -> dict[str, str] | None:
    """The time of a plan before, to be changed: a moment as the clocks of `now` show it, a cron line as it is."""
    if schedule is None or "at" not in schedule:
        return schedule
    try:
        timing = timing_of(schedule)
    except InvalidTiming:
        return None
    moment = timing.next_after(_FIRST)
    return {"at": f"{moment.astimezone(now.tzinfo):%Y-%m-%dT%H:%M}"} if moment else None


def is_past(schedule: dict[str, str] | None, now: datetime) -> bool:
    """Whether the one moment that a plan names has passed."""
    if schedule is None or "at" not in schedule:
        return False
    try:
        return timing_of(schedule).next_after(now) is None
    except InvalidTiming:
        return False
