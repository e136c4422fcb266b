# SPDX-License-Identifier: Apache-2.0
"""When the next batch of a job may not start any more. Pure."""

from collections.abc import Collection, Sequence

from opsconductor.domain.batches import batches, share
from opsconductor.domain.plans import Options


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
