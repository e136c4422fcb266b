# SPDX-License-Identifier: Apache-2.0
"""A duration that is not known exactly, and the slowest of several of them. Pure arithmetic, in seconds.

A duration is taken as log-normal: times are never negative, and twice as long is as likely as half as long.
"""

import math
from collections import Counter
from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

_NORMAL = NormalDist()
#: Standard deviations from the middle to either end of an interval that holds four of five.
EIGHTY = _NORMAL.inv_cdf(0.9)
#: Shortest duration that is told apart from none.
SHORTEST = 0.01
#: Of several durations so many are looked at one by one: those that may be the longest.
_SINGLY = 12
_ROUNDS = 9
#: Differences of logarithms that do not matter; deviations beyond which something is certain.
_CLOSE, _SURE = 0.001, 6.0
_ROOT = math.sqrt(2)
#: What lasts longer than usual will last for such a share of that more, at least.
_LASTING = 0.3


class Spread(NamedTuple):
    """A median with two reasons to be off, as standard deviations of its logarithm."""

    median: float
    own: float = 0.0  #: by what differs from one run on one target to the next
    shared: float = 0.0  #: by what is off for all targets alike: a guess that was wrong, a slow day

    def times(self, factor: float, shared: float | None = None) -> "Spread":
        """The same, so many times as long."""
        rest = self.shared if shared is None else min(shared, self.shared)
        return Spread(median=self.median * factor, own=self.own, shared=rest)

    def plus(self, seconds: float) -> "Spread":
        """The same after a time that is known."""
        if seconds <= 0:
            return self
        part = self.median / (self.median + seconds)
        return Spread(median=self.median + seconds, own=self.own * part, shared=self.shared * part)

    def left(self, gone: float) -> "Spread":
        """What is to come of it when it has lasted `gone` seconds and is not over: the longer beyond what is usual, the
        longer it will still take."""
        if gone <= 0 or self.median <= SHORTEST:
            return self
        own = max(self.own, 0.05)
        place = min((math.log(gone) - math.log(self.median)) / own, 6.0)
        passed = _NORMAL.cdf(place)
        middle = self.median * math.exp(own * _NORMAL.inv_cdf((1 + passed) / 2)) - gone
        late = self.median * math.exp(own * _NORMAL.inv_cdf((9 + passed) / 10)) - gone
        middle = max(middle, _LASTING * (gone - self.median), SHORTEST)
        return Spread(median=middle, own=min(math.log(max(late / middle, 1.02)) / EIGHTY, 1.5), shared=self.shared)


class Interval(NamedTuple):
    """A point with its interval, in seconds; four of five are to be within."""

    low: float
    point: float
    high: float

    @classmethod
    def of(cls, spread: Spread) -> "Interval":
        """The interval of one duration."""
        return slowest((spread,), 1)

    def times(self, share: float) -> "Interval":
        """A part of it."""
        return Interval(low=self.low * share, point=self.point * share, high=self.high * share)


NOTHING = Interval(low=0.0, point=0.0, high=0.0)


def slowest(spreads: Sequence[Spread], forks: int) -> Interval:
    """How long it takes until the last of them is done, `forks` at a time, each begun when a place is free."""
    if not spreads:
        return NOTHING
    waves = math.ceil(len(spreads) / forks)
    mean = sum(s.median for s in spreads) / len(spreads)
    shared = math.exp(EIGHTY * max(s.shared for s in spreads))
    groups = _grouped(spreads)
    low, point, high = (_longest(groups, p) + (waves - 1) * mean for p in (0.1, 0.5, 0.9))
    return Interval(low=min(low, point) / shared, point=point, high=max(high, point) * shared)


def after_another(parts: Sequence[Interval]) -> Interval:
    """The whole of parts that follow one another: half of what they are off by is off in the same direction."""
    point = sum(part.point for part in parts)
    low, high = _together([p.point - p.low for p in parts]), _together([p.high - p.point for p in parts])
    return Interval(low=max(0.0, point - low), point=point, high=point + high)


def beside_another(parts: Sequence[Interval]) -> Interval:
    """The longest of parts that begin together."""
    if not parts:
        return NOTHING
    return Interval(low=max(p.low for p in parts), point=max(p.point for p in parts), high=max(p.high for p in parts))


def _together(widths: Sequence[float]) -> float:
    return 0.5 * sum(widths) + 0.5 * math.sqrt(sum(w * w for w in widths))


#: Logarithm of the median, deviation, how many.
_Group = tuple[float, float, int]


def _longest(groups: Sequence[_Group], p: float) -> float:
    """What the longest of them stays below with probability `p`, going by what is their own."""
    count = sum(n for _, _, n in groups)
    one, every = _NORMAL.inv_cdf(p), _NORMAL.inv_cdf(min(p ** (1 / count), 1 - 1e-9))
    low = max(middle + own * one for middle, own, _ in groups)
    high = max(middle + own * every for middle, own, _ in groups)
    wanted = math.log(p)
    for _ in range(_ROUNDS if high - low > _CLOSE else 0):
        at = (low + high) / 2
        if _all_below(groups, at) < wanted:
            low = at
        else:
            high = at
    return math.exp((low + high) / 2)


def _all_below(groups: Sequence[_Group], at: float) -> float:
    """Logarithm of the probability that all are below exp(at)."""
    total = 0.0
    for middle, own, n in groups:
        place = (at - middle) / own
        if place < _SURE:
            total += n * math.log(max(0.5 * math.erfc(-place / _ROOT), 1e-300))
    return total


def _grouped(spreads: Sequence[Spread]) -> list[_Group]:
    """Alike ones as one, and those that are hardly the longest as one more."""
    counts = Counter((max(spread.median, SHORTEST), max(spread.own, 1e-6)) for spread in spreads)
    ordered = sorted(
        ((math.log(median), own, n) for (median, own), n in counts.items()), key=lambda g: -(g[0] + EIGHTY * g[1])
    )
    groups, rest = ordered[:_SINGLY], ordered[_SINGLY:]
    if rest:
        many = sum(n for _, _, n in rest)
        groups.append((sum(n * m for m, _, n in rest) / many, sum(n * own for _, own, n in rest) / many, many))
    return groups
