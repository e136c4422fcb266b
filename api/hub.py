# SPDX-License-Identifier: Apache-2.0
"""The feeds that someone watches, made at the first viewer and dropped some time after the last."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.container import Container
from api.feed import Feed

#: Seconds a feed outlives its last viewer, so that a cut connection finds what it missed.
LINGER = 60.0


class Hub:
    """Hands out feeds by job; lives on the event loop."""

    def __init__(self, services: Container) -> None:
        self._services = services
        self._feeds: dict[str, Feed] = {}

    @asynccontextmanager
    async def watching(self, job_id: str) -> AsyncIterator[Feed]:
        """The job's feed, for as long as the block lasts."""
        loop = asyncio.get_running_loop()
        feed = self._feeds.get(job_id)
        if feed is None or feed.failure is not None:
            feed = self._feeds[job_id] = Feed(self._services, job_id, loop)
        feed.viewers += 1
        try:
            yield feed
        finally:
            feed.viewers -= 1
            loop.call_later(LINGER, self._drop, feed)

    def close(self) -> None:
        """Follow nothing any more."""
        for feed in self._feeds.values():
            feed.stop()
        self._feeds.clear()

    def _drop(self, feed: Feed) -> None:
        if feed.viewers == 0 and self._feeds.get(feed.job_id) is feed:
            del self._feeds[feed.job_id]
            feed.stop()
