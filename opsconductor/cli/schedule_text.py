# SPDX-License-Identifier: Apache-2.0
"""When a plan shall run, in words."""

import re
from collections.abc import Mapping

_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_STEPS = {
    r"\*/(\d+) \* \* \* \*": "every {} minutes",
    r"0 \*/(\d+) \* \* \*": "every {} hours",
    r"0 0 \*/(\d+) \* \*": "every {} days at 00:00 UTC",
    r"(\d+) \* \* \* \*": "every hour at minute {}",
}


def schedule_text(schedule: Mapping[str, str]) -> str:
    """ "every day at 02:00 UTC"; a cron line that has no simple words is shown itself."""
    if "at" in schedule:
        return f"at {schedule['at'][:16].replace('T', ' ')} UTC"
    line = schedule.get("cron", "")
    for pattern, words in _STEPS.items():
        if found := re.fullmatch(pattern, line):
            return words.format(found[1])
    if line == "* * * * *":
        return "every minute"
    if found := re.fullmatch(r"(\d+) (\d+(?:,\d+)*) (\*|\d+) \* (\*|[0-7](?:[,-][0-7])*)", line):
        minute, hours, day, weekdays = found.groups()
        if day == "*" or weekdays == "*":
            times = " and ".join(f"{int(hour):02}:{int(minute):02}" for hour in hours.split(","))
            return f"{_days(day, weekdays)} at {times} UTC"
    return f"as the cron line '{line}' says, in UTC"


def _days(day: str, weekdays: str) -> str:
    if day != "*":
        return f"every month on day {day}"
    if weekdays == "*":
        return "every day"
    named = re.sub(r"[0-7]", lambda digit: _DAYS[int(digit[0])], weekdays)
    return f"every {named.replace('-', ' to ').replace(',', ', ')}"
