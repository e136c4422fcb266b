# SPDX-License-Identifier: Apache-2.0
"""How long a plan takes, computed from the templates' usual times until there is history."""

import math

from opsconductor.domain.plans import Estimate, Options, Step

#: Targets worked on at the same time.
FORKS = 50
#: Seconds a slice needs before its first task.
START_UP = 5.0


def estimate(steps: tuple[Step, ...], targets: int, options: Options) -> Estimate | None:
    """Seconds for the whole plan with its interval; None when there is nothing to compute from."""
    if not targets or not steps:
        return None
    batch = _batch(options.batch, targets)
    batches = math.ceil(targets / batch)
    waves = math.ceil(min(batch, targets) / FORKS)
    each = sum(s.seconds or 0.0 for s in steps)
    seconds = batches * (START_UP + each * waves) + (options.pause or 0) * (batches - 1)
    return Estimate(
        seconds=round(seconds, 1),
        low=round(seconds * 0.5, 1),
        high=round(seconds * 2.5, 1),
        basis=f"usual times of the templates: {each:g} s a target, {targets} target{'s' if targets > 1 else ''}, "
        f"{batches} batch{'es' if batches > 1 else ''}, {FORKS} at a time; no history yet",
    )


def _batch(batch: int | str | None, targets: int) -> int:
    if isinstance(batch, str):
        return max(1, math.floor(targets * int(batch.rstrip("%")) / 100))
    return max(1, min(batch or targets, targets))
