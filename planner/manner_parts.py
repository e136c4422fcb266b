# SPDX-License-Identifier: Apache-2.0
"""What the forms of options are made of: counts, spans of time, machines, and how their values are read."""

import re
from collections.abc import Callable
from typing import Any

from planner.values import seconds_of
from planner.words import NUMBERS

Reader = Callable[[re.Match[str]], Any]
#: Option, how it is said, how its value is read.
Form = tuple[str, str, Reader]

#: Whole numbers only: a part of "12.5 %" is none.
COUNT = r"(?<![\d.,])(?P<n>\d+(?![\d.,]*\d|\s?%)|" + "|".join(NUMBERS) + r")"
PERCENT = r"(?<![\d.,])(?P<p>\d+)\s?%"
_TIMES = r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?)"
SPAN = (
    rf"(?P<t>\d+(?:\.\d+)?\s?(?:{_TIMES}|s|m|h)|(?:{'|'.join(NUMBERS)}) {_TIMES}|(?:half )?an? (?:second|minute|hour)|"
    r"(?:an? )?(?P<q>quarter|three quarters) of an hour)"
)
SPAN_BEFORE = r"(?P<t>\d+[ -]?(?:second|sec|minute|min|hour)s?)"
HOSTS = r"(?:servers?|hosts?|machines?|systems?|boxes|box|nodes?|targets?)"
EACH = r"(?: at a time| each)?"
UNITS = rf"(?:batch(?:es)?|{HOSTS}|ones?|them|of them|groups?|waves?|reboots?|restarts?|servers?)"
OPEN_END = r"(?=\s?(?:$|[.,;:!)]|(?:and|but|then|with|plus)\b))"
BETWEEN = (
    rf"(?:(?:in )?(?:between|after) (?:each|every|the|batches|hosts|servers|machines|them|two)(?: (?:{UNITS}))?|"
    rf"(?:in )?between{OPEN_END})"
)
BETWEEN_THEM = (
    rf"(?:(?:in )?between (?:the |each |every |two )*{UNITS}|(?:in )?between(?: each| every)?{OPEN_END}|"
    rf"after (?:each|every) {UNITS})"
)
IN_BATCHES = (
    r"(?:(?:with )?(?:in )?(?:batches|groups|chunks|waves|blocks|sets) of|(?:with )?(?:an? )?batch size(?: of)?)"
)
STOP = (
    r"(?:(?:stop|abort|halt|cancel|quit|cease|give up|break off|quitting|ceasing|"
    r"stopping|aborting|halting|giving up|bail out|bail)|"
    r"(?:fail|stop|abort|halt|cancel|quit|end) (?:the )?(?:whole |entire )?"
    r"(?:job|run|rollout|plan|thing|lot|everything|everywhere))"
)
FAILS = r"(?:fails?|failures?|errors?)"
#: "more than two …".
HAVE_FAILED = r"(?:have |has )?(?:fail(?:ed|s)?|dies?|died|breaks?|broken?|goes? (?:wrong|down))"
#: What comes behind the first: "then the rest".
THE_REST = (
    r"(?:,?(?: and)? (?:then|afterwards|after that|only then)(?: only)?(?: on| do| with| to)?"
    r"(?: all)?(?: of)?(?: the)? (?:rest|others?|remaining(?: \w+)?|everywhere else|everything else|all else))"
)


def number(match: re.Match[str]) -> int:
    """The count, in digits or spoken."""
    text = match["n"].casefold()
    return NUMBERS[text] if text in NUMBERS else int(text)


def number_or_one(match: re.Match[str]) -> int:
    """The count, one where none is said."""
    return number(match) if match["n"] else 1


def percent(match: re.Match[str]) -> str:
    """The share in percent."""
    return f"{int(match['p'])}%"


def seconds(match: re.Match[str]) -> int | None:
    """The span of time in seconds."""
    if match.groupdict().get("q"):
        return 900 if match["q"].casefold() == "quarter" else 2700
    text = re.sub(r"^an?\s", "1 ", re.sub(r"^half an?\s", "0.5 ", match["t"].casefold().replace("-", " ")))
    count = text.split()[0]
    return seconds_of(text.replace(count, str(NUMBERS[count]), 1) if count in NUMBERS else text)


def said(value: Any) -> Callable[[re.Match[str]], Any]:
    """The same value whenever the form stands."""
    return lambda _: value


SHARES = {
    "half": "50%",
    "a third": "33%",
    "one third": "33%",
    "a quarter": "25%",
    "one quarter": "25%",
    "a tenth": "10%",
}
NTH = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "tenth": 10}
GOES_WRONG = (
    rf"(?:(?:any|an|one|a|something|anything|it|that|this|the|one of them|goes|single|step|"
    rf"check|verification|health|new|upgrade|update|"
    rf"deployment|copy|service|start|restart|of|them|doesn't|does not|come|up) )*"
    rf"(?:{FAILS}|wrong|start|come up|breaks?|broken|dies)"
)
BACK = r"(?:roll(?:ing)? ?(?:it |everything |them |that |the changes? )?back|rollback|revert|undo)"
WHAT = (
    r"(?: (?:everything|the (?:whole|entire) (?:thing|lot|plan|job|run)|it|all|them|that|"
    r"(?:the )?(?:changes?|previous|old|former|original)(?: \w+)?))?"
)


def share(match: re.Match[str]) -> str:
    """A spoken share in percent."""
    return SHARES[" ".join(match["share"].casefold().split())]


def one_less(match: re.Match[str]) -> int:
    """ "after 3 failures" is when more than 2 have failed."""
    return max(0, (NTH[match["nth"].casefold()] if match.groupdict().get("nth") else number(match)) - 1)
