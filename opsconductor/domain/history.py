# SPDX-License-Identifier: Apache-2.0
"""What past durations say of one to come: from a target's own runs, shrunk to those of coarser groups. Pure.

For a part of a job there may be runs on the same target, on others of its platform, on other platforms, or none. Each
level's median and spread is mixed with the next coarser one's, the more of it the more runs there are and the more
targets differ from one another; last stands the manifest's own guess.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import cached_property
from statistics import fmean, median, pstdev
from typing import NamedTuple

from opsconductor.domain.durations import Duration, Part
from opsconductor.domain.spreads import EIGHTY, SHORTEST, Spread

#: How far a manifest's usual time may be off: two and a half times, four of five within.
GUESSED = math.log(2.5) / EIGHTY
#: Runs on one target that count: the newest.
NEWEST = 12
#: From so many runs on, their own quantiles tell how much they differ.
_ENOUGH = 5
#: How much two runs, and two days, differ where that cannot be told yet.
_OWN, _DAY = 0.2, 0.15
_LEAST = 0.03
#: So many runs count as much as what is known of a coarser group, the manifest's guess among them.
_GUESS = 0.4


class Level(StrEnum):
    """The finest group that has runs."""

    TARGET = "target"
    PLAY = "play"
    TEMPLATE = "template"
    NONE = "none"


class Known(NamedTuple):
    """What is known of one duration."""

    spread: Spread
    level: Level
    runs: int = 0  #: that it rests on, of that level


class _Group:
    """The runs of one part of one intent, on one play or on all."""

    def __init__(self, runs: Sequence[Duration]) -> None:
        self.runs = runs
        self.base, self.each = _line([(float(r.size), max(r.seconds, SHORTEST)) for r in runs])

    def usual(self, size: int) -> float:
        """What a run of that size takes."""
        return max(self.base + self.each * size, SHORTEST)

    def ratio(self, run: Duration) -> float:
        """Logarithm of how much longer a run took than that."""
        return math.log(max(run.seconds, SHORTEST) / self.usual(run.size))

    @cached_property
    def by_target(self) -> dict[str, list[float]]:
        """The newest runs of each target."""
        found: dict[str, list[float]] = defaultdict(list)
        for run in sorted(self.runs, key=lambda r: r.at, reverse=True):
            if len(found[run.target]) < NEWEST:
                found[run.target].append(self.ratio(run))
        return found

    @cached_property
    def middle(self) -> float:
        """The median over targets, so that one with many runs counts once."""
        return median(median(runs) for runs in self.by_target.values())

    @cached_property
    def within(self) -> float:
        """How much the runs of one target differ."""
        off = [r - median(runs) for runs in self.by_target.values() if len(runs) > 1 for r in runs]
        return max(_deviation(off), _LEAST) if len(off) >= _ENOUGH else _OWN

    @cached_property
    def between(self) -> float:
        """How much targets differ from one another."""
        return max(_deviation([median(runs) for runs in self.by_target.values()]), _LEAST)

    @cached_property
    def day(self) -> float:
        """How much the same work differs from job to job."""
        jobs: dict[str, list[float]] = defaultdict(list)
        for run in self.runs:
            jobs[run.job_id].append(self.ratio(run) - median(self.by_target[run.target]))
        middles = [median(runs) for runs in jobs.values()]
        return max(_deviation(middles), _LEAST) if len(middles) >= _ENOUGH else _DAY


class History:
    """Past durations, prepared once for one job or plan."""

    def __init__(self, durations: Iterable[Duration] = ()) -> None:
        whole: dict[tuple[Part, str], list[Duration]] = defaultdict(list)
        for run in durations:
            whole[run.part, run.intent].append(run)
        self._whole = {key: _Group(runs) for key, runs in whole.items()}
        self._plays: dict[tuple[Part, str, str], _Group | None] = {}
        self._coarse: dict[tuple[Part, str, str, int, float], Known] = {}

    def __bool__(self) -> bool:
        return bool(self._whole)

    def known(self, part: Part, intent: str, play: str, target: str, size: int, guess: float) -> Known:
        """What is known of a duration; `guess` is what stands for it where nothing is."""
        key = (part, intent, play, size, guess)
        if (coarse := self._coarse.get(key)) is None:
            coarse = self._coarse[key] = self._of_others(part, intent, play, size, guess)
        group = self._play(part, intent, play) if target else None
        if group is None or not (own := group.by_target.get(target)):
            return coarse
        return Known(_on_target(group, own, coarse.spread, size), Level.TARGET, len(own))

    def _of_others(self, part: Part, intent: str, play: str, size: int, guess: float) -> Known:
        known = Known(Spread(max(guess, SHORTEST), shared=GUESSED), Level.NONE)
        whole, group = self._whole.get((part, intent)), self._play(part, intent, play)
        if whole is not None and (group is None or len(group.runs) < _ENOUGH):
            known = Known(self._mixed(whole, size, known.spread), Level.TEMPLATE, len(whole.runs))
        if group is not None:
            known = Known(self._mixed(group, size, known.spread), Level.PLAY, len(group.runs))
        return known

    def _play(self, part: Part, intent: str, play: str) -> _Group | None:
        key = (part, intent, play)
        if key not in self._plays:
            whole = self._whole.get((part, intent))
            runs = [run for run in whole.runs if run.play == play] if whole else []
            self._plays[key] = _Group(runs) if runs else None
        return self._plays[key]

    @staticmethod
    def _mixed(group: _Group, size: int, coarser: Spread) -> Spread:
        """A group's runs with what a coarser one says."""
        trust = len(group.runs) / (len(group.runs) + _GUESS)
        seconds = group.usual(size) * math.exp(group.middle)
        unlike = math.hypot(group.within, group.between) if len(group.by_target) > 1 else group.within
        return _mix(Spread(median=seconds, own=unlike, shared=group.day), coarser, trust)


