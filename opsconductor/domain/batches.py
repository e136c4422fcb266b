# SPDX-License-Identifier: Apache-2.0
"""How many targets a job takes at a time: one rule for the estimate, the playbook and the run. Pure."""

import math
from collections.abc import Sequence

from opsconductor.domain.plans import Options


def batch_sizes(total: int, options: Options) -> tuple[int, ...]:
    """Sizes of all batches in order: the canary targets, then `batch` at a time; one batch when nothing is said."""
    sizes = [min(options.canary, total)] if options.canary else []
    rest = total - sum(sizes)
    size = max(share(options.batch, total, up=True), 1) if options.batch is not None else max(rest, 1)
    full, last = divmod(rest, size)
    return tuple(s for s in (*sizes, *[size] * full, last) if s)


def batches(targets: Sequence[str], options: Options) -> tuple[tuple[str, ...], ...]:
    """The targets in their order, cut into batches."""
    parts, start = [], 0
    for size in batch_sizes(len(targets), options):
        parts.append(tuple(targets[start : start + size]))
        start += size
    return tuple(parts)


def share(value: int | str, total: int, *, up: bool) -> int:
    """A count, or "N%" of `total` rounded up (a batch is never empty) or down (a limit is never exceeded)."""
    if isinstance(value, int):
        return value
    part = total * float(value.rstrip("%")) / 100
    return math.ceil(part) if up else math.floor(part)
