# SPDX-License-Identifier: Apache-2.0
"""The queue of one machine: a thread that ticks a dispatcher, woken by whoever submits."""

import threading
from collections.abc import Callable, Sequence

from opsconductor.domain.topics import DISPATCH
from opsconductor.logging import get_logger
from opsconductor.queue.queue import Bells, Dispatching

_log = get_logger(__name__)
#: Seconds after which the dispatcher looks by itself: for leases, pauses between batches, lost wake-ups.
INTERVAL = 1.0


class LocalSubmitter:
    """The submitting end: wakes every dispatcher of this machine."""

    def __init__(self, broker: Bells) -> None:
        self.broker = broker

    def submit(self, job_id: str) -> None:  # noqa: ARG002 - other queues carry the id
        """Wake the dispatchers."""
        self.broker.publish(DISPATCH)


class LocalQueue:
    """The working end: ticks while it is open. Several may run at once, in one process or in many."""

    def __init__(
        self,
        dispatcher: Dispatching,
        broker: Bells,
        interval: float = INTERVAL,
        chores: Sequence[Callable[[], object]] = (),
    ) -> None:
        """`chores` are called after each tick; each knows by itself whether there is something to do."""
        self.dispatcher = dispatcher
        self.broker = broker
        self.interval = interval
        self.chores = tuple(chores)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to tick."""
        if self._thread is None:
            self._stop.clear()
            self._thread = threading.Thread(target=self._work, name="dispatcher", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Finish the tick under way and stop; supervisors go on."""
        self._stop.set()
        self.broker.publish(DISPATCH)
        if self._thread is not None:
            self._thread.join(timeout=30)
            self._thread = None

    def submit(self, job_id: str) -> None:  # noqa: ARG002 - other queues carry the id
        """Wake the dispatchers."""
        self.broker.publish(DISPATCH)

    def __enter__(self) -> "LocalQueue":
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def _work(self) -> None:
        with self.broker.subscribe(DISPATCH) as subscription:
            while not self._stop.is_set():
                for turn in (self.dispatcher.tick, *self.chores):
                    try:
                        turn()
                    except Exception:
                        _log.exception("dispatching failed")
                subscription.wait(self.interval)
