# SPDX-License-Identifier: Apache-2.0
"""How far large files have come: from figures that arrive often to events that are worth storing. Thread-safe."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from opsconductor.clock import utc_now
from opsconductor.domain.events import EventKind, JobEvent
from opsconductor.domain.jobs import Slice
from opsconductor.domain.quantities import portion

#: Between two events of one file on one target lie so many seconds, and so many parts of a hundred of the file.
_SECONDS = 1.0
_SHARE = 0.05


@dataclass
class _Told:
    at: float
    done: int


class Transfers:
    """Turns "so many bytes of this file on that target" into events, at most twenty for each run through a file."""

    def __init__(self, piece: Slice, put: Callable[[JobEvent], None], clock: Callable[[], float] = time.monotonic):
        self.piece = piece
        self.put = put
        self.clock = clock
        self._told: dict[tuple[int, str], _Told] = {}
        self._count = 0
        self._lock = threading.Lock()

    def moved(self, step: int, target: str, done: int, size: int) -> None:
        """`done` of `size` bytes are there, or on their way."""
        now = self.clock()
        with self._lock:
            told = self._told.setdefault((step, target), _Told(now, 0))
            if done < told.done:  # begun anew
                told.done = 0
            if now - told.at < _SECONDS or done - told.done < size * _SHARE:
                return
            told.at, told.done = now, done
            self._count += 1
            number = self._count
        self.put(
            JobEvent(
                job_id=self.piece.job_id,
                slice_id=self.piece.id,
                seq=0,
                key=f"transfer-{number}",
                kind=EventKind.TRANSFER,
                at=utc_now(),
                step=step,
                target=target,
                message=portion(done, size),
                data={"done": done, "size": size},
            )
        )
