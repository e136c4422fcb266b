# SPDX-License-Identifier: Apache-2.0
"""Durations that are not known exactly: bounds, order, and what is left of one that has begun."""

import math
import random
from statistics import quantiles

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsconductor.domain.spreads import SHORTEST, Interval, Spread, after_another, beside_another, slowest

#: A busy machine is no fault of the arithmetic.
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
SPREADS = st.builds(Spread, st.floats(SHORTEST, 1e5), st.floats(0, 1.5), st.floats(0, 1.5))
PARTS = st.lists(st.builds(Interval.of, SPREADS), min_size=1, max_size=8)
FORKS = st.integers(1, 60)


@_PATIENT
@given(spreads=st.lists(SPREADS, min_size=1, max_size=40), forks=FORKS)
def test_the_slowest_is_finite_and_within_its_interval(spreads: list[Spread], forks: int) -> None:
    found = slowest(spreads, forks)
    assert all(math.isfinite(value) for value in found)
    assert 0 <= found.low <= found.point <= found.high
    assert found.point >= max(s.median for s in spreads) * 0.99


@_PATIENT
@given(spreads=st.lists(SPREADS, min_size=1, max_size=10), other=SPREADS, forks=FORKS)
def test_one_more_never_makes_it_quicker_where_all_have_a_place(
    spreads: list[Spread], other: Spread, forks: int
) -> None:
    forks += len(spreads)
    assert slowest([*spreads, other], forks).point >= slowest(spreads, forks).point * 0.99


@_PATIENT
@given(spreads=st.lists(SPREADS, min_size=1, max_size=10), factor=st.floats(1, 50), forks=FORKS)
def test_slower_targets_make_a_slower_step(spreads: list[Spread], factor: float, forks: int) -> None:
    slower = [s.times(factor) for s in spreads]
    assert slowest(slower, forks).point >= slowest(spreads, forks).point * 0.99


@_PATIENT
@given(spread=SPREADS, gone=st.floats(0, 1e6), more=st.floats(0, 1e6))
def test_the_whole_never_shrinks_while_it_lasts(spread: Spread, gone: float, more: float) -> None:
    early, late = spread.left(gone), spread.left(gone + more)
    assert early.median >= 0
    assert math.isfinite(late.median)
    assert math.isfinite(late.own)
    assert gone + more + late.median >= (gone + early.median) * 0.999


@_PATIENT
@given(parts=PARTS)
def test_parts_keep_their_point_within(parts: list[Interval]) -> None:
    for whole in (after_another(parts), beside_another(parts)):
        assert 0 <= whole.low <= whole.point <= whole.high
        assert math.isfinite(whole.high)
    assert after_another(parts).point >= beside_another(parts).point * 0.999


@pytest.mark.parametrize(("count", "forks", "seconds"), [(1, 50, 10), (50, 50, 10), (51, 50, 20), (100, 50, 20)])
def test_as_many_at_a_time_as_there_are_forks(count: int, forks: int, seconds: float) -> None:
    found = slowest([Spread(10.0)] * count, forks)
    assert found.point == pytest.approx(seconds, rel=0.01)


def test_the_slowest_of_many_is_slower_than_each_of_them() -> None:
    rng = random.Random(5)
    drawn = [max(rng.lognormvariate(math.log(10), 0.3) for _ in range(30)) for _ in range(3000)]
    tenths = quantiles(drawn, n=10)
    found = slowest([Spread(10.0, own=0.3)] * 30, 50)
    assert found.low == pytest.approx(tenths[0], rel=0.05)
    assert found.point == pytest.approx(tenths[4], rel=0.03)
    assert found.high == pytest.approx(tenths[8], rel=0.05)
