# SPDX-License-Identifier: Apache-2.0
"""The past: "yesterday", "last week", "since Monday 18:00", "in the last 2 hours", "on 3 November"; in UTC."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from planner.words import NUMBERS

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY = r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs(?:day)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)"
)
_PARTS = {"morning": (0, 12), "afternoon": (12, 18), "evening": (18, 24), "night": (18, 30)}
_UNIT = r"(?:minutes?|mins?|hours?|hrs?|days?|nights?|weeks?|months?|years?)"
_COUNT = r"(?:\d{1,4}|an?|few|couple of|" + "|".join(NUMBERS) + r")"
_CLOCK = (
    r"(?:(?P<h>\d{1,2})(?:[:.](?P<m>\d{2})(?::\d{2})?\s?(?P<ap>[ap]\.?m\b\.?)?|\s?(?P<ap2>[ap]\.?m\b\.?)|\s?o'clock)"
    r"|(?P<named>noon|midday|midnight))(?:\s?(?:utc|gmt|z\b))?"
)
#: A day or a longer time by its name; groups of two of them in one phrase get a number behind their names.
_DATE = (
    r"(?:the )?(?:(?P<iso>\d{4}-\d{2}-\d{2})"
    rf"|(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<mon>{_MONTH})\b,?(?: (?P<y>\d{{4}}))?"
    rf"|(?P<mon2>{_MONTH}) (?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:])\b,?(?: (?P<y2>\d{{4}}))?"
    r"|(?P<a>\d{1,2})(?P<sep>[./])(?P<b>\d{1,2})[./](?P<y3>\d{4}))"
)
_NAMED = (
    rf"(?:(?P<rel>today|yesterday|the day before yesterday)(?: (?P<part>morning|afternoon|evening|night))?"
    r"|(?P<this>this|last) (?P<span>morning|afternoon|evening|night|week|weekend|month|year)(?:'s)?"
    r"|(?P<tonight>tonight)"
    rf"|(?:(?P<lastday>last|this|past) )?(?P<day>{_DAY})(?:'s)?(?: (?P<dpart>morning|afternoon|evening|night))?"
    rf"|(?P<ago>{_COUNT}) (?P<agounit>days?|nights?|weeks?|months?) ago"
    rf"|{_DATE})"
)
#: A day, a time, or both; the look ahead and what follows in a form keep it from being nothing at all.
_POINT = rf"(?=\w)(?:{_NAMED}(?![\w:]))?(?:,?\s*(?:at )?{_CLOCK})?"


@dataclass(frozen=True, slots=True)
class Period:
    """What some words say about the past: [since, until), None where it is open; or why that is not clear."""

    start: int
    end: int
    since: datetime | None = None
    until: datetime | None = None
    doubt: str | None = None


_Span = tuple[datetime | None, datetime | None]
_Groups = dict[str, str]
_Reading = Callable[[_Groups, datetime], _Span]


def find_periods(text: str, now: datetime) -> Iterator[Period]:
    """All phrases about the past in order, not overlapping. `text` holds blanks where nothing may be read."""
    at = 0
    while match := _ANY.search(text, at):
        at = match.end()
        for form, read in _compiled():
            if found := form.match(text, match.start()):
                at = max(at, found.end())
                yield _period(found, read, now)
                break


def _period(match: re.Match[str], read: _Reading, now: datetime) -> Period:
    said = {name: value.casefold() for name, value in match.groupdict().items() if value is not None}
    words = " ".join(match.group().split())
    try:
        since, until = read(said, now)
    except (ValueError, OverflowError) as error:
        doubt = str(error) if error.args and str(error).endswith("?") else f"There is no such time as '{words}'."
        return Period(match.start(), match.end(), doubt=doubt)
    if since is not None and (since > now or (until is not None and until <= since)):
        return Period(match.start(), match.end(), doubt=f"'{words}' is no time in the past.")
    return Period(match.start(), match.end(), since, until)


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _number(text: str) -> int:
    few = {"a": 1, "an": 1, "few": 3, "couple of": 2}
    return few[text] if text in few else NUMBERS[text] if text in NUMBERS else int(text)


def _month_start(moment: datetime, back: int = 0) -> datetime:
    months = moment.year * 12 + moment.month - 1 - back
    return _midnight(moment).replace(year=months // 12, month=months % 12 + 1, day=1)


def _back(now: datetime, count: int, unit: str) -> datetime:
    """The moment so long ago, whole months and years by the calendar."""
    if unit.startswith(("month", "year")):
        months = count * (12 if unit.startswith("year") else 1)
        first = _month_start(now, months)
        following = (first + timedelta(days=32)).replace(day=1)
        days = (following - first).days
        return now.replace(year=first.year, month=first.month, day=min(now.day, days))
    seconds = {"m": 60, "h": 3600, "d": 86400, "n": 86400, "w": 604800}[unit[0]]
    return now - timedelta(seconds=count * seconds)


def _of_day(day: datetime, part: str | None) -> tuple[datetime, datetime]:
    start, end = _PARTS[part] if part else (0, 24)
    return day + timedelta(hours=start), day + timedelta(hours=end)


def _weekday(said: _Groups, now: datetime) -> datetime:
    """The latest such day; "last Monday" is never today."""
    back = (now.weekday() - _DAYS.index(said["day"][:3])) % 7
    if back == 0 and said.get("lastday") == "last":
        back = 7
    return _midnight(now) - timedelta(days=back)


def _date(said: _Groups, now: datetime) -> datetime:
    """The latest such date, unless the year is said."""
    if iso := said.get("iso"):
        return _midnight(now).replace(year=int(iso[:4]), month=int(iso[5:7]), day=int(iso[8:]))
    if "a" in said:
        day, month = int(said["a"]), int(said["b"])
        if said["sep"] == "/" and max(day, month) <= 12 and day != month:
            raise ValueError(f"'{said['a']}/{said['b']}/{said['y3']}' may be two days. Which is it, as year-month-day?")
        if month > 12:
            day, month = month, day
        return _midnight(now).replace(year=int(said["y3"]), month=month, day=day)
    day = int(said.get("d") or said["d2"])
    month = _MONTHS.index((said.get("mon") or said["mon2"])[:3]) + 1
    year = said.get("y") or said.get("y2")
    if year:
        return _midnight(now).replace(year=int(year), month=month, day=day)
    for back in range(9):  # 29 February comes every few years
        try:
            found = _midnight(now).replace(year=now.year - back, month=month, day=day)
        except ValueError:
            continue
        if found <= now:
            return found
    raise ValueError


def _calendar(this: str, span: str, now: datetime) -> _Span:
    today = _midnight(now)
    monday = today - timedelta(days=today.weekday())
    if span in _PARTS:
        day = today - timedelta(days=1) if this == "last" else today
        return _of_day(day, span)
    if span == "week":
        return (monday, None) if this == "this" else (monday - timedelta(days=7), monday)
    if span == "weekend":
        saturday = monday + timedelta(days=5 if this == "this" and now.weekday() >= 5 else -2)
        return saturday, saturday + timedelta(days=2)
    if span == "month":
        return (_month_start(now), None) if this == "this" else (_month_start(now, 1), _month_start(now))
    year = _midnight(now).replace(month=1, day=1)
    return (year, None) if this == "this" else (year.replace(year=year.year - 1), year)


def _named(said: _Groups, now: datetime) -> tuple[datetime, datetime | None]:
    """The time that a name of a day, a week, a month or a date stands for."""
    today = _midnight(now)
    if "rel" in said:
        days = {"today": 0, "yesterday": 1}.get(said["rel"], 2)
        return _of_day(today - timedelta(days=days), said.get("part"))
    if "tonight" in said:
        return _of_day(today, "night")
    if "this" in said:
        since, until = _calendar(said["this"], said["span"], now)
        assert since is not None  # noqa: S101 - a calendar's spans have a beginning
        return since, until
    if "day" in said:
        return _of_day(_weekday(said, now), said.get("dpart"))
    if "ago" in said:
        day = _midnight(_back(now, _number(said["ago"]), said["agounit"]))
        return _of_day(day, "night" if said["agounit"].startswith("night") else None)
    return _of_day(_date(said, now), None)


_DAY_NAMES = frozenset({"rel", "tonight", "this", "day", "ago", "iso", "d", "d2", "a"})


def _clock(said: _Groups) -> tuple[int, int] | None:
    if "named" in said:
        return (0, 0) if said["named"] == "midnight" else (12, 0)
    if "h" not in said:
        return None
    hour, minute = int(said["h"]), int(said.get("m", "0"))
    half = (said.get("ap") or said.get("ap2") or "")[:1]
    if half:
        hour = hour % 12 + (12 if half == "p" else 0) if 1 <= hour <= 12 else 24
    if hour > 23 or minute > 59:
        raise ValueError
    return hour, minute


def _point(said: _Groups, now: datetime) -> tuple[datetime, datetime | None]:
    """A day, or a moment of it where a time is said: then it begins and ends there."""
    clock = _clock(said)
    if _DAY_NAMES.isdisjoint(said):
        assert clock is not None  # noqa: S101 - the form has a time where it has no day
        moment = _midnight(now) + timedelta(hours=clock[0], minutes=clock[1])
        moment = moment if moment <= now else moment - timedelta(days=1)
        return moment, moment
    since, until = _named(said, now)
    if clock is not None:
        moment = _midnight(since) + timedelta(hours=clock[0], minutes=clock[1])
        return moment, moment
    return since, until


def _parted(said: _Groups) -> tuple[_Groups, _Groups]:
    first = {name: value for name, value in said.items() if not name.endswith("_")}
    return first, {name[:-1]: value for name, value in said.items() if name.endswith("_")}


def _since(said: _Groups, now: datetime) -> _Span:
    return _point(said, now)[0], None


def _before(said: _Groups, now: datetime) -> _Span:
    return None, _point(said, now)[0]


def _until(said: _Groups, now: datetime) -> _Span:
    since, until = _point(said, now)
    return None, until or now if until != since else since


def _between(said: _Groups, now: datetime) -> _Span:
    """From the beginning of the first to the end of the second; to its beginning where it is a moment."""
    first, second = _parted(said)
    since = _point(first, now)[0]
    until = _point(second, now)[1] or now
    if until <= since and "day" in first:
        since -= timedelta(days=7)
    return since, until


def _days_of_month(said: _Groups, now: datetime) -> _Span:
    """ "Between 2 and 5 November": the month stands behind both days."""
    first, second = _parted(said)
    last = _date(second, now)
    return last.replace(day=int(first["d"])), last + timedelta(days=1)


def _on(said: _Groups, now: datetime) -> _Span:
    since, until = _named(said, now)
    return since, until


def _last(said: _Groups, now: datetime) -> _Span:
    return _back(now, _number(said.get("n") or "a"), said["unit"]), None


def _in_month(said: _Groups, now: datetime) -> _Span:
    month = _MONTHS.index(said["month"][:3]) + 1
    year = int(said["year"]) if "year" in said else now.year - (month > now.month)
    since = _midnight(now).replace(year=year, month=month, day=1)
    return since, (since + timedelta(days=32)).replace(day=1)


def _second(form: str) -> str:
    return re.sub(r"\(\?P<(\w+)>", r"(?P<\1_>", form)


_LENGTH = rf"(?:(?P<n>{_COUNT}) )?(?P<unit>{_UNIT})"
_FORMS: tuple[tuple[str, _Reading], ...] = (
    (rf"(?:between|from) {_POINT} (?:and|to|until|till|through) {_second(_POINT)}", _between),
    (
        rf"(?:between|from) (?:the )?(?P<d>\d{{1,2}})(?:st|nd|rd|th)? (?:and|to|until|till|through) {_second(_DATE)}",
        _days_of_month,
    ),
    (rf"(?:since|in|within|over|during|for|of|from) the (?:last|past|previous) {_LENGTH}", _last),
    (rf"(?:since|in|within|over|during|for|of|from) (?:last|past|previous) (?P<n>{_COUNT}) (?P<unit>{_UNIT})", _last),
    (rf"(?:in|within|over|during|for|of|from) past (?P<unit>{_UNIT})", _last),
    (rf"(?:the )?(?:last|past|previous) (?P<n>{_COUNT}) (?P<unit>{_UNIT})", _last),
    (rf"(?:since|after|starting|from) (?P<n>{_COUNT}) (?P<unit>{_UNIT}) ago", _last),
    (rf"(?:since|after) {_POINT}(?: on(?:wards?)?)?(?! (?:to|until|till|through)\b)", _since),
    (rf"from {_POINT} on(?:wards?)?", _since),
    (rf"from (?:at )?{_CLOCK}", _since),
    (rf"(?:before|prior to|older than) {_POINT}", _before),
    (rf"(?:until|till|up to) {_POINT}", _until),
    (rf"(?:in|during|of|from) (?P<month>{_MONTH})(?: (?P<year>\d{{4}}))?(?! \d)", _in_month),
    (rf"(?:(?:on|in|during|of|from|over|for|at) )?(?:the )?{_NAMED}", _on),
)
_EDGES = r"(?<![\w/:.-])", r"(?![\w/:-]|\.\w)"


@cache
def _compiled() -> tuple[tuple[re.Pattern[str], _Reading], ...]:
    """The forms ready for use; at first use, since most requests say nothing about the past."""
    return tuple(
        (re.compile(_EDGES[0] + form.replace(" ", r"\s+") + _EDGES[1], re.IGNORECASE), read) for form, read in _FORMS
    )


#: Where a form may begin, to leave most words alone quickly.
_ANY = re.compile(
    r"(?<![\w/:.-])(?:between|from|since|in|within|over|during|for|of|on|at|after|starting|before|prior|older|until|"
    rf"till|up|the|last|past|previous|this|today|yesterday|tonight|{_COUNT}|{_DAY}|{_MONTH}|\d)(?![^\W\d])",
    re.IGNORECASE,
)
