# SPDX-License-Identifier: Apache-2.0
"""The pure fold from events to results and progress.

The same events in the same order give the same progress, whoever folds them: the supervisor's database
writer, the WebSocket hub, the CLI's live view and the tests. Times come from the events, never from a clock.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import Field

from opsconductor.domain.answers import Column
from opsconductor.domain.base import Frozen, Platform
from opsconductor.domain.events import EventKind, JobEvent
from opsconductor.domain.jobs import ENDED, JobStatus
from opsconductor.domain.previews import foreseen, kept_diffs
from opsconductor.domain.results import FINAL, GOOD, STOPPING, Result, ResultStatus, Role
from opsconductor.domain.rollback import Rollback, numbered
from opsconductor.domain.templates import CheckMode

_RESULTS = {
    EventKind.TARGET_OK,
    EventKind.TARGET_FAILED,
    EventKind.TARGET_SKIPPED,
    EventKind.TARGET_UNREACHABLE,
}


_UNTOUCHED = {ResultStatus.PENDING, ResultStatus.NOT_RUN, ResultStatus.CANCELLED}
_DONE = {ResultStatus.OK, ResultStatus.CHANGED}


class StepShape(Frozen):
    """What the fold must know of a step beforehand."""

    n: int  #: 1-based
    intent: str
    title: str
    seconds: float = 1.0  #: estimated seconds of the step, all targets at once
    targets: tuple[str, ...] | None = None  #: None: all
    #: Plays in which a fallback runs after a main that failed: that is not the end there.
    fallback: frozenset[str] = frozenset()
    #: Plays in which a failure is followed by taking back what was done on the target.
    rollback: frozenset[str] = frozenset()
    irreversible: str | None = None  #: why what it changes cannot be taken back
    check_mode: CheckMode | None = None  #: what a dry run can tell of it; None: it only reads, and does so
    #: Labels of reported states: state → text.
    states: dict[str, str] = Field(default_factory=dict)
    #: Columns of what the step answers on each target; empty: nothing but its state.
    columns: tuple[Column, ...] = ()


class JobShape(Frozen):
    """The empty matrix: which steps, which targets."""

    job_id: str
    title: str
    steps: tuple[StepShape, ...]
    targets: tuple[str, ...]
    platforms: dict[str, Platform]  #: target → platform
    plays: dict[str, str] = Field(default_factory=dict)  #: target → its play, where that is not its platform's
    dry_run: bool = False  #: nothing is changed: cells say what would be

    def play(self, target: str | None) -> str | None:
        """The play that runs on a target."""
        return self.plays.get(target or "") or self.platforms.get(target or "")


class StepProgress(Frozen):
    """One row of the step list."""

    n: int
    intent: str
    title: str
    status: str  #: pending, running, done
    counts: dict[str, int]  #: result status → number of targets, zeroes left out
    states: dict[str, int]  #: reported state's label → number of targets ("running": 18, "stopped": 7)


class Transfer(Frozen):
    """How far a large file has come on a target whose step is running."""

    step: int
    target: str
    done: int  #: bytes
    size: int  #: bytes


class Totals(Frozen):
    """Targets by where they stand; completed + failed + cancelled + pending = total."""

    total: int
    completed: int  #: good at every step
    failed: int  #: failed, unreachable, rolled back or unknown at some step
    cancelled: int  #: cancelled, or never run
    pending: int  #: the rest, running ones included
    running: int


class Progress(Frozen):
    """A snapshot of a job for people: what the WebSocket, REST, CLI and web console all show."""

    job_id: str
    title: str
    dry_run: bool = False  #: nothing is changed: a cell that is `changed` would be
    seq: int  #: of the last event folded in
    status: JobStatus
    reason: str | None
    started_at: datetime | None
    ended_at: datetime | None
    at: datetime | None  #: time of the last event
    eta_seconds: float | None  #: from `at`; None before anything is known and after the end
    current_step: int | None
    current_targets: tuple[str, ...]
    steps: tuple[StepProgress, ...]
    targets: tuple[str, ...]
    #: cells[step - 1][index of target in `targets`]
    cells: tuple[tuple[ResultStatus, ...], ...]
    totals: Totals
    #: Large files on their way, in step and target order.
    transfers: tuple[Transfer, ...] = ()


class ProgressFold:
    """Takes events one by one; `snapshot()` at any time."""

    def __init__(self, shape: JobShape) -> None:
        self.shape = shape
        self.seq = 0
        self.status = JobStatus.QUEUED
        self.reason: str | None = None
        self.started_at: datetime | None = None
        self.ended_at: datetime | None = None
        self.at: datetime | None = None
        self.results: dict[tuple[int, str], Result] = {}
        self._ran: set[tuple[int, str]] = set()
        #: target → what is being taken back there.
        self._rollbacks: dict[str, Rollback] = {}
        #: What a dry run has found that would change.
        self._diffs: dict[tuple[int, str], list[str]] = {}
        #: Cells whose step's conditions do not hold.
        self._unmet: set[tuple[int, str]] = set()
        self._transfers: dict[tuple[int, str], Transfer] = {}
        #: Cells changed since the last `take_changes()`.
        self._dirty: set[tuple[int, str]] = set()
        for step in shape.steps:
            for target in step.targets if step.targets is not None else shape.targets:
                self.results[step.n, target] = Result(step=step.n, target=target)

    def apply(self, event: JobEvent) -> None:
        """Fold one event in; an event at or before `seq` changes nothing (replay is idempotent)."""
        if event.seq <= self.seq:
            return
        self.seq = event.seq
        self.at = event.at
        if event.kind is EventKind.JOB_STATUS:
            self._job_status(event)
        elif event.kind is EventKind.SLICE_STARTED:
            self._given(event)
        elif event.kind is EventKind.NOT_RUN:
            self._not_run(event)
        elif event.step is not None and event.target is not None and (event.step, event.target) in self.results:
            self._cell(event)

    def apply_all(self, events: Iterable[JobEvent]) -> "ProgressFold":
        """Fold events in, in order; returns itself."""
        for event in events:
            self.apply(event)
        return self

    def take_changes(self) -> list[Result]:
        """Cells that changed since the last call, in step and target order."""
        keys = sorted(self._dirty)
        self._dirty.clear()
        return [self.results[key] for key in keys]

    def _job_status(self, event: JobEvent) -> None:
        self.status = JobStatus(event.data["status"])
        self.reason = event.message
        if self.status is JobStatus.RUNNING and self.started_at is None:
            self.started_at = event.at
        if self.status in ENDED:
            self.ended_at = event.at

    def _given(self, event: JobEvent) -> None:
        """Facts of an earlier attempt that the slice was given (`data.facts`: target → fact → value).

        Its steps do not find them out again, so no task tells them.
        """
        if given := event.data.get("facts"):
            for (step, target), result in list(self.results.items()):
                own = given.get(target, {}).get(f"opsc_s{step}")
                if result.status not in FINAL and isinstance(own, dict) and own != result.facts:
                    self._set(result, facts=own)

    def _not_run(self, event: JobEvent) -> None:
        """Cells that never started become `data.status` (not_run, cancelled, unknown) with the reason."""
        status = ResultStatus(event.data.get("status", ResultStatus.NOT_RUN))
        for target in event.data.get("targets", [event.target]):
            for (step, name), result in self.results.items():
                if name == target and result.status not in FINAL and event.step in (None, step):
                    rollback = self._rollbacks.get(name)
                    more = {"message": rollback.cut_off(None)} if rollback and rollback.step == step else {}
                    self._set(result, status=status, reason=event.message, ended_at=event.at, **more)

    def _cell(self, event: JobEvent) -> None:
        assert event.step is not None and event.target is not None  # noqa: S101, PT018 - apply() checked it
        rollback = self._rollbacks.get(event.target)
        if rollback is not None and event.role is Role.UNDO:
            self._rolling(event, rollback)
            return
        key = (event.step, event.target)
        result = self.results[key]
        if result.status in FINAL:
            return
        if event.kind is EventKind.TRANSFER:
            self._transfers[key] = Transfer(step=event.step, target=event.target, **event.data)
        elif event.kind in _RESULTS:
            self._transfers.pop(key, None)
        changes: dict[str, Any] = {}
        if result.status is ResultStatus.PENDING:
            changes |= {"status": ResultStatus.RUNNING, "started_at": event.at}
        if event.kind in _RESULTS:
            changes |= self._task_result(event, result)
        if changes:
            self._set(result, **changes)
            if self.results[key].status in STOPPING:
                self._stop_target(event)

    def _task_result(self, event: JobEvent, result: Result) -> dict[str, Any]:
        """What one task's end on one target does to its cell."""
        if self._rollback_follows(event):
            return {"message": event.message}
        if event.kind is EventKind.TARGET_UNREACHABLE:
            message = self._stranded(event)
            return {"status": ResultStatus.UNREACHABLE, "message": message, "ended_at": event.at}
        if event.kind is EventKind.TARGET_FAILED and not event.ignored and not self._fallback_follows(event):
            rolled_back = event.role is Role.UNDO
            status = ResultStatus.ROLLED_BACK if rolled_back else ResultStatus.FAILED
            return {"status": status, "message": event.message, "ended_at": event.at}
        changes: dict[str, Any] = self._reported(event, result)
        if event.kind is EventKind.TARGET_OK and event.role in (Role.MAIN, Role.FALLBACK):
            self._ran.add((result.step, result.target))
            changes["changed"] = result.changed or event.changed
            if self.shape.dry_run and event.changed:
                self._diffs.setdefault((result.step, result.target), []).extend(kept_diffs(event.data))
            # A fallback says for itself why it was used.
            if event.message and not (event.role is Role.FALLBACK and result.message):
                changes["message"] = event.message
        elif event.kind is EventKind.TARGET_SKIPPED and event.message and not result.message:
            changes["message"] = event.message
        if event.last:
            changes |= {"status": self._final(result, changes), "ended_at": event.at}
            verified = event.kind is EventKind.TARGET_OK and not self.shape.dry_run
            changes |= _state(result.model_copy(update=changes), verified=verified)
            changes |= self._foreseen(result.model_copy(update=changes))
        return changes

    def _foreseen(self, result: Result) -> dict[str, Any]:
        """What a dry run says of a cell that has just become final."""
        step = self.shape.steps[result.step - 1]
        if not self.shape.dry_run or step.check_mode is None:
            return {}
        key = (result.step, result.target)
        if key in self._unmet:
            return {"message": "nothing would change: its condition does not hold"}
        if result.status is ResultStatus.SKIPPED and isinstance(result.facts.get("goal"), str):
            # There is something to do, and nothing that could have tried it without doing it.
            result = result.model_copy(update={"status": ResultStatus.CHANGED})
        if step.check_mode is CheckMode.NONE:
            result = result.model_copy(update={"status": ResultStatus.SKIPPED})
        message = foreseen(step.check_mode, result, step.states, self._diffs.get(key, []))
        return {"status": result.status, "message": message}

    def _stranded(self, event: JobEvent) -> str | None:
        """The message of a connection that was never made, with what was to be taken back in that case."""
        assert event.step is not None and event.target is not None  # noqa: S101, PT018 - apply() checked it
        asked = self.shape.play(event.target) in self.shape.steps[event.step - 1].rollback
        done = [r.step for r in self._column(event.target) if r.status is ResultStatus.CHANGED]
        if not asked or not done:
            return event.message
        return f"{event.message or 'unreachable'}; {numbered(done[::-1])} could not be rolled back"

    def _rollback_follows(self, event: JobEvent) -> bool:
        """Whether the task has failed and Ansible goes on with taking back; remembers it."""
        assert event.step is not None and event.target is not None  # noqa: S101, PT018 - apply() checked it
        step = self.shape.steps[event.step - 1]
        if self.shape.play(event.target) not in step.rollback or event.role is Role.UNDO:
            return False
        # A connection that went away under a task is a failure to Ansible; one that was never made ends the target.
        lost = event.kind is EventKind.TARGET_UNREACHABLE
        if not (lost or event.kind is EventKind.TARGET_FAILED) or event.ignored or event.data.get("unreachable"):
            return False
        if not lost and self._fallback_follows(event):
            return False
        status = ResultStatus.UNREACHABLE if lost else ResultStatus.FAILED
        # A step without a check mode only reads.
        acted = step.check_mode is not None and event.role in (Role.MAIN, Role.FALLBACK, Role.VERIFY)
        self._rollbacks[event.target] = Rollback(event.step, status, event.message, acted)
        return True

    def _rolling(self, event: JobEvent, rollback: Rollback) -> None:
        """One task that takes something back: the cell of the failed step is decided by the last of them."""
        assert event.step is not None and event.target is not None  # noqa: S101, PT018 - apply() checked it
        failed = event.kind in (EventKind.TARGET_FAILED, EventKind.TARGET_UNREACHABLE) and not event.ignored
        if event.kind is EventKind.TARGET_UNREACHABLE and event.data.get("unreachable"):
            self._end_rollback(event, ResultStatus.UNREACHABLE, rollback.cut_off(event.message))
        elif failed and event.last and event.step == rollback.step:
            self._rolled_back(event, rollback)
        elif failed:
            rollback.failures.setdefault(event.step, event.message or "it failed")
        elif event.kind is EventKind.TARGET_OK and (event.changed or event.step == rollback.step):
            # What had changed comes back by a change; a task that only looks takes nothing back.
            rollback.ran.add(event.step)

    def _rolled_back(self, event: JobEvent, rollback: Rollback) -> None:
        column = {r.step: r for r in self._column(event.target or "")}
        changed = {n for n, r in column.items() if r.status is ResultStatus.CHANGED}
        for n in rollback.undone(changed):
            if n != rollback.step:
                message = f"rolled back, because step {rollback.step} failed"
                self._set(column[n], status=ResultStatus.ROLLED_BACK, state=None, message=message)
        irreversible = {s.n: s.irreversible for s in self.shape.steps if s.irreversible}
        self._end_rollback(event, rollback.verdict(changed), rollback.told(changed, irreversible))

    def _end_rollback(self, event: JobEvent, status: ResultStatus, message: str) -> None:
        assert event.target is not None  # noqa: S101 - apply() checked it
        step = self._rollbacks.pop(event.target).step
        result = self.results[step, event.target]
        self._set(result, status=status, message=message, state=None, ended_at=event.at)
        self._stop_target(event.model_copy(update={"step": step}))

    def _fallback_follows(self, event: JobEvent) -> bool:
        step = self.shape.steps[(event.step or 1) - 1]
        return event.role is Role.MAIN and self.shape.play(event.target) in step.fallback

    def _reported(self, event: JobEvent, result: Result) -> dict[str, Any]:
        """Facts that the step set about itself (opsc_s<N>), and the state among them."""
        facts = event.data.get("ansible_facts")
        facts = facts if isinstance(facts, dict) else {}
        if facts.get(f"opsc_c{event.step}") is False:
            self._unmet.add((result.step, result.target))
        own = facts.get(f"opsc_s{event.step}")
        if not isinstance(own, dict):
            return {}
        changes: dict[str, Any] = {"facts": {**result.facts, **own}}
        if isinstance(own.get("state"), str):
            changes["state"] = own["state"]
        if isinstance(own.get("message"), str):
            changes["message"] = own["message"]
        return changes

    def _final(self, result: Result, changes: dict[str, Any]) -> ResultStatus:
        if (result.step, result.target) not in self._ran:
            return ResultStatus.SKIPPED
        changed = changes.get("changed", result.changed)
        return ResultStatus.CHANGED if changed else ResultStatus.OK

    def _stop_target(self, event: JobEvent) -> None:
        """A stopped target takes no further steps."""
        for (step, name), result in self.results.items():
            if name == event.target and step > (event.step or 0) and result.status not in FINAL:
                self._set(
                    result, status=ResultStatus.NOT_RUN, reason=f"stopped at step {event.step}", ended_at=event.at
                )

    def _set(self, result: Result, **changes: Any) -> None:
        key = (result.step, result.target)
        self.results[key] = result.model_copy(update=changes)
        self._dirty.add(key)

    def outcome(self) -> JobStatus:
        """How a job whose cells are all final has ended, judged by its targets."""
        totals = self.totals()
        if totals.failed == 0 and totals.cancelled == 0:
            return JobStatus.SUCCEEDED
        if totals.completed > 0:
            return JobStatus.PARTIALLY_FAILED
        return JobStatus.FAILED if totals.failed else JobStatus.CANCELLED

    def _column(self, target: str) -> list[Result]:
        return [self.results[s.n, target] for s in self.shape.steps if (s.n, target) in self.results]

    def totals(self) -> Totals:
        """Targets by where they stand."""
        count: Counter[str] = Counter()
        for target in self.shape.targets:
            statuses = {r.status for r in self._column(target)}
            if statuses & STOPPING:
                count["failed"] += 1
            elif statuses <= GOOD:
                count["completed"] += 1
            elif statuses <= FINAL:
                count["cancelled"] += 1
            else:
                count["pending"] += 1
                count["running"] += ResultStatus.RUNNING in statuses
        return Totals(
            total=len(self.shape.targets),
            completed=count["completed"],
            failed=count["failed"],
            cancelled=count["cancelled"],
            pending=count["pending"],
            running=count["running"],
        )

    def snapshot(self) -> Progress:
        """Where the job stands after the events folded so far."""
        running = [r for r in self.results.values() if r.status is ResultStatus.RUNNING]
        return Progress(
            job_id=self.shape.job_id,
            title=self.shape.title,
            dry_run=self.shape.dry_run,
            seq=self.seq,
            status=self.status,
            reason=self.reason,
            started_at=self.started_at,
            ended_at=self.ended_at,
            at=self.at,
            eta_seconds=self._eta(),
            current_step=min((r.step for r in running), default=self._next_step()),
            current_targets=tuple(sorted({r.target for r in running})),
            steps=tuple(self._step(s) for s in self.shape.steps),
            targets=self.shape.targets,
            cells=tuple(
                tuple(
                    self.results[s.n, t].status if (s.n, t) in self.results else ResultStatus.SKIPPED
                    for t in self.shape.targets
                )
                for s in self.shape.steps
            ),
            totals=self.totals(),
            transfers=tuple(
                transfer
                for key, transfer in sorted(self._transfers.items())
                if self.results[key].status is ResultStatus.RUNNING
            ),
        )

    def _row(self, n: int) -> list[Result]:
        return [self.results[n, t] for t in self.shape.targets if (n, t) in self.results]

    def _next_step(self) -> int | None:
        if self.status in ENDED:
            return None
        return next((s.n for s in self.shape.steps if any(r.status not in FINAL for r in self._row(s.n))), None)

    def _step(self, step: StepShape) -> StepProgress:
        row = self._row(step.n)
        counts = Counter(r.status.value for r in row)
        states = Counter(step.states.get(r.state, r.state) for r in row if r.state)
        final = sum(r.status in FINAL for r in row)
        # A cell that will never run is no beginning: its target stopped before it came here.
        started = any(r.status not in _UNTOUCHED for r in row)
        status = "done" if final == len(row) else "running" if started else "pending"
        return StepProgress(
            n=step.n, intent=step.intent, title=step.title, status=status, counts=dict(counts), states=dict(states)
        )

    def _eta(self) -> float | None:
        """Seconds left: the estimated share that is done tells how fast this job is against its estimate."""
        if self.started_at is None or self.at is None or self.status in ENDED:
            return None
        done = left = 0.0
        for step in self.shape.steps:
            row = self._row(step.n)
            share = sum(r.status in FINAL for r in row) / len(row) if row else 1.0
            done += step.seconds * share
            left += step.seconds * (1 - share)
        elapsed = (self.at - self.started_at).total_seconds()
        # One estimated step's worth of trust in the estimate, the rest in what was seen.
        prior = max((s.seconds for s in self.shape.steps), default=1.0)
        return round(left * (elapsed + prior) / (done + prior), 1)


def _state(result: Result, *, verified: bool) -> dict[str, Any]:
    """What a cell that has just become final leaves to report: the goal it set out for only where it is reached.

    `verified` says that its last task ran and went well; a preview leaves that task out.
    """
    state = result.state or result.facts.get("state")
    if state is None and verified and result.status in _DONE:
        state = result.facts.get("goal")
    return {"state": state} if isinstance(state, str) else {}


def fold(shape: JobShape, events: Iterable[JobEvent]) -> Progress:
    """Progress after `events` (in sequence order)."""
    return ProgressFold(shape).apply_all(events).snapshot()
