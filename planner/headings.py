# SPDX-License-Identifier: Apache-2.0
"""Headings that only name what the steps behind them do: "deployment: …", "roll out x: stop x, …"."""

import re
from typing import TYPE_CHECKING

from planner.clauses import Clause

if TYPE_CHECKING:  # it makes the steps that are looked at here
    from planner.drafting import Drafting, DraftStep


#: What only sums up the steps behind a colon.
_UMBRELLAS = frozenset({"offboard", "offboarding", "onboard", "onboarding", "decommission", "retire", "maintenance"})


def drop_headings(drafting: "Drafting", clauses: tuple[Clause, ...]) -> None:
    """Takes back the steps read out of a heading whose work the steps behind it say."""
    for number, clause in enumerate(clauses):
        own = [s for s in drafting.steps if s.clause == number]
        later = [s for s in drafting.steps if s.clause > number]
        if not clause.heading or not own or not later:
            continue
        titled = not drafting.opens_with_verb(clause) and all(s.template.read_only and not s.params for s in own)
        bare = all(not s.params and any(p.required for p in s.template.parameters.values()) for s in own)
        umbrella = clause.tokens[0].fixed in _UMBRELLAS and len(later) > 1
        if titled or bare or umbrella or all(_said_again(step, later) for step in own):
            drafting.steps = [s for s in drafting.steps if s.clause != number]
            drafting.chosen = [(n, match) for n, match in drafting.chosen if n != number]
            drafting.context.append(number)


def _said_again(step: "DraftStep", later: "list[DraftStep]") -> bool:
    """Whether a later step of the same template holds all that the heading says, and has all that it needs."""
    values = [_plain(v) for v in step.params.values()]
    for other in later:
        required = [n for n, p in other.template.parameters.items() if p.required and p.instead is None]
        held = [_plain(v) for v in other.params.values()]
        if other.template.id == step.template.id and all(n in other.params for n in required):
            return all(any(value in text for text in held) for value in values)
    return False


def _plain(value: object) -> str:
    return re.sub(r"[^a-z0-9]", "", str(value).casefold())
