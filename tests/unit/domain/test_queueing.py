# SPDX-License-Identifier: Apache-2.0
"""Who comes next, and who is in whose way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconductor.domain.jobs import JobStatus, Priority
from opsconductor.domain.queueing import Claims, Need, Waiting, fair_order


def _job(name: str, actor: str, priority: Priority = Priority.NORMAL) -> Waiting:
    return Waiting(name, actor, JobStatus.QUEUED, None, priority, 1, started=False)


@pytest.mark.parametrize(
    ("waiting", "running", "order"),
    [
        # Ten jobs of one actor do not hold up the one of another.
        (["1a", "2a", "3a", "4b"], {}, "1 4 2 3"),
        # Whoever has jobs running comes after whoever has none.
        (["1a", "2b", "3a"], {"a": 1}, "2 1 3"),
        # Priority first, whoever asks.
        (["1a", "2a!", "3b", "4b."], {"a": 5}, "2 3 1 4"),
        (["3a", "1a", "2a"], {}, "1 2 3"),
    ],
)
def test_the_order(waiting: list[str], running: dict[str, int], order: str) -> None:
    marks = {"!": Priority.HIGH, ".": Priority.LOW}
    jobs = [_job(text[0], text[1], marks.get(text[2:], Priority.NORMAL)) for text in waiting]
    assert [job.id for job in fair_order(jobs, running)] == order.split()


ACTORS = st.lists(st.sampled_from("abc"), max_size=20)


@given(ACTORS)
def test_nobody_waits_for_more_than_one_turn_of_each_other(actors: list[str]) -> None:
    jobs = [_job(f"{n:03}", actor) for n, actor in enumerate(actors)]
    order = fair_order(jobs, {})
    assert sorted(job.id for job in order) == [job.id for job in jobs]
    for place, job in enumerate(order):
        own = [other.id for other in order[:place] if other.actor == job.actor]
        assert own == sorted(own)
        for actor in set(actors) - {job.actor}:
            assert sum(other.actor == actor for other in order[:place]) <= len(own) + 1


def test_who_waits_for_a_target_is_not_passed_by_a_later_job() -> None:
    claims = Claims()
    one, both = Need((("id-a", "a"),), exclusive=True), Need((("id-a", "a"), ("id-b", "b")), exclusive=True)
    reader = Need((("id-b", "b"),), exclusive=False)
    claims.hold("first", one)
    assert claims.in_the_way("second", both) == "lock: held by job first on a"
    claims.keep("second", both)
    assert claims.in_the_way("third", reader) == "lock: behind job second on b"
    assert claims.in_the_way("second", both) == "lock: held by job first on a"
    assert claims.in_the_way("fourth", Need((("id-c", "c"),), exclusive=True)) is None


def test_readers_share() -> None:
    claims = Claims()
    reader = Need((("id-a", "a"),), exclusive=False)
    claims.hold("first", reader)
    assert claims.in_the_way("second", reader) is None
    assert claims.in_the_way("third", Need((("id-a", "a"),), exclusive=True)) == "lock: held by job first on a"
