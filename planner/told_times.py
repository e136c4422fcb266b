# SPDX-License-Identifier: Apache-2.0
"""Times that a remark tells, and that are no time to run at: "bob leaves on Friday. Please lock his account"."""

from dataclasses import replace
from datetime import datetime

from opsconductor.domain.plans import Question
from planner.clauses import Clause
from planner.phrases import CORRECTION, UNCLEAR_TIME, OptionPhrase


def without_told_times(
    options: tuple[OptionPhrase, ...], clauses: tuple[Clause, ...], context: list[int], now: datetime
) -> tuple[OptionPhrase, ...]:
    """The options without the days that stand in a mere remark; a time of day there is a question."""
    remarks = [clauses[n].span for n in context if clauses[n].tokens and (not clauses[n].heading or _tells(clauses[n]))]
    found = []
    for option in options:
        told = any(start <= option.start <= end + 1 for start, end in remarks)
        if told and option.option == UNCLEAR_TIME:
            option = replace(option, option="", value=True)
        elif told and option.option == "schedule":
            text = f"A remark names a time. Shall it run at once or then? Give a date and a time ({now.tzinfo})."
            option = replace(option, option=UNCLEAR_TIME, value=text)
        found.append(option)
    return tuple(found)


_LEAVING = frozenset(
    {"leaves", "left", "leaving", "joins", "joined", "starts", "started", "quits", "quit", "retires", "resigned"}
)


def _tells(clause: Clause) -> bool:
    """Whether a heading tells of somebody: "bob leaves us today: lock his account"."""
    return any(not t.is_literal and t.low in _LEAVING for t in clause.tokens[1:])


def about_time(options: tuple[OptionPhrase, ...], wanted: bool, now: datetime) -> Question | None:
    """What is open about the time: none that is clear, two of them, none where one was wished."""
    options = _without_taken_back(options)
    unclear = next((o for o in options if o.option == UNCLEAR_TIME), None)
    if unclear is not None:
        return Question(id="schedule", text=str(unclear.value))
    times = [o.value for o in options if o.option == "schedule"]
    if len(times) > 1 and times[0] != times[-1] and not any(o.option == CORRECTION for o in options):
        return Question(id="schedule", text=f"Two times are said. At which of them ({now.tzinfo}) shall it run?")
    if wanted and not any(o.option == "schedule" for o in options):
        return Question(id="schedule", text=f"When shall it run? Give a date and a time ({now.tzinfo}), or how often.")
    return None


def _without_taken_back(options: tuple[OptionPhrase, ...]) -> tuple[OptionPhrase, ...]:
    """The options without an unclear time that gave way to a clear one: "tomorrow, no, sorry, on Friday at 19:00"."""
    marks = [o.start for o in options if o.option == CORRECTION]
    times = [o.start for o in options if o.option == "schedule"]
    return tuple(
        o
        for o in options
        if o.option != UNCLEAR_TIME or not any(o.end <= m and any(m < time for time in times) for m in marks)
    )
