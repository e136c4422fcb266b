# SPDX-License-Identifier: Apache-2.0
"""How fast one target may be sent bytes."""

import asyncio
import time


class Pace:
    """Keeps the mean at or below `rate` bytes per second; None: no limit."""

    def __init__(self, rate: float | None) -> None:
        self.rate = rate
        self._free_at = 0.0

    async def take(self, count: int) -> None:
        """Wait until `count` more bytes may go."""
        if not self.rate:
            return
        now = time.monotonic()
        begin = max(now, self._free_at)
        self._free_at = begin + count / self.rate
        if begin > now:
            await asyncio.sleep(begin - now)
