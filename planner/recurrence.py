# SPDX-License-Identifier: Apache-2.0
"""How often and when, said apart: "a daily restart at 5am", "weekly …, Sundays at 2"."""

from dataclasses import replace

from planner.schedules import When, clock_in

#: How often, in a word, and the field of a cron line that a more precise time of the same sort has set.
_OFTEN = {"weekly": 4, "monthly": 2}


def with_precise(found: tuple[When, ...], plain: str) -> tuple[When, ...]:
    """The times, where a "weekly" or "daily" means another one that says it precisely: "weekly …, Sundays at 2"."""
    if len(found) == 2 and (daily := _daily_at(found, plain)):
        return daily
    if len(found) != 2 or not all(when.value and "cron" in when.value for when in found):
        return found
    for vague, other in (found, found[::-1]):
        word = plain[vague.start : vague.end].strip().casefold()
        fields = (other.value or {})["cron"].split()
        if word in {"daily", "nightly"} and fields[2:] == ["*"] * 3 and fields[1] != "*":
            return (replace(vague, value=other.value), other)
        if word in _OFTEN and fields[_OFTEN[word]] != "*":
            return (replace(vague, value=other.value), other)
    return found


def _daily_at(found: tuple[When, ...], plain: str) -> tuple[When, ...]:
    """ "A daily restart at 5am": how often and when, with other words between."""
    for often, other in (found, found[::-1]):
        time = clock_in(plain[other.start : other.end])
        if plain[often.start : often.end].strip().casefold() in {"daily", "nightly"} and time is not None:
            value = {"cron": f"{time[1]} {time[0]} * * *"}
            return (replace(often, value=value), replace(other, value=value, doubt=None))
    return ()
