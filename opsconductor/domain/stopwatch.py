# SPDX-License-Identifier: Apache-2.0
"""The pure fold from events to times: how long each cell has worked, and when slices and their steps began and ended.

Tasks go through a slice one after the other, each on all its targets, so that a quick target waits for a slow one
between two tasks. A cell's own time leaves that out: it is the sum of its tasks' durations on its target.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from opsconductor.domain.events import EventKind, JobEvent
from opsconductor.domain.jobs import ENDED, JobStatus
from opsconductor.domain.reopening import Reopened

_RESULTS = frozenset(
    {EventKind.TARGET_OK, EventKind.TARGET_FAILED, EventKind.TARGET_SKIPPED, EventKind.TARGET_UNREACHABLE}
)
_HELD = frozenset({JobStatus.PAUSED, JobStatus.WAITING})


@dataclass
class SliceTimes:
    """When one slice did what; None: not yet."""

    batch: int
    play: str
    claimed: datetime
    started: datetime
    first: datetime | None = None  #: its first task began
    last: datetime | None = None  #: what was heard of a task last
    ended: datetime | None = None
    steps: dict[int, datetime] = field(default_factory=dict)  #: step → when it began
    targets: dict[int, set[str]] = field(default_factory=dict)  #: step → where it was heard of


class Stopwatch:
    """Takes events one by one, as the fold of progress does. A further attempt is a beginning."""

    def __init__(self) -> None:
        self.seq = 0
        self.status = JobStatus.QUEUED
        self.started: datetime | None = None
        self.ended: datetime | None = None
        #: (step, target) → seconds of its finished tasks.
        self.worked: dict[tuple[int, str], float] = {}
        #: Cells that an earlier attempt has worked on and this one does not: their tasks only pass by.
        self.carried: frozenset[tuple[int, str]] = frozenset()
        #: target → the step of the task under way there, and since when.
        self.running: dict[str, tuple[int, datetime]] = {}
        self.slices: dict[str, SliceTimes] = {}
        #: When a batch could be claimed last: the job went on, or the batch before ended.
        self.free: datetime | None = None
        #: Since when, and how often before, the job was held.
        self.held: list[tuple[datetime, datetime]] = []
        self._held_since: datetime | None = None

    def apply(self, event: JobEvent) -> None:
        """Take one event in; one at or before `seq` changes nothing."""
        if event.seq <= self.seq:
            return
        self.seq = event.seq
        if event.kind is EventKind.JOB_STATUS:
            self._job(event)
        elif event.kind is EventKind.ATTEMPT:
            self._attempt(event)
        elif event.kind is EventKind.SLICE_STARTED and event.slice_id:
            batch, play = int(event.data.get("batch", 0)), str(event.data.get("lane", "")).partition("/")[0]
            claimed = min(self.free or event.at, event.at)
            self.slices[event.slice_id] = SliceTimes(batch, play, claimed, event.at)
        elif event.kind is EventKind.SLICE_ENDED and event.slice_id in self.slices:
            self.slices[event.slice_id].ended = self.free = event.at
        elif event.step is not None and event.target is not None:
            self._task(event, event.step, event.target)

    def apply_all(self, events: Iterable[JobEvent]) -> "Stopwatch":
        """Take events in, in order; returns itself."""
        for event in events:
            self.apply(event)
        return self

    def held_within(self, begin: datetime, end: datetime) -> float:
        """Seconds within a time during which the job was paused or waited."""
        spans = [*self.held, (self._held_since, end)] if self._held_since else self.held
        return sum(max(0.0, (min(until, end) - max(since, begin)).total_seconds()) for since, until in spans)

    def own(self, step: int, target: str, now: datetime) -> float | None:
        """Seconds the cell has worked until `now`; None before it began."""
        done = self.worked.get((step, target))
        at, since = self.running.get(target, (0, now))
        if at != step:
            return done
        return (done or 0.0) + max(0.0, (now - since).total_seconds())

    def _job(self, event: JobEvent) -> None:
        self.status = JobStatus(event.data["status"])
        if self._held_since is not None and self.status not in _HELD:
            self.held.append((self._held_since, event.at))
            self._held_since = None
        if self.status is JobStatus.RUNNING:
            self.started = self.started or event.at
            self.free = event.at
        elif self.status in ENDED:
            self.ended = event.at
            self.running.clear()
        elif self.status in _HELD and self._held_since is None and self.started is not None:
            self._held_since = event.at

    def _attempt(self, event: JobEvent) -> None:
        opened = Reopened.model_validate(event.data)
        for target, steps in opened.cells.items():
            for step in steps:
                self.worked.pop((step, target), None)
        self.carried = frozenset(self.worked)
        self.started = self.ended = self.free = self._held_since = None
        self.running.clear()
        self.slices.clear()
        self.held.clear()

    def _task(self, event: JobEvent, step: int, target: str) -> None:
        key = (step, target)
        piece = self.slices.get(event.slice_id or "")
        if key in self.carried:
            if piece:
                piece.first, piece.last = piece.first or event.at, event.at
            return
        if event.kind is EventKind.TARGET_STARTED:
            self.running[target] = (step, event.at)
            self.worked.setdefault(key, 0.0)
        elif event.kind in _RESULTS:
            began = self.running.pop(target, (step, event.at))[1]
            seconds = event.seconds if event.seconds is not None else (event.at - began).total_seconds()
            self.worked[key] = self.worked.get(key, 0.0) + max(0.0, seconds)
        else:
            return
        if piece:
            piece.first = piece.first or event.at
            piece.last = event.at
            piece.steps.setdefault(step, event.at)
            piece.targets.setdefault(step, set()).add(target)
