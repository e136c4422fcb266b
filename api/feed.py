# SPDX-License-Identifier: Apache-2.0
"""One feed per watched job: follows it once, however many watch, and remembers what changed lately.

A viewer asks for everything after the sequence number it has seen. When the feed still remembers that far back the
answer is the cells that changed, else the whole snapshot. Statuses are absolute, so that a cell told twice is harmless.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterable

from api.container import Container
from opsconductor.domain.jobs import ENDED
from opsconductor.domain.log import LogEntry
from opsconductor.domain.progress import Progress
from opsconductor.errors import OpsConductorError
from opsconductor.logging import get_logger

#: Seconds between two looks at a job: at most ten messages a second.
INTERVAL = 0.1
#: Changes and log lines a feed remembers.
MEMORY = 600
LOG_MEMORY = 2000
#: Log lines a new viewer is shown.
BACKLOG = 200

#: (step, index of the target in `Progress.targets`, status)
Cell = tuple[int, int, str]
_log = get_logger(__name__)


def changed_cells(before: Progress, now: Progress) -> list[Cell]:
    """Cells whose status differs, in step and target order."""
    return [
        (step, column, new.value)
        for step, (old_row, new_row) in enumerate(zip(before.cells, now.cells, strict=True), start=1)
        if old_row != new_row
        for column, (old, new) in enumerate(zip(old_row, new_row, strict=True))
        if old is not new
    ]


class Feed:
    """Follows one job in a thread of its own; everything else happens on the event loop."""

    def __init__(self, services: Container, job_id: str, loop: asyncio.AbstractEventLoop) -> None:
        self.job_id = job_id
        self.progress: Progress | None = None
        #: How often there was news: an expected end may move without any event.
        self.looks = 0
        self.failure: OpsConductorError | None = None
        #: Nothing will change any more.
        self.ended = False
        self.viewers = 0
        self._services = services
        self._loop = loop
        self._changes: deque[tuple[int, list[Cell]]] = deque()
        #: Everything after this sequence number is remembered.
        self._known_from = 0
        self._entries: deque[LogEntry] = deque(maxlen=LOG_MEMORY)
        self._news = asyncio.Event()
        self._stop = threading.Event()
        threading.Thread(target=self._follow, name=f"feed-{job_id[:8]}", daemon=True).start()

    # -- on the event loop --------------------------------------------------------------------------------

    async def news(self, seen: int) -> None:
        """Wait until there is more than the first `seen` looks, or nothing more will come."""
        while not self.ended and self.failure is None and self.looks <= seen:
            await self._news.wait()

    def cells_since(self, seq: int) -> list[Cell] | None:
        """The cells that changed after `seq` with their present status; None: only the snapshot tells."""
        if self.progress is None or not self._known_from <= seq <= self.progress.seq:
            return None
        latest: dict[tuple[int, int], str] = {}
        for at, cells in self._changes:
            if at > seq:
                latest.update({(step, column): status for step, column, status in cells})
        return [(step, column, status) for (step, column), status in latest.items()]

    def entries_since(self, seq: int) -> list[LogEntry]:
        """Log lines after the one with id `seq`, oldest first."""
        return [entry for entry in self._entries if entry.id > seq]

    def stop(self) -> None:
        """Follow the job no longer."""
        self._stop.set()

    def _take(self, progress: Progress, entries: Iterable[LogEntry]) -> None:
        if self.progress is None:
            self._known_from = progress.seq
        elif cells := changed_cells(self.progress, progress):
            self._changes.append((progress.seq, cells))
            if len(self._changes) > MEMORY:
                self._known_from = self._changes.popleft()[0]
        self.progress = progress
        self.looks += 1
        self._entries.extend(entries)
        self._tell()

    def _finish(self, failure: OpsConductorError | None) -> None:
        self.failure = failure
        self.ended = True
        self._tell()

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    # -- in the thread ------------------------------------------------------------------------------------

    def _follow(self) -> None:
        failure: OpsConductorError | None = None
        try:
            self._read()
        except OpsConductorError as error:
            failure = error
        except Exception:
            _log.exception("feed failed", job=self.job_id)
            failure = OpsConductorError("The job cannot be followed.", remedy="The server's log has the details.")
        self._hand_over(self._finish, failure)

    def _read(self) -> None:
        following = self._services.following
        last: int | None = None
        for progress in following.watch(self.job_id):
            entries = following.tail(self.job_id, BACKLOG) if last is None else following.log(self.job_id, after=last)
            told = list(entries)
            last = told[-1].id if told else last or 0
            self._hand_over(self._take, progress, told)
            # Meanwhile more happens, and the next snapshot holds all of it.
            if progress.status in ENDED or self._stop.wait(INTERVAL):
                return

    def _hand_over(self, function: Callable[..., None], *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:  # the loop is closed: the server has stopped
            self._stop.set()
