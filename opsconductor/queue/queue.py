# SPDX-License-Identifier: Apache-2.0
"""The plug point: a queue brings launched jobs to a dispatcher."""

from contextlib import AbstractContextManager
from typing import Protocol


class Queue(Protocol):
    """Jobs are in the database; the queue only says that there is something to do."""

    def submit(self, job_id: str) -> None:
        """A job is there to be dispatched, or has changed so that it may go on."""


class Dispatching(Protocol):
    """What a queue's worker calls."""

    def tick(self) -> None:
        """Bring every job as far as it can go now."""


class Bell(Protocol):
    """Hears the wake-ups of one topic."""

    def wait(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds; whether there was a wake-up since the last call."""


class Bells(Protocol):
    """What a queue needs of a broker (`opsconductor.pubsub`)."""

    def publish(self, topic: str) -> None:
        """Wake the topic's subscribers."""

    def subscribe(self, topic: str) -> AbstractContextManager[Bell]:
        """From now on hear this topic."""
