# SPDX-License-Identifier: Apache-2.0
"""From history and what a job has shown so far to the time it has left. Pure: the clock is an argument.

It goes through what is left as the run does: batches one after the other with their pauses, lanes beside each other,
steps one after the other, each as long as its slowest target, as many targets at a time as there are forks.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from opsconductor.domain.batches import batches
from opsconductor.domain.durations import Part
from opsconductor.domain.forecasts import Forecast
from opsconductor.domain.history import History, Level
from opsconductor.domain.jobs import ENDED, JobStatus
from opsconductor.domain.learning import telling
from opsconductor.domain.overheads import Overheads
from opsconductor.domain.pace import Done, Pace
from opsconductor.domain.plans import Estimate, Options
from opsconductor.domain.results import FINAL, Result
from opsconductor.domain.shapes import JobShape, StepShape
from opsconductor.domain.spreads import NOTHING, Interval, Spread, after_another, beside_another, slowest
from opsconductor.domain.stopwatch import SliceTimes, Stopwatch

#: A plan's clock: nothing has begun.
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
Results = Mapping[tuple[int, str], Result]


class Lane(NamedTuple):
    """The targets of one batch that run in one slice."""

    play: str
    targets: tuple[str, ...]


class _Moment(NamedTuple):
    """Where a job stands."""

    results: Results
    watch: Stopwatch
    now: datetime
    pace: Pace
    overheads: Overheads


class Forecaster:
    """Knows one job or plan; what has happened is given with each question."""

    def __init__(
        self,
        shape: JobShape,
        options: Options,
        history: History,
        forks: int,
        opened: Collection[str] | None = None,
    ) -> None:
        """`opened`: the targets of a further attempt; None: all."""
        self.shape = shape
        self.options = options
        self.history = history
        self.forks = forks
        targets = [name for name in shape.targets if opened is None or name in opened]
        self.batches = tuple(_lanes(shape, names) for names in batches(targets, options))
        self.known = {
            (step.n, target): history.known(
                Part.CELL, shape.timed_as(step.n), shape.play(target) or "", target, step.size, step.seconds
            )
            for step in shape.steps
            for target in (step.targets if step.targets is not None else shape.targets)
        }

    def estimate(self) -> Estimate:
        """Seconds for all of it, before anything has run."""
        results = {(n, target): Result(step=n, target=target) for n, target in self.known}
        watch = Stopwatch()
        moment = _Moment(results, watch, _NEVER, Pace(()), Overheads(self.history, self.shape, watch, self.forks))
        whole = self._left(moment)
        return Estimate(
            seconds=round(whole.point, 1), low=round(whole.low, 1), high=round(whole.high, 1), basis=self.basis
        )

    def forecast(self, results: Results, watch: Stopwatch, now: datetime) -> Forecast | None:
        """What is left from `now` on; None before the start, after the end, and of a job that is being ended."""
        if watch.started is None or watch.status in ENDED or watch.status is JobStatus.CANCELLING:
            return None
        overheads = Overheads(self.history, self.shape, watch, self.forks)
        pace = Pace(self._done(results, watch), overheads.hints)
        overheads.load = pace.job
        left = self._left(_Moment(results, watch, now, pace, overheads))
        return Forecast(
            at=now,
            seconds=round(left.point, 1),
            low=round(left.low, 1),
            high=round(left.high, 1),
            percent=self._percent(results),
            basis=self.basis,
        )

    def expected(self, step: int, target: str, pace: Pace) -> Spread:
        """The time of one cell, by what is known now."""
        spread = pace.spread(step, target, self.known[step, target])
        return spread.plus(self.shape.steps[step - 1].watched)

    @property
    def basis(self) -> str:
        """What the history holds of the cells, in words."""
        levels = Counter(known.level for known in self.known.values())
        there, elsewhere = levels[Level.TARGET], levels[Level.PLAY] + levels[Level.TEMPLATE]
        if not there and not elsewhere:
            return "no history yet: usual times of the templates"
        said = [
            *([f"earlier runs on the same target for {there} of {levels.total()} cells"] if there else []),
            *([f"runs on other targets for {elsewhere}"] if elsewhere else []),
            *([f"no history yet for {levels[Level.NONE]}"] if levels[Level.NONE] else []),
        ]
        return "history: " + ", ".join(said)

    # -- inside -------------------------------------------------------------------------------------------

    def _done(self, results: Results, watch: Stopwatch) -> list[Done]:
        found: list[Done] = []
        statuses = telling(self.shape)
        for (step, target), seconds in watch.worked.items():
            result = results.get((step, target))
            if result is not None and result.status in statuses:
                net = seconds - self.shape.steps[step - 1].watched
                found.append((step, target, self.known[step, target], net))
        return found

    def _percent(self, results: Results) -> float:
        done = whole = 0.0
        for key, known in self.known.items():
            weight = known.spread.median + self.shape.steps[key[0] - 1].watched
            whole += weight
            done += weight if results[key].status in FINAL else 0.0
        return round(100 * done / whole, 1) if whole else 100.0

    def _left(self, moment: _Moment) -> Interval:
        parts: list[Interval] = []
        pieces = {(piece.batch, piece.play): piece for piece in moment.watch.slices.values()}
        begun = max((batch for batch, _ in pieces), default=-1)
        for number, lanes in enumerate(self.batches):
            beside = []
            for lane in lanes:
                piece = pieces.get((number, lane.play))
                # The batch that comes next is being claimed and handed to its supervisors.
                beside.append(self._lane(lane, piece, moment, claimed=number == begun + 1))
            whole = beside_another(beside)
            if number > max(begun, 0) and whole is not NOTHING and whole.point > 0:
                parts.append(self._pause(moment, following=number == begun + 1))
            parts.append(whole)
        return after_another(parts)

    def _pause(self, moment: _Moment, *, following: bool) -> Interval:
        """What is left of the pause before a batch."""
        pause = float(self.options.pause or 0)
        if following and (free := moment.watch.free) is not None:
            pause = max(0.0, pause - max(0.0, (moment.now - free).total_seconds()))
        return Interval(pause, pause, pause)

    def _lane(self, lane: Lane, piece: SliceTimes | None, moment: _Moment, *, claimed: bool) -> Interval:
        if piece is not None and piece.ended is not None:
            return NOTHING
        steps: list[Interval] = []
        for step in self.shape.steps:
            steps += self._step(step, lane, moment)
        if not steps and (piece is None or piece.first is None):
            return NOTHING
        begin = [] if piece and piece.first else [self._begin(lane, piece, moment, claimed=claimed)]
        finish = moment.overheads.spread(Part.FINISH, lane.play, len(lane.targets))
        if not steps and piece and piece.last:
            finish = finish.left((moment.now - piece.last).total_seconds())
        return after_another([*begin, *steps, Interval.of(finish)])

    def _begin(self, lane: Lane, piece: SliceTimes | None, moment: _Moment, *, claimed: bool) -> Interval:
        spread = moment.overheads.spread(Part.BEGIN, lane.play, len(lane.targets))
        # While a batch waits for its pause nothing of it has begun.
        waits = piece is None and (bool(self.options.pause) or not claimed)
        since = piece.claimed if piece else moment.watch.free
        if since is not None and not waits and moment.watch.status is JobStatus.RUNNING:
            spread = spread.left((moment.now - since).total_seconds())
        return Interval.of(spread)

    def _step(self, step: StepShape, lane: Lane, moment: _Moment) -> list[Interval]:
        """A step's own time in a slice and what handing it out costs; nothing where it is over."""
        names = [
            name
            for name in lane.targets
            if (result := moment.results.get((step.n, name))) is not None and result.status not in FINAL
        ]
        if not names:
            return []
        whole = [self.expected(step.n, name, moment.pace) for name in names]
        drag = moment.overheads.interval(Part.DRAG, lane.play, len(names), self.shape.timed_as(step.n))
        rest = [
            spread.left(moment.watch.own(step.n, name, moment.now) or 0.0)
            for name, spread in zip(names, whole, strict=True)
        ]
        share = min(1.0, sum(s.median for s in rest) / sum(s.median for s in whole))
        return [slowest(rest, self.forks), drag.times(share)]


def _lanes(shape: JobShape, names: Sequence[str]) -> tuple[Lane, ...]:
    plays: dict[str, list[str]] = {}
    for name in names:
        plays.setdefault(shape.play(name) or "", []).append(name)
    return tuple(Lane(play, tuple(members)) for play, members in sorted(plays.items()))
