# SPDX-License-Identifier: Apache-2.0
"""How long a plan takes, computed from the templates' usual times until there is history."""

import math

from opsconductor.domain.batches import batch_sizes
from opsconductor.domain.plans import Estimate, Options, Step
from opsconductor.domain.templates import Catalogue
from opsconductor.domain.watching import WATCHED, watched_seconds
from opsconductor.settings import Settings

#: Targets worked on at the same time where no setting says otherwise.
FORKS: int = Settings.model_fields["forks"].default
#: Seconds a slice needs before its first task.
START_UP = 5.0


def estimate(steps: tuple[Step, ...], targets: int, options: Options, catalogue: Catalogue) -> Estimate | None:
    """Seconds for the whole plan with its interval; None when there is nothing to compute from."""
    if not targets or not steps:
        return None
    sizes = batch_sizes(targets, options)
    batches = len(sizes)
    each = sum((s.seconds or 0.0) + _watched(n, steps, options, catalogue) for n, s in enumerate(steps, start=1))
    seconds = sum(START_UP + each * math.ceil(size / FORKS) for size in sizes) + (options.pause or 0) * (batches - 1)
    return Estimate(
        seconds=round(seconds, 1),
        low=round(seconds * 0.5, 1),
        high=round(seconds * 2.5, 1),
        basis=f"usual times of the templates: {each:g} s a target, {targets} target{'s' if targets > 1 else ''}, "
        f"{batches} batch{'es' if batches > 1 else ''}, {FORKS} at a time; no history yet",
    )


def _watched(number: int, steps: tuple[Step, ...], options: Options, catalogue: Catalogue) -> int:
    template = catalogue.get(steps[number - 1].intent)
    return (template and watched_seconds(number, steps, template, options, WATCHED)) or 0
