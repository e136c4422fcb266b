# SPDX-License-Identifier: Apache-2.0
"""Which days a calendar holds."""

from datetime import date

import pytest

from opsconductor.domain.calendars import check_days, day_within
from opsconductor.errors import InvalidInput

DAYS = check_days(["2026-12-24 .. 2027-01-01", "05-01", "Saturday", "2026-08-03"])


@pytest.mark.parametrize(
    ("day", "entry"),
    [
        ("2026-12-23", None),
        ("2026-12-24", "2026-12-24..2027-01-01"),
        ("2027-01-01", "2026-12-24..2027-01-01"),
        ("2027-01-04", None),
        ("2026-05-01", "05-01"),
        ("2031-05-01", "05-01"),
        ("2026-08-03", "2026-08-03"),
        ("2027-08-03", None),
        ("2026-11-21", "saturday"),
        ("2026-11-22", None),
    ],
)
def test_days(day: str, entry: str | None) -> None:
    assert day_within(DAYS, date.fromisoformat(day)) == entry


@pytest.mark.parametrize(
    "text", ["christmas", "2026-02-30", "13-01", "2026-12-24..", "2026-12-24...2027-01-01", "24.12.2026", ""]
)
def test_what_says_no_day_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="says no day"):
        check_days([text])


def test_a_span_has_its_first_day_first() -> None:
    with pytest.raises(InvalidInput, match="ends before it begins"):
        check_days(["2027-01-01..2026-12-24"])


def test_a_calendar_without_days_is_none() -> None:
    with pytest.raises(InvalidInput, match="no days"):
        check_days([])
