# SPDX-License-Identifier: Apache-2.0
"""Wake-ups within one process."""

import threading
from types import TracebackType
from typing import Self


class MemorySubscription:
    """One subscriber's bell."""

    def __init__(self, broker: "MemoryBroker", topic: str) -> None:
        self._broker = broker
        self._topic = topic
        self._bell = threading.Event()

    def wait(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds; whether there was a wake-up since the last call."""
        rung = self._bell.wait(timeout)
        self._bell.clear()
        return rung

    def ring(self) -> None:
        """Wake the subscriber."""
        self._bell.set()

    def close(self) -> None:
        """Hear no more."""
        self._broker.forget(self._topic, self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class MemoryBroker:
    """Topic → bells."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscriptions: dict[str, set[MemorySubscription]] = {}

    def publish(self, topic: str) -> None:
        """Wake the topic's subscribers in this process."""
        with self._lock:
            bells = list(self._subscriptions.get(topic, ()))
        for bell in bells:
            bell.ring()

    def subscribe(self, topic: str) -> MemorySubscription:
        """From now on hear this topic."""
        subscription = MemorySubscription(self, topic)
        with self._lock:
            self._subscriptions.setdefault(topic, set()).add(subscription)
        return subscription

    def forget(self, topic: str, subscription: MemorySubscription) -> None:
        """Drop a subscription."""
        with self._lock:
            bells = self._subscriptions.get(topic, set())
            bells.discard(subscription)
            if not bells:
                self._subscriptions.pop(topic, None)

    def close(self) -> None:
        """Nothing is held."""
