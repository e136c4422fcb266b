# SPDX-License-Identifier: Apache-2.0
"""How the targets of a job are taken in batches, and when the next batch may not start any more. Pure."""

import math
from collections.abc import Collection, Sequence

from opsconductor.domain.plans import Options


def batches(targets: Sequence[str], options: Options) -> tuple[tuple[str, ...], ...]:
    """Targets in their order: the canary targets first, then `batch` at a time; one batch when nothing is said."""
    rest = list(targets)
    parts: list[tuple[str, ...]] = []
    if options.canary:
        parts.append(tuple(rest[: options.canary]))
        rest = rest[options.canary :]
    size = share(options.batch, len(targets), up=True) if options.batch is not None else len(rest)
    size = max(size, 1)
    parts += [tuple(rest[start : start + size]) for start in range(0, len(rest), size)]
    return tuple(part for part in parts if part)


def share(value: int | str, total: int, *, up: bool) -> int:
    """A count, or "N%" of `total` rounded up (a batch is never empty) or down (a limit is never exceeded)."""
    if isinstance(value, int):
        return value
    part = total * float(value.rstrip("%")) / 100
    return math.ceil(part) if up else math.floor(part)


def stop_reason(options: Options, targets: Sequence[str], done: int, failed: Collection[str]) -> str | None:
    """Why no further batch may start after the first `done` batches, or None. `failed`: names of failed targets."""
    if not done:
        return None
    first = batches(targets, options)[0]
    if options.canary and done >= 1 and (bad := sum(name in failed for name in first)):
        return f"canary: {bad} of {len(first)} failed"
    if options.max_fail is None:
        return None
    allowed = share(options.max_fail, len(targets), up=False)
    if len(failed) > allowed:
        return f"max_fail: {len(failed)} of {len(targets)} failed, {allowed} allowed"
    return None