def _on_target(group: _Group, own: Sequence[float], coarser: Spread, size: int) -> Spread:
    trust = len(own) / (len(own) + min(max((group.within / group.between) ** 2, 0.2), 5.0))
    unlike = max(_deviation(own), _LEAST) if len(own) >= _ENOUGH else group.within
    finer = Spread(median=group.usual(size) * math.exp(median(own)), own=unlike, shared=group.day)
    return _mix(finer, coarser, trust)


def _mix(finer: Spread, coarser: Spread, trust: float) -> Spread:
    """Both, the finer one for the share `trust`. Where they disagree and trust is short, it may be either."""
    near, far = math.log(finer.median), math.log(coarser.median)
    rest = 1 - trust
    own = finer.own if coarser.own == 0 else math.sqrt(trust * finer.own**2 + rest * coarser.own**2)
    return Spread(
        median=math.exp(trust * near + rest * far),
        own=own,
        shared=math.sqrt(trust * finer.shared**2 + rest * coarser.shared**2),
    )


def _deviation(values: Sequence[float]) -> float:
    """A standard deviation from the quantiles, so that one that hung does not count; 0 for fewer than two."""
    if len(values) < 2:
        return 0.0
    if len(values) < _ENOUGH:
        return pstdev(values)
    ordered = sorted(values)
    return (_at(ordered, 0.9) - _at(ordered, 0.1)) / (2 * EIGHTY)


def _at(ordered: Sequence[float], p: float) -> float:
    place = p * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _line(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """(seconds of size 0, seconds per unit of size), neither negative, through the medians of the small and the large.

    Where all sizes are about the same, half the time is taken to grow with the size.
    """
    sizes = sorted(size for size, _ in points)
    usual = median(seconds for _, seconds in points)
    middle = sizes[len(sizes) // 2]
    small = [point for point in points if point[0] <= middle / 2]
    large = [point for point in points if point[0] > middle / 2]
    if sizes[-1] <= 0:
        return usual, 0.0
    if not small or not large:
        size = fmean(sizes)
        return usual / 2, usual / 2 / size if size else 0.0
    near, far = fmean(size for size, _ in small), fmean(size for size, _ in large)
    slope = (median(s for _, s in large) - median(s for _, s in small)) / (far - near)
    slope = max(slope, 0.0)
    return max(median(s for _, s in small) - slope * near, 0.0), slope
