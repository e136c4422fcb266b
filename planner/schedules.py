# SPDX-License-Identifier: Apache-2.0
"""When: "tonight at 22:00", "every Sunday at 3am", "in two hours", a cron line; on the clocks of `now`."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from planner.words import NUMBERS

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY = r"(?:sun(?:day)?|mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs(?:day)?)?|fri(?:day)?|sat(?:urday)?)s?"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)"
)
_NUMBER = r"(?:\d{1,3}|" + "|".join(NUMBERS) + r")"
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "tenth": 10, "fifteenth": 15, "last": 0}
_NTH = r"(?:\d{1,2}(?:st|nd|rd|th)|" + "|".join(_ORDINALS) + r")"
_ZONE = r"(?:\s*(?P<zone>utc|gmt|z\b|ce?s?t\b|e[sd]t\b|p[sd]t\b))?"
#: A time of day that cannot be mistaken for another number.
_SPOKEN_HOUR = r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
#: "half past ten", "a quarter to six", "ten minutes to six".
_SPOKEN = (
    r"(?:(?P<past>half|(?:an?\s+)?quarter|five|ten|twenty|twenty[ -]five|"
    r"(?:\d{1,2}|five|ten|twenty)\s+minutes?)"
    rf"\s+(?:past|after)|(?P<to>(?:an?\s+)?quarter|(?<=at\s)(?:five|ten|twenty)|(?:\d{{1,2}}|five|ten|twenty)\s+minutes?)"
    rf"\s+(?:to|before))\s+(?P<hour>{_SPOKEN_HOUR})(?![\d:.%]|\s?(?:%|hosts?|servers?|machines?|at\s+a\b))"
    r"(?:\s?(?P<ap3>[ap]\.?m\b\.?))?"
)
_SURE = (
    r"(?:(?P<h>\d{1,2})(?:(?::|\.|h)(?P<m>\d{2})(?::00)?\s?(?P<ap>[ap]\.?m\b\.?)?|\s?(?P<ap2>[ap]\.?m\b\.?)"
    rf"|\s?o'?clock)|(?P<word>{_SPOKEN_HOUR})\s+o'?clock|{_SPOKEN})"
)
_NAMED = r"(?P<named>noon|midday|midnight)"
_BARE = rf"(?P<bare>{_SPOKEN_HOUR})(?![\w:.%]|\s?(?:%|hosts?|servers?|machines?|boxes|nodes|systems?|at a))"
#: "at 4 in the morning", said of the hour itself.
_HALF = r"(?:\s+in\s+the\s+(?P<half>morning|afternoon|evening)|\s+at\s+(?P<late>night))?"
_THAT_DAY = r"(?:,?\s+(?:on\s+)?(?:that|the\s+same)\s+day\b)?"
_CLOCK = rf"(?:at|by|around|@)?\s*(?:{_SURE}|{_NAMED}){_HALF}{_ZONE}"
_ANY_CLOCK = rf"(?:(?:at|by|@)\s*)?(?:{_SURE}|{_NAMED}|(?<=at\s){_BARE}){_HALF}{_ZONE}"
_PART = r"(?P<part>morning|afternoon|evening|night)"
_UNIT = r"(?P<unit>minutes?|mins?|hours?|hrs?|h|days?|weeks?)\b"
_MINUTES = {"m": 1, "h": 60, "d": 1440, "w": 10080}


@dataclass(frozen=True, slots=True)
class When:
    """What some words say about time: {"cron": …} or {"at": …}, or why that is not clear."""

    start: int
    end: int
    value: dict[str, str] | None = None
    doubt: str | None = None


_Reading = dict[str, str] | str | None
_Reader = Callable[..., _Reading]


def find_schedules(plain: str, now: datetime) -> Iterator[When]:
    """All phrases about time, the longest forms first, not overlapping."""
    if not _ABOUT_TIME.search(plain):
        return
    found: list[When] = []
    for form, read in _compiled():
        for match in form.finditer(plain):
            if any(match.start() < w.end and w.start < match.end() for w in found):
                continue
            if _ENDED_BY.search(plain, max(0, match.start() - _LONGEST_END), match.start()):
                continue  # "since this morning" tells, "until tomorrow" ends what is done
            start, end, more = _more_times(plain, match)
            value = _no_foreign_zone(match) or read(match, now)
            value = _joined(value, more, _group(match, "times"), plain[start:end])
            if isinstance(value, str):
                found.append(When(start, end, doubt=value))
            elif value is not None:
                found.append(When(start, end, value))
    yield from sorted(found, key=lambda w: w.start)


def _more_times(plain: str, match: re.Match[str]) -> tuple[int, int, tuple[tuple[int, int], ...]]:
    """The span of a phrase with further times of day beside it, and these: "at 06:00 and 18:00 every day"."""
    start, end = match.span()
    found: list[tuple[int, int]] = []
    if not any(_group(match, name) for name in ("h", "bare", "word", "hour", "named")):
        return start, end, ()
    try:
        while following := _FURTHER.match(plain, end):
            found.append(_time(following) or (0, 0))
            end = following.end()
        opens = _CLOCKS.match(re.sub(r"^(?:at|by|@)\s*", "", match.group(), flags=re.IGNORECASE))
        if opens and (before := _EARLIER.search(plain, max(0, start - _LONGEST_EARLIER), start)):
            start = before.start()
            found += [time for m in _CLOCKS.finditer(before.group()) if (time := _time(m))]
    except ValueError:
        return (*match.span(), ())
    return start, end, tuple(found)


def _joined(value: "_Reading", more: tuple[tuple[int, int], ...], times: str | None, words: str) -> "_Reading":
    """What is said of one time of day, said of several; how often must be as often as times are named."""
    count = {"twice": 2, "thrice": 3}.get(times.casefold()) or _number(_COUNT.sub("", times)) if times else None
    if not isinstance(value, dict) or (not more and count in (None, 1)):
        return value
    minute, hour, *rest = (value.get("cron") or "* *").split()
    hours = sorted({h for h, _ in more} | ({int(hour)} if hour.isdigit() else set()))
    if not hour.isdigit() or any(str(m) != minute for _, m in more) or len(hours) != (count or len(hours)):
        return f"'{words.strip()}' cannot be said as one schedule. When shall it run?"
    return {"cron": " ".join([minute, ",".join(map(str, hours)), *rest])}


def clock_in(text: str) -> tuple[int, int] | None:
    """Hour and minute of a text that is nothing but a time of day, UTC."""
    clock = re.fullmatch(rf"\s*{_CLOCK}\s*", text, re.IGNORECASE)
    try:
        return _time(clock) if clock is not None and not _no_foreign_zone(clock) else None
    except ValueError:
        return None


def _group(match: re.Match[str], name: str) -> str | None:
    try:
        return match[name]
    except IndexError:
        return None


def _no_foreign_zone(match: re.Match[str]) -> str | None:
    zone = (_group(match, "zone") or "").casefold()
    if zone and zone not in {"utc", "gmt", "z"}:
        return f"Times are in UTC. What is '{match.group().strip()}' in UTC?"
    return None


def _time(match: re.Match[str]) -> tuple[int, int] | None:
    """Hour and minute a match names; None when it names none, ValueError when there is no such time."""
    if named := _group(match, "named"):
        return (0, 0) if named.casefold() == "midnight" else (12, 0)
    text = _group(match, "h") or _group(match, "bare") or _group(match, "word") or _group(match, "hour")
    if text is None:
        return None
    hour, minute = _number(text), int(_group(match, "m") or 0)
    half = _half(match)
    part = (_group(match, "half") or _group(match, "late") or _group(match, "part") or "").casefold()
    if half and not 1 <= hour <= 12:
        raise ValueError
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    elif part in {"afternoon", "evening", "night"} and 5 <= hour < 12:
        hour += 12
    if hour > 23 or minute > 59:
        raise ValueError
    return _beside_hour(match, hour) if _group(match, "hour") else (hour, minute)


def _half(match: re.Match[str]) -> str:
    """The half of the day that "am" or "pm" says."""
    return (_group(match, "ap") or _group(match, "ap2") or _group(match, "ap3") or "").casefold()[:1]


def _beside_hour(match: re.Match[str], hour: int) -> tuple[int, int]:
    """Minutes spoken before or behind a full hour: "half past ten"."""
    word = (match["past"] or match["to"]).casefold().replace("-", " ").split()
    minute = {"half": 30, "quarter": 15}.get(word[-1]) or _number(word[0]) + 5 * (word[-1] == "five" and len(word) > 1)
    if minute > 59 or (match["to"] and _half(match) and hour % 12 == 0):  # "a quarter to twelve pm" may be noon
        raise ValueError
    return (hour, minute) if match["past"] else ((hour - 1) % 24, 60 - minute)


def _timed(read: Callable[[re.Match[str], datetime, tuple[int, int] | None], _Reading]) -> Callable[..., _Reading]:
    def reader(match: re.Match[str], now: datetime) -> _Reading:
        try:
            return read(match, now, _time(match))
        except ValueError:
            return f"There is no such time as '{match.group().strip()}'. When shall it run?"

    return reader


def _number(text: str) -> int:
    low = text.casefold()
    return NUMBERS[low] if low in NUMBERS else int(low)


def _days(text: str) -> list[int]:
    return [_DAYS.index(d[:3].casefold()) for d in re.findall(_DAY, text, re.IGNORECASE)]


def _at(moment: datetime) -> dict[str, str]:
    return {"at": moment.strftime("%Y-%m-%dT%H:%M")}


def _future(moment: datetime, now: datetime, words: str) -> _Reading:
    if moment <= now:
        return f"'{words.strip()}' is already past: it is {now:%Y-%m-%d %H:%M} {now.tzinfo}. When shall it run?"
    return _at(moment)


def _on(day: datetime, time: tuple[int, int]) -> datetime:
    return day.replace(hour=time[0], minute=time[1], second=0, microsecond=0)


@_timed
def _weekly(match: re.Match[str], now: datetime, time: tuple[int, int] | None) -> _Reading:
    del now
    words = match["days"].casefold()
    if "weekday" in words or "work" in words or "business" in words:
        days = "1-5"
    elif "weekend" in words:
        days = "0,6"
    elif "week" in words and not _days(words):
        days = "0"
    elif re.fullmatch(_SPAN, words):
        days = "-".join(str(d) for d in _days(words))
        if _days(words)[0] > _days(words)[1]:
            days = ",".join(str(d % 7) for d in sorted(d % 7 for d in range(_days(words)[0], _days(words)[1] + 8)))
    else:
        days = ",".join(str(d) for d in sorted(set(_days(words))))
    if time is None:
        part = (_group(match, "part") or "").casefold()
        if part in {"morning", "afternoon", "evening"}:
            return f"'{match.group().strip()}' names no time of day. At what time shall it run?"
        time = (0, 0)
    return {"cron": f"{time[1]} {time[0]} * * {days}"}


@_timed
def _daily(match: re.Match[str], now: datetime, time: tuple[int, int] | None) -> _Reading:
    del now
    part = (_group(match, "part") or "").casefold()
    if time is None and part in {"morning", "afternoon", "evening"}:
        return f"'{match.group().strip()}' names no time of day. At what time shall it run?"
    hour, minute = time or (0, 0)
    return {"cron": f"{minute} {hour} * * *"}


@_timed
def _monthly(match: re.Match[str], now: datetime, time: tuple[int, int] | None) -> _Reading:
    del now
    nth = (_group(match, "nth") or "first").casefold()
    day = _ORDINALS[nth] if nth in _ORDINALS else int(re.sub(r"\D", "", nth))
    if not 1 <= day <= 31 or _group(match, "weekday"):
        return f"'{match.group().strip()}' cannot be said as a day of the month. On which day shall it run?"
    hour, minute = time or (0, 0)
    return {"cron": f"{minute} {hour} {day} * *"}


def _interval(match: re.Match[str], now: datetime) -> _Reading:
    del now
    unit, count = match["unit"][0].casefold(), _number(_group(match, "n") or "1")
    if unit == "m" and 1 <= count <= 59:
        return {"cron": f"*/{count} * * * *" if count > 1 else "* * * * *"}
    if unit == "h" and 1 <= count <= 23:
        return {"cron": f"0 */{count} * * *" if count > 1 else "0 * * * *"}
    if unit == "d" and 1 <= count <= 31:
        return {"cron": f"0 0 */{count} * *" if count > 1 else "0 0 * * *"}
    return f"'{match.group().strip()}' cannot be said as a schedule. When shall it run?"


def _hourly(match: re.Match[str], now: datetime) -> _Reading:
    del now
    words = match["beyond"].casefold().split()
    minute = {"quarter": 15, "half": 30}.get(words[-1]) or _number(words[0])
    return {"cron": f"{minute} * * * *"} if minute < 60 else f"'{match.group().strip()}' is no time. When shall it run?"


def _twice(match: re.Match[str], now: datetime) -> _Reading:
    """Two times of every day; one line of cron can say both where their minutes are the same."""
    del now
    times = []
    for text in (match["one"], match["two"]):
        found = re.fullmatch(_SURE, text.strip(), re.IGNORECASE) or re.fullmatch(_BARE, text.strip())
        if found is None:
            return f"'{match.group().strip()}' names no times of day. When shall it run?"
        try:
            times.append(_time(found) or (0, 0))
        except ValueError:
            return f"There is no such time as '{text.strip()}'. When shall it run?"
    if times[0][1] != times[1][1]:
        return f"'{match.group().strip()}' needs two schedules: the minutes differ. Ask for one of them at a time."
    return {"cron": f"{times[0][1]} {','.join(str(hour) for hour, _ in sorted(times))} * * *"}


def cron_line(text: str) -> str:
    """A cron line in its five fields: @daily is `0 0 * * *`."""
    names = {
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
    }  # fmt: skip
    line = " ".join(text.split())
    return names.get(line.casefold(), line)


@_timed
def _relative(match: re.Match[str], now: datetime, time: tuple[int, int] | None) -> _Reading:
    """Today, tonight, tomorrow, a day after that."""
    word = match["day"].casefold()
    tonight = "tonight" in word or "this" in word
    if tonight and time is not None and not (_half(match) or _group(match, "named")):
        hour = time[0] + 12 if 5 <= time[0] < 12 and "morning" not in word else time[0]
        time = (hour, time[1])
    if time is None:
        return f"'{match.group().strip()}' names no time of day. At what time ({now.tzinfo}) shall it run?"
    ahead = 2 if "after" in word else 1 if "tomorrow" in word else 0
    moment = _on(now + timedelta(days=ahead), time)
    if "tonight" in word and time[0] < 5 and moment <= now:
        moment += timedelta(days=1)
    return _future(moment, now, match.group())


@_timed
def _on_weekday(match: re.Match[str], now: datetime, time: tuple[int, int] | None) -> _Reading:
    if time is None:
        return f"'{match.group().strip()}' names no time of day. At what time ({now.tzinfo}) shall it run?"
    ahead = (_days(match["day"])[0] - (now.weekday() + 1)) % 7
    moment = _on(now + timedelta(days=ahead), time)
    return _at(moment if moment > now else moment + timedelta(days=7))


@_timed
def _on_date(match: re.Match[str], now: datetime, time: tuple[int, int] | None) -> _Reading:
    year = int(_group(match, "y") or now.year)
    if month_name := _group(match, "month"):
        month, day = _MONTHS.index(month_name[:3].casefold()) + 1, int(re.sub(r"\D", "", match["d"]))
    elif first := _group(match, "a"):
        month, day = int(match["b"]), int(first)
        if match["sep"] == "/" and month <= 12 and day <= 12 and month != day:
            return f"'{match.group().strip()}' may be two days. Say it as year-month-day."
        if month > 12:
            month, day = day, month
    else:
        month, day = int(match["mo"]), int(match["d"])
    if time is None:
        return f"'{match.group().strip()}' names no time of day. At what time ({now.tzinfo}) shall it run?"
    moment = _on(now.replace(year=year, month=month, day=day), time)
    if moment <= now and _group(match, "y") is None:
        moment = moment.replace(year=year + 1)
    if (named := _group(match, "named_day")) and _days(named) != [(moment.weekday() + 1) % 7]:
        return f"'{match.group().strip()}': that day is no {named}. On which day shall it run?"
    return _future(moment, now, match.group())


def _after(match: re.Match[str], now: datetime) -> _Reading:
    count = {"an": 1.0, "a": 1.0, "half an": 0.5, "half a": 0.5}.get(" ".join(match["n"].casefold().split()))
    minutes = (_number(match["n"]) if count is None else count) * _MINUTES[match["unit"][0].casefold()]
    return _at((now.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(now.tzinfo))


@_timed
def _clock_alone(match: re.Match[str], now: datetime, time: tuple[int, int] | None) -> _Reading:
    if time is None:
        return None
    moment = _on(now, time)
    if time == (0, 0) and moment <= now:
        moment += timedelta(days=1)
    return _future(moment, now, match.group())


def _unclear(match: re.Match[str], now: datetime) -> _Reading:
    return f"'{match.group().strip()}' is not a time. When ({now.tzinfo}) shall it run?"


_LEAD = r"(?:(?:for|on|starting|beginning|to run|running|run|as\s+of|as\s+from|effective(?:\s+as\s+of)?)\s+(?:on\s+)?)?"
#: How often on a day, before the times of day themselves.
_TIMES = rf"(?:(?P<times>twice|thrice|{_NUMBER}\s*(?:times|x))\s+(?:daily|(?:a|per|each|every)\s+day)[,:]?\s*)"
_COUNT = re.compile(r"\s*(?:times|x)\Z", re.IGNORECASE)
_HOUR = r"\d{1,2}(?::\d{2})?\s?(?:[ap]\.?m\b\.?)?"
_LIST = rf"{_DAY}(?:(?:\s*,\s*|\s+and\s+|\s*,\s*and\s+){_DAY})*"
_EVERY = r"(?:every|each)"
_PLURAL = r"(?:sun|mon|tues|wednes|thurs|fri|satur)days"
_PLURALS = rf"{_PLURAL}(?:(?:\s*,\s*|\s+and\s+|\s*,\s*and\s+){_PLURAL})*"
_SPAN = rf"{_DAY}\s*(?:-|\u2013|to|through|thru|till)\s*{_DAY}"
#: "Thursday 5 March": the day of the week has to be that of the date.
_NAMED_DAY = rf"(?:(?P<named_day>{_DAY}),?\s+)?"
_DATES = (
    r"(?P<y>\d{4})-(?P<mo>\d{2})-(?P<d>\d{2})[T ]?",
    rf"(?:the\s+)?(?P<d>\d{{1,2}}(?:st|nd|rd|th)?)\s+(?:of\s+)?(?P<month>{_MONTH})\b,?(?:\s+(?P<y>\d{{4}}))?",
    rf"(?P<month>{_MONTH})\s+(?:the\s+)?(?P<d>\d{{1,2}}(?:st|nd|rd|th)?)(?![\d:])\b,?(?:\s+(?P<y>\d{{4}}))?",
    r"(?P<a>\d{1,2})(?P<sep>[./])(?P<b>\d{1,2})[./](?P<y>\d{4})",
)
_FORMS: tuple[tuple[str, _Reader], ...] = (
    (
        rf"{_ANY_CLOCK}\s+(?:on\s+)?the\s+(?P<nth>{_NTH})\s+(?:(?P<weekday>{_DAY})\s+|day\s+)?(?:of|"
        rf"in)\s+(?:every|each|the)\s+month",
        _monthly,
    ),
    (
        rf"{_ANY_CLOCK}\s+(?:on\s+)?(?:{_EVERY}\s+)(?P<days>{_LIST}|weekdays?|work(?:ing)?\s?days?|"
        rf"business\s+days?|weekends?)(?:\s+{_PART})?",
        _weekly,
    ),
    (
        rf"(?:on\s+)?(?P<days>{_PLURALS}|{_DAY})(?:,?\s+{_ANY_CLOCK})\s+(?:{_EVERY}\s+week|weekly|a\s+week)",
        _weekly,
    ),
    (rf"{_ANY_CLOCK}\s+(?:on\s+)?(?P<days>{_PLURALS}|weekdays|weekends)", _weekly),
    (
        rf"(?:at\s+)?(?P<beyond>an?\s+quarter|quarter|half|ten|twenty|five|\d{{1,2}}\s+minutes?)\s+past\s+"
        rf"(?:{_EVERY}|the)\s+hour",
        _hourly,
    ),
    (
        rf"{_LEAD}{_ANY_CLOCK}\s+(?P<day>tonight|(?:the\s+)?day\s+after\s+tomorrow|tomorrow|today|"
        rf"this\s+(?:evening|afternoon|morning))(?:\s+{_PART})?",
        _relative,
    ),
    (
        rf"(?:(?:twice|two\s+times|2\s*x|2\s+times)\s+(?:a|per|every|each)\s+day|twice\s+daily|{_EVERY}\s+day|daily)"
        rf"[,:]?\s+(?:at\s+)?(?P<one>{_HOUR})\s*(?:and|,|&)\s*(?:at\s+)?(?P<two>{_HOUR})(?:\s?o'?clock)?(?![\d:])",
        _twice,
    ),
    (
        rf"(?:at\s+)?(?P<one>{_HOUR})\s*(?:and|,|&)\s*(?:at\s+)?(?P<two>{_HOUR})(?:\s?o'?clock)?,?\s+(?:{_EVERY}\s+day|daily)",
        _twice,
    ),
    (rf"{_ANY_CLOCK}\s+(?:{_EVERY}\s+(?:day|{_PART})|daily|nightly)", _daily),
    *((rf"{_ANY_CLOCK}\s+on\s+{_NAMED_DAY}{date}", _on_date) for date in _DATES),
    *((rf"{_LEAD}{_NAMED_DAY[:-1]}{date}(?:,?\s*(?:{_ANY_CLOCK}{_THAT_DAY}))?", _on_date) for date in _DATES),
    (rf"{_ANY_CLOCK}\s+(?:on\s+|next\s+)*(?P<day>{_DAY})", _on_weekday),
    (rf"{_TIMES}(?:\(\s*)?(?:{_ANY_CLOCK})?", _daily),
    (rf"(?P<n>{_NUMBER}|(?:half\s+)?an?)\s*{_UNIT}\s+from\s+now\b", _after),
    (
        rf"(?<!with)\s*\bin\s+(?P<n>{_NUMBER}|(?:half\s+)?an?)\s*{_UNIT}(?:\s+from\s+now)?\b(?!\s+(?:each|steps|batches))",
        _after,
    ),
    (rf"{_EVERY}\s+(?P<n>{_NUMBER})\s+{_UNIT}\b", _interval),
    (rf"(?:once\s+)?(?:{_EVERY}|(?<!of\s)(?<!half\s)(?<!to\s)an|per)\s+(?P<unit>minute|hour)\b", _interval),
    (r"(?P<unit>hour)ly\b", _interval),
    (
        rf"(?:on\s+)?(?:the\s+|every\s+)?(?P<nth>{_NTH})\s+(?:(?P<weekday>{_DAY})\s+|day\s+)?(?:of|"
        rf"in)\s+(?:every|each|the|a)\s+month(?:,?\s+{_ANY_CLOCK})?",
        _monthly,
    ),
    (rf"(?:monthly|every\s+month)(?:\s+on\s+the\s+(?P<nth>{_NTH}))?(?:\s+{_ANY_CLOCK})?", _monthly),
    (
        rf"{_LEAD}(?:{_EVERY}\s+|weekly,?\s+(?:on\s+)?)(?P<days>{_SPAN}|{_LIST}|weekdays?|work(?:ing)?\s?days?|"
        rf"business\s+days?|weekends?)(?:\s+{_PART})?(?:,?\s+{_ANY_CLOCK})?",
        _weekly,
    ),
    (
        rf"{_LEAD}(?P<days>{_SPAN})(?:\s+{_PART}s?)?(?:,?\s+{_ANY_CLOCK})?",
        _weekly,
    ),
    (
        rf"(?:on\s+)?(?P<days>{_PLURALS}|weekdays|weekends)(?:\s+{_PART}s?)?(?:,?\s+{_ANY_CLOCK})?",
        _weekly,
    ),
    (rf"(?P<days>weekly|(?:once\s+)?(?:every|each|a)\s+week)(?:,?\s+{_ANY_CLOCK})?", _weekly),
    (
        rf"(?:{_EVERY}\s+(?:day|{_PART})|daily|nightly|(?:once\s+)?a\s+day)(?:(?:\s+in\s+the\s+\w+)"
        rf"?,?\s+{_ANY_CLOCK})?",
        _daily,
    ),
    *((rf"{_LEAD}{date}(?:,?\s*(?:{_ANY_CLOCK}{_THAT_DAY}))?", _on_date) for date in _DATES),
    (
        rf"{_LEAD}(?P<day>tonight|(?:the\s+)?day\s+after\s+tomorrow|tomorrow|today|this\s+(?:evening|"
        rf"afternoon|morning))(?:\s+{_PART})?(?:,?\s+{_ANY_CLOCK})?",
        _relative,
    ),
    (
        rf"(?:for|on|next|this|coming)\s+(?:next\s+|this\s+|coming\s+)?(?P<day>{_DAY})(?:\s+{_PART})"
        rf"?(?:,?\s+{_ANY_CLOCK}{_THAT_DAY})?",
        _on_weekday,
    ),
    (rf"(?P<day>{_DAY})(?:\s+{_PART})?,?\s+{_CLOCK}{_THAT_DAY}", _on_weekday),
    (r"next\s+(?:week|month)\b|later\s+(?:today|tonight)\b|over\s+the\s+weekend\b|at\s+the\s+weekend\b", _unclear),
    (rf"(?:at|by|around)\s+(?:{_SURE}|{_BARE})\s+in\s+the\s+{_PART}", _clock_alone),
    (rf"(?:at|by|@|around)\s+(?:{_SURE}|{_NAMED}|{_BARE})\s+(?:on\s+)?(?:that|the\s+same)\s+day\b", _unclear),
    (rf"(?:at|by|@|for|around|about)\s+(?:{_SURE}|{_NAMED}){_ZONE}", _clock_alone),
)


@cache
def _compiled() -> tuple[tuple[re.Pattern[str], _Reader], ...]:
    """The forms ready for use; at first use, since most requests speak of no time."""
    return tuple((re.compile(rf"(?<![\w/-]){form}(?![\w/-])", re.IGNORECASE), read) for form, read in _FORMS)


_ENDED_BY = re.compile(
    r"\b(?:since|until|till|before|not\s+later\s+than|by\s+the\s+end\s+of|named|called)\s+\Z", re.IGNORECASE
)
_LONGEST_END, _LONGEST_EARLIER = 20, 80
_FURTHER = re.compile(rf"(?:\s*,\s*(?:and\s+)?|\s+and\s+)(?:at\s+)?(?:{_SURE}|{_NAMED}){_HALF}(?![\w:])", re.IGNORECASE)
_CLOCKS = re.compile(rf"{_SURE}|{_NAMED}", re.IGNORECASE)
_ONE = r"(?:\d{1,2}(?:[:.]\d\d|\s?[ap]m)|noon|midnight)"
_EARLIER = re.compile(rf"(?<!\w)(?:at\s+)?{_ONE}(?:\s*,\s*{_ONE})*\s*,?\s+and\s+\Z", re.IGNORECASE)
#: Something that every form holds, to leave most requests alone quickly.
_ABOUT_TIME = re.compile(
    rf"\b(?:every|each|hourly|daily|nightly|weekly|monthly|tonight|tomorrow|today|this|next|"
    rf"in the|noon|midday|midnight|minute|hour|"
    rf"a day|a week|month|now|later|weekend|weekends|weekdays|in\s+{_NUMBER}|in\s+(?:half\s+)?an?|{_DAY}|{_MONTH})"
    rf"\b|\d\s?[ap]\.?m\b|\d[:.]\d\d|"
    r"\d{4}-|o'clock|\b(?:half|quarter)\s+(?:past|to)",
    re.IGNORECASE,
)
