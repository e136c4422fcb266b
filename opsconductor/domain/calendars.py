# SPDX-License-Identifier: Apache-2.0
"""Calendars of days on which schedules do not run."""

import re
from collections.abc import Iterable
from datetime import date, datetime

from pydantic import Field

from opsconductor.domain.base import Frozen
from opsconductor.errors import InvalidInput

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_REMEDY = "Give 2030-12-24, 2030-12-24..2031-01-01, 12-25 for every year, or a day of the week: saturday."
_LEAP_YEAR = 2024


class Calendar(Frozen):
    """Days by name: a schedule that excludes the calendar does not run on them."""

    id: str
    name: str
    days: tuple[str, ...] = Field(description="2030-12-24, 2030-12-24..2031-01-01, 12-25 (every year), saturday.")
    description: str = ""
    actor: str
    updated_at: datetime


def check_days(days: Iterable[str]) -> tuple[str, ...]:
    """Entries of a calendar as they are kept, each once. Raises InvalidInput for the first that says no day."""
    checked = tuple(dict.fromkeys(_checked(day) for day in days))
    if not checked:
        raise InvalidInput("The calendar has no days.", remedy=_REMEDY)
    return checked


def day_within(days: Iterable[str], day: date) -> str | None:
    """The first entry that a day is in."""
    return next((entry for entry in days if _holds(entry, day)), None)


def _checked(text: str) -> str:
    entry = re.sub(r"\s*\.\.\s*", "..", text.strip().casefold())
    try:
        if entry in _DAYS:
            return entry
        if re.fullmatch(r"\d\d-\d\d", entry):
            date.fromisoformat(f"{_LEAP_YEAR}-{entry}")
            return entry
        first, dots, last = entry.partition("..")
        last = last if dots else first
        if all(re.fullmatch(r"\d{4}-\d\d-\d\d", part) for part in (first, last)):
            if date.fromisoformat(first) > date.fromisoformat(last):
                raise InvalidInput(f"'{entry}' ends before it begins.", remedy="Give the first day first.")
            return entry
    except ValueError:
        pass
    raise InvalidInput(f"'{text[:60]}' says no day.", remedy=_REMEDY)


def _holds(entry: str, day: date) -> bool:
    if entry in _DAYS:
        return _DAYS[day.weekday()] == entry
    if len(entry) == 5:
        return f"{day:%m-%d}" == entry
    first, _, last = entry.partition("..")
    return first <= day.isoformat() <= (last or first)
