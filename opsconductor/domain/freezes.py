# SPDX-License-Identifier: Apache-2.0
"""A freeze: nothing that changes a target starts until it is lifted."""

from datetime import datetime

from opsconductor.domain.base import Frozen


class Freeze(Frozen):
    """One freeze."""

    id: str
    actor: str
    reason: str | None = None
    created_at: datetime
    #: Ids of the jobs it has paused: they go on when it is lifted.
    paused: tuple[str, ...] = ()
    lifted_at: datetime | None = None
    lifted_by: str | None = None

    @property
    def told(self) -> str:
        """Why a job waits, in words that stay the same as long as the freeze does."""
        since = f"{self.created_at:%Y-%m-%d %H:%M} UTC"
        return f"changes are frozen by {self.actor} since {since}" + (f": {self.reason}" if self.reason else "")
