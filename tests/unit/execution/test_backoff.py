# SPDX-License-Identifier: Apache-2.0
"""How long a process that keeps ending is left alone."""

from opsconductor.execution.backoff import Backoff


class Clock:
    """A clock that is set by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def _pause(backoff: Backoff, clock: Clock) -> float:
    """Seconds until the next attempt is due."""
    began = clock.now
    while not backoff.due:
        clock.now += 0.5
    return clock.now - began


def test_the_pause_doubles_with_each_early_end_up_to_five_minutes() -> None:
    clock = Clock()
    backoff = Backoff(clock)
    assert backoff.due
    pauses = []
    for _ in range(10):
        backoff.started()
        clock.now += 1  # ready, and dead at once
        backoff.ended()
        pauses.append(_pause(backoff, clock))
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_after_a_minutes_life_the_pauses_are_short_again() -> None:
    clock = Clock()
    backoff = Backoff(clock)
    for lived in (0, 0, 0, 60):
        backoff.started()
        clock.now += lived
        backoff.ended()
        pause = _pause(backoff, clock)
    assert pause == 2
