# SPDX-License-Identifier: Apache-2.0
"""What a slice needs beside the work on its targets: to begin, to hand out each step, to end. Pure."""

import math
from statistics import fmean

from opsconductor.domain.durations import Part
from opsconductor.domain.history import History, Level
from opsconductor.domain.learning import drags
from opsconductor.domain.shapes import JobShape
from opsconductor.domain.spreads import NOTHING, SHORTEST, Interval, Spread
from opsconductor.domain.stopwatch import SliceTimes, Stopwatch

#: Seconds where there is no history; nothing is said of what handing out a step costs then.
GUESSES = {Part.BEGIN: 5.0, Part.FINISH: 0.5, Part.DRAG: 0.0}
#: How many observations of this job count as much as all of history.
_TRUST = 2.0


class Overheads:
    """From history, corrected by what this job has shown."""

    def __init__(self, history: History, shape: JobShape, watch: Stopwatch, forks: int) -> None:
        self.history = history
        self.shape = shape
        #: How many times as long everything takes today; what was seen of a part itself counts more.
        self.load = 1.0
        #: Logarithms of how many times as long slices took to begin, where that is known of earlier ones.
        self.hints: list[float] = []
        self._off: dict[Part, list[float]] = {part: [] for part in Part}
        for piece in watch.slices.values():
            self._see(piece, watch, forks)

    def spread(self, part: Part, play: str, size: int, intent: str = "") -> Spread:
        """What is expected of one part of a slice with so many targets."""
        known = self.history.known(part, intent, play, "", size, GUESSES[part])
        seen = self._off[part]
        if known.level is Level.NONE and seen:
            return Spread(max(GUESSES[part] + fmean(seen), SHORTEST), own=0.3, shared=0.1)
        if not seen:
            return known.spread.times(self.load)
        shift = sum(seen) / (len(seen) + _TRUST)
        return known.spread._replace(median=max(known.spread.median + shift, SHORTEST))

    def interval(self, part: Part, play: str, size: int, intent: str = "") -> Interval:
        """The same with its interval; nothing where nothing is known."""
        spread = self.spread(part, play, size, intent)
        return Interval.of(spread) if spread.median > SHORTEST else NOTHING

    def _see(self, piece: SliceTimes, watch: Stopwatch, forks: int) -> None:
        size = len(set().union(*piece.targets.values())) if piece.targets else 0
        if piece.first is not None:
            gone = (piece.first - piece.claimed).total_seconds() - watch.held_within(piece.claimed, piece.first)
            self._note(Part.BEGIN, piece, size, "", max(0.0, gone))
        if piece.ended is not None and piece.last is not None:
            self._note(Part.FINISH, piece, size, "", max(0.0, (piece.ended - piece.last).total_seconds()))
        for step, seconds in drags(piece, watch, forks).items():
            self._note(Part.DRAG, piece, len(piece.targets[step]), self.shape.timed_as(step), seconds)

    def _note(self, part: Part, piece: SliceTimes, size: int, intent: str, seconds: float) -> None:
        known = self.history.known(part, intent, piece.play, "", size, GUESSES[part])
        if part is Part.BEGIN and known.level is not Level.NONE:
            self.hints.append(math.log(max(seconds, SHORTEST) / known.spread.median))
        self._off[part].append(seconds - (known.spread.median if known.level is not Level.NONE else GUESSES[part]))
