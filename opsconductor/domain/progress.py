# SPDX-License-Identifier: Apache-2.0
"""The pure fold from events to results and progress.

The same events in the same order give the same progress, whoever folds them: the supervisor's database
writer, the WebSocket hub, the CLI's live view and the tests. Times come from the events, never from a clock.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from opsconductor.domain.base import Frozen
from opsconductor.domain.events import TASK_ENDS, EventKind, JobEvent
from opsconductor.domain.forecasts import Forecast, StuckCell
from opsconductor.domain.jobs import ENDED, JobStatus
from opsconductor.domain.previews import foreseen, kept_diffs
from opsconductor.domain.reopening import Reopened, opened_anew
from opsconductor.domain.results import FINAL, STOPPING, Result, ResultStatus, Role, joined, reported_state
from opsconductor.domain.rollback import Rollback, numbered
from opsconductor.domain.shapes import JobShape, StepShape
from opsconductor.domain.tallies import Tallies
from opsconductor.domain.templates import CheckMode

_UNTOUCHED = {ResultStatus.PENDING, ResultStatus.NOT_RUN, ResultStatus.CANCELLED}


class StepProgress(Frozen):
    """One row of the step list."""

    n: int
    intent: str
    title: str
    status: str  #: pending, running, done
    done: int = 0  #: targets where it is over, whatever became of it
    total: int = 0  #: targets it is for
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
    current_step: int | None
    current_targets: tuple[str, ...]
    steps: tuple[StepProgress, ...]
    targets: tuple[str, ...]
    #: cells[step - 1][index of target in `targets`]
    cells: tuple[tuple[ResultStatus, ...], ...]
    totals: Totals
    #: Large files on their way, in step and target order.
    transfers: tuple[Transfer, ...] = ()
    #: What is left, computed from history and what was seen; None before the start, after the end and on the way to it.
    forecast: Forecast | None = None
    eta_seconds: float | None = None  #: the forecast's point, from its `at`
    stuck: tuple[StuckCell, ...] = ()  #: cells that run much longer than usual, in step and target order


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
        self.opened: frozenset[str] | None = None  #: targets of a further attempt; None: it is the first
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
        self._tallies = Tallies([step.n for step in shape.steps], shape.targets, self.results)
        self._told: dict[int, StepProgress] = {}

    def apply(self, event: JobEvent) -> None:
        """Fold one event in; an event at or before `seq` changes nothing (replay is idempotent)."""
        if event.seq <= self.seq:
            return
        self.seq = event.seq
        self.at = event.at
        if event.kind is EventKind.JOB_STATUS:
            self._job_status(event)
        elif event.kind is EventKind.ATTEMPT:
            self._attempt(event)
        elif event.kind is EventKind.SLICE_STARTED:
            self._given(event)
        elif event.kind is EventKind.PROCESSES:
            if cell := self.results.get((event.step or 0, event.target or "")):
                self._set(cell, message=joined(cell.message, event.message))
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

    def _attempt(self, event: JobEvent) -> None:
        """Cells are opened once more; all others are carried over."""
        opened = Reopened.model_validate(event.data)
        self.opened, self.started_at, self.ended_at = frozenset(opened.cells), None, None
        for cell in opened_anew(self.results, opened, event.message):
            key = (cell.step, cell.target)
            if key in self.results:
                self._unmet.discard(key)
                self._diffs.pop(key, None)
                self._rollbacks.pop(cell.target, None)
                (self._ran.add if cell.changed else self._ran.discard)(key)
                self._set(self.results[key], **cell.model_dump())

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
            for (step, name), result in self._on(target):
                if name == target and result.status not in FINAL and event.step in (None, step):
                    rollback = self._rollbacks.get(name)
                    more: dict[str, Any] = (
                        {"message": rollback.cut_off(None)} if rollback and rollback.step == step else {}
                    )
                    if status is ResultStatus.FAILED:
                        more["message"] = joined(event.message, result.message)
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
        elif event.kind in TASK_ENDS:
            self._transfers.pop(key, None)
        changes: dict[str, Any] = {}
        if result.status is ResultStatus.PENDING:
            changes |= {"status": ResultStatus.RUNNING, "started_at": event.at}
        if event.kind in TASK_ENDS:
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
            changes |= reported_state(result.model_copy(update=changes), verified=verified)
            if self.shape.dry_run:
                changes |= self._foreseen(result.model_copy(update=changes))
        return changes

    def _foreseen(self, result: Result) -> dict[str, Any]:
        """What a dry run says of a cell that has just become final."""
        step = self.shape.steps[result.step - 1]
        if step.check_mode is None:
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
        self.results[key] = changed = result.model_copy(update=changes)
        self._dirty.add(key)
        self._tallies.changed(key, changed.status)
        self._told.pop(result.step, None)

    def outcome(self) -> JobStatus:
        """How a job whose cells are all final has ended, judged by its targets."""
        totals = self.totals()
        if totals.failed == 0 and totals.cancelled == 0:
            return JobStatus.SUCCEEDED
        if totals.completed > 0:
            return JobStatus.PARTIALLY_FAILED
        return JobStatus.FAILED if totals.failed else JobStatus.CANCELLED

    def _on(self, target: str) -> list[tuple[tuple[int, str], Result]]:
        """The cells of one target with their keys, in step order."""
        keys = [(step.n, target) for step in self.shape.steps]
        return [(key, self.results[key]) for key in keys if key in self.results]

    def _column(self, target: str) -> list[Result]:
        return [self.results[s.n, target] for s in self.shape.steps if (s.n, target) in self.results]

    def totals(self) -> Totals:
        """Targets by where they stand."""
        count = self._tallies.standings()
        return Totals(
            total=len(self.shape.targets),
            completed=count["completed"],
            failed=count["failed"],
            cancelled=count["cancelled"],
            pending=count["pending"],
            running=len({target for _, target in self._tallies.running if self._tallies.pending(target)}),
        )

    def snapshot(self) -> Progress:
        """Where the job stands after the events folded so far."""
        running = self._tallies.running
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
            current_step=min((step for step, _ in running), default=self._next_step()),
            current_targets=tuple(sorted({target for _, target in running})),
            steps=tuple(self._step(s) for s in self.shape.steps),
            targets=self.shape.targets,
            cells=tuple(self._tallies.row(s.n) for s in self.shape.steps),
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
        if step.n not in self._told:
            self._told[step.n] = self._tell(step)
        return self._told[step.n]

    def _tell(self, step: StepShape) -> StepProgress:
        row = self._row(step.n)
        counts = Counter(r.status.value for r in row)
        states = Counter(step.states.get(r.state, r.state) for r in row if r.state)
        final = sum(r.status in FINAL for r in row)
        # A cell that will never run is no beginning: its target stopped before it came here.
        started = any(r.status not in _UNTOUCHED for r in row)
        status = "done" if final == len(row) else "running" if started else "pending"
        return StepProgress(
            n=step.n,
            intent=step.intent,
            title=step.title,
            status=status,
            done=final,
            total=len(row),
            counts=dict(counts),
            states=dict(states),
        )


def fold(shape: JobShape, events: Iterable[JobEvent]) -> Progress:
    """Progress after `events` (in sequence order)."""
    return ProgressFold(shape).apply_all(events).snapshot()
