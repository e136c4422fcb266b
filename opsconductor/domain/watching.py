# SPDX-License-Identifier: Apache-2.0
"""How long what a step started is watched before it counts as up."""

from collections.abc import Sequence
from math import ceil

from opsconductor.domain.plans import Options, Origin, Plan, Step
from opsconductor.domain.templates import Catalogue, Template
from opsconductor.settings import Settings

#: Seconds it is watched at most, where no setting says otherwise.
WATCHED: int = Settings.model_fields["watch_seconds"].default
#: Looks that a long watch is spread over: each costs the controller something on every target.
_LOOKS = 12


def watched_seconds(number: int, steps: Sequence[Step], template: Template, options: Options, limit: int) -> int | None:
    """Seconds for which step `number`, of this template, watches what it started; None where it only looks twice.

    It watches where the plan says how long to verify, where it is to be rolled back by what is found, and where a later
    step asks whether it runs: the plan's `verify_timeout`, and `limit` at most.
    """
    if template.watch is None:
        return None
    step = steps[number - 1]
    started = step.params.get(template.watch)
    later = [s.params for s in steps[number:] if s.origin is Origin.USER]
    asked = any(p.get("expect") == "running" and p.get(template.watch) == started for p in later)
    if not (asked or options.rollback or options.verify_timeout is not None):
        return None
    timeout = step.params.get("timeout") or options.verify_timeout or limit
    return min(int(timeout), limit)


def watches(plan: Plan, catalogue: Catalogue, limit: int) -> tuple[str, ...]:
    """A sentence for each step that watches what it started, for people."""
    told = []
    for number, step in enumerate(plan.steps, start=1):
        template = catalogue.get(step.intent)
        seconds = template and watched_seconds(number, plan.steps, template, plan.options, limit)
        if template and template.watch and seconds:
            what = step.params.get(template.watch)
            told.append(f"Step {number} counts {what} as up once it has stayed up for {seconds} seconds")
    return tuple(told)


def between_looks(seconds: int, shortest: int) -> int:
    """Seconds between two looks of a watch that lasts so long; `shortest` at least."""
    return max(shortest, seconds // _LOOKS)


def looks(seconds: int, between: int) -> int:
    """How many looks, `between` seconds apart, cover a watch of so many seconds from its first to its last."""
    return max(2, ceil(seconds / between) + 1)
