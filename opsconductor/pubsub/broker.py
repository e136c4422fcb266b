# SPDX-License-Identifier: Apache-2.0
"""The plug point: a broker carries wake-ups, never data.

A wake-up says "look again"; what there is to see is in the database. So a lost or doubled wake-up costs time and
never truth, and subscribers look by themselves now and then.
"""

from types import TracebackType
from typing import Protocol, Self


class Subscription(Protocol):
    """Hears the wake-ups of one topic until it is closed."""

    def wait(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds; whether there was a wake-up since the last call."""

    def close(self) -> None:
        """Hear no more."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Broker(Protocol):
    """Hands wake-ups to whoever has subscribed, in this process and beyond."""

    def publish(self, topic: str) -> None:
        """Wake the topic's subscribers; never blocks, never fails."""

    def subscribe(self, topic: str) -> Subscription:
        """From now on hear this topic."""

    def close(self) -> None:
        """Give back what the broker holds."""
