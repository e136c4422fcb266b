# SPDX-License-Identifier: Apache-2.0
"""Another time for a plan that has one: "23:30", "Sunday", "an hour later" keep what they do not say."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from planner.clocks import as_shown, on_clocks
from planner.schedules import find_schedules
from planner.words import NUMBERS


@dataclass(frozen=True, slots=True)
class Retimed:
    """The new time with its span, or why it is not clear."""

    start: int
    end: int
    value: dict[str, str] | None = None
    doubt: str | None = None


_DAYS = r"(?:sun|mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?)(?:day)?"
_DAY = re.compile(
    rf"(?:the )?(?:day after tomorrow|(?:(?:next|this|coming) )?{_DAYS}|tonight|today|tomorrow|"
    r"\d{4}-\d{2}-\d{2}|\d{1,2}(?:st|nd|rd|th)(?: of \w+)?)(?: (?:night|morning|evening|afternoon))?",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"(?:\d{1,2}(?:[:.]\d{2})?(?: ?[ap]\.?m\.?)?(?: ?o'?clock)?|noon|midday|midnight)(?: (?:utc|gmt))?", re.IGNORECASE
)
_MOVED = re.compile(
    rf"(?P<n>half an|an?|\d{{1,3}}|{'|'.join(NUMBERS)}) ?(?P<unit>minute|min|hour|hr|h|day|week)s? "
    r"(?P<way>later|earlier|sooner)",
    re.IGNORECASE,
)
_MOVED_BY = re.compile(
    rf"(?P<way>push|delay|postpone|defer|bring|pull|move|shift)(?:ed)?\b.*?\bby (?P<n>half an|an?|\d{{1,3}}|"
    rf"{'|'.join(NUMBERS)}) ?"
    r"(?P<unit>minute|min|hour|hr|h|day|week)s?",
    re.IGNORECASE,
)
_NOT = re.compile(
    rf"(?<!\w)not (?:at |on )?(?:{_DAY.pattern}|{_CLOCK.pattern})(?: at {_CLOCK.pattern})?,? ?(?:but )?", re.IGNORECASE
)
_EARLY = frozenset({"earlier", "sooner", "bring", "pull"})
_AT = re.compile(
    r"\b(?:at|till|until|by|around)\s+\Z|\b(?:move|shift|push|postpone|delay|defer)\b.*\bto\s+\Z", re.IGNORECASE
)
_CRON = re.compile(r"(?P<m>\d{1,2}) (?P<h>\d{1,2}) (?P<rest>\S+ \S+ (?P<d>\S+))")


def not_then(shown: str) -> tuple[int, int] | None:
    """Where a time is denied that another one follows: "not tonight, tomorrow at 22:00"."""
    match = _NOT.search(shown)
    return match.span() if match and re.search(r"\w", shown[match.end() :]) else None


def retimed(
    shown: str, before: dict[str, str] | None, now: datetime, rest: list[tuple[int, int, str]]
) -> Retimed | None:
    """The time that the words left over say, against the one before; None when they say none."""
    found = _found(shown, as_shown(before, now), now, rest)
    if found is None or found.value is None:
        return found
    return replace(found, value=on_clocks(found.value, now))


def _found(
    shown: str, before: dict[str, str] | None, now: datetime, rest: list[tuple[int, int, str]]
) -> Retimed | None:
    if match := _MOVED.search(shown) or _MOVED_BY.search(shown):
        return _moved(match, before, now)
    telling = [r for r in rest if r[2][:1].isalnum()]
    if not telling:
        return None
    start, end = telling[0][0], telling[-1][1]
    words = " ".join(re.sub(r"\s+(?:at|on)\s+|,", " ", f" {shown[start:end]}").split())
    if day := _DAY.fullmatch(words):
        return Retimed(start, end, *_on_day(day.group(), before, now))
    if clock := _CLOCK.fullmatch(words):
        if words.isdigit() and _AT.search(shown[:start]) is None:
            return None
        return Retimed(start, end, *_at_clock(clock.group(), before, now))
    both = _DAY.match(words)
    if both and _CLOCK.fullmatch(words[both.end() :].strip()):
        return Retimed(start, end, *_read(f"{_placed(both.group())} at {words[both.end() :].strip()}", now))
    return None


_Said = tuple[dict[str, str] | None, str | None]


def _read(text: str, now: datetime) -> _Said:
    found = [w for w in find_schedules(text, now) if w.start == 0 and w.end >= len(text.rstrip())]
    if len(found) == 1:
        return found[0].value, found[0].doubt
    return None, f"'{text}' is not a time. When ({now.tzinfo}) shall it run?"


def _placed(day: str) -> str:
    return f"on {day}" if re.match(_DAYS, day, re.IGNORECASE) else day


def _on_day(day: str, before: dict[str, str] | None, now: datetime) -> _Said:
    if before and (at := before.get("at")):
        bare = re.sub(r" (?:night|morning|evening|afternoon)$", "", day, flags=re.IGNORECASE)
        return _read(f"{_placed(bare)} at {at[11:16]}", now)
    if before and (cron := _CRON.fullmatch(before.get("cron", ""))) and cron["d"] != "*" and re.match(_DAYS, day, re.I):
        return _read(f"every {day} at {int(cron['h']):02}:{int(cron['m']):02}", now)
    return None, f"'{day}' names no time of day. At what time ({now.tzinfo}) shall it run?"


def _at_clock(clock: str, before: dict[str, str] | None, now: datetime) -> _Said:
    bare = re.fullmatch(r"\d{1,2}", clock)
    value, doubt = _read(f"2999-01-01 at {clock}", now)
    if value is None:
        return None, doubt
    hour, minute = int(value["at"][11:13]), int(value["at"][14:16])
    if before and (cron := _CRON.fullmatch(before.get("cron", ""))):
        return {"cron": f"{minute} {hour} {cron['rest']}"}, None
    if before and "cron" in before:
        return None, f"'{clock}' does not say how often. When ({now.tzinfo}) shall it run?"
    at = before.get("at") if before else None
    if at is None:
        return _read(f"today at {hour:02}:{minute:02}", now)
    if bare and 0 < hour < 12 <= int(at[11:13]):
        return None, f"'{clock}' may be {hour:02}:00 or {hour + 12}:00. When ({now.tzinfo}) shall it run?"
    return _read(f"{at[:10]} at {hour:02}:{minute:02}", now)


_MINUTES = {"m": 1, "h": 60, "d": 1440, "w": 10080}


def _moved(match: re.Match[str], before: dict[str, str] | None, now: datetime) -> Retimed:
    at = before.get("at") if before else None
    if at is None:
        return Retimed(*match.span(), doubt=f"'{match.group()}' than when? At what time ({now.tzinfo}) shall it run?")
    text = match["n"].casefold()
    count = 0.5 if text == "half an" else 1 if text in ("a", "an") else NUMBERS.get(text) or int(text)
    minutes = count * _MINUTES[match["unit"][0].casefold()]
    way = match["way"].casefold()
    moment = datetime.fromisoformat(at) + timedelta(minutes=-minutes if way in _EARLY else minutes)
    if moment <= now.replace(tzinfo=None):
        doubt = f"{moment:%Y-%m-%d %H:%M} is already past. When ({now.tzinfo}) shall it run?"
        return Retimed(*match.span(), doubt=doubt)
    return Retimed(*match.span(), value={"at": moment.strftime("%Y-%m-%dT%H:%M")})
