# SPDX-License-Identifier: Apache-2.0
"""Claim, lease, ingest, fold, burial, resume and retry under every order of crashes, outages and clocks: what must
always hold."""

import contextlib
import itertools
import random
import shutil
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.exc import OperationalError

from opsconductor import ids
from opsconductor.db.repositories.events import EventRepository
from opsconductor.db.repositories.jobs import JobRepository
from opsconductor.db.repositories.results import ResultRepository
from opsconductor.db.repositories.slices import SliceRepository
from opsconductor.domain.attempts import Answers
from opsconductor.domain.events import EventKind
from opsconductor.domain.jobs import ENDED, JobStatus, SliceStatus
from opsconductor.domain.progress import ProgressFold
from opsconductor.domain.reopening import Reopened
from opsconductor.domain.results import FINAL, GOOD, Result, ResultStatus
from opsconductor.errors import Conflict
from opsconductor.services import dispatching
from opsconductor.services.attempts import RepeatOrSkip
from tests.fixtures.job_world import World
from tests.fixtures.slice_machine import EPOCH, LARGE, ONCE, Lab, Run

TARGETS = ("a", "b", "c")
#: What only a task that ran can leave.
_RAN = frozenset({ResultStatus.OK, ResultStatus.CHANGED, ResultStatus.FAILED})
#: What may happen next, what is of more use more often.
_HAPPENS = [
    *("go_on",) * 6,
    *("tick",) * 4,
    *("kill",) * 3,
    *("again",) * 3,
    *("database_away",) * 2,
    "end",
    "launch",
    "store_again",
    "destroy",
    "control",
]
_picks = st.integers(min_value=0, max_value=1000)


class SliceMachine(RuleBasedStateMachine):
    """One to three jobs on overlapping targets."""

    #: An empty installation, copied for every example.
    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="opsc-machine-", dir="/dev/shm"))
        # The same example must be the same run: ids are made of the clock and, here, of a count.
        numbers = itertools.count(1)
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(ids, "os", SimpleNamespace(urandom=lambda size: next(numbers).to_bytes(size)))
        self.clock = time_machine.travel(EPOCH, tick=False)
        self.time = self.clock.start()
        self.lab = Lab(self.folder / "h", lambda home: shutil.copytree(self.template, home, dirs_exist_ok=True))
        self.final: dict[tuple[str, int, str], ResultStatus] = {}
        self.ended: dict[str, Any] = {}
        #: (job, target, step) → how often it had run when it was opened last.
        self.before: Counter[tuple[str, str, int]] = Counter()
        #: (job, target, step) → how often somebody asked for it to be done again.
        self.asked: Counter[tuple[str, str, int]] = Counter()

    def teardown(self) -> None:
        try:
            self._to_the_end()
        finally:
            self.lab.world.close()
            self.clock.stop()
            self.patch.undo()
            # The next example has the same ids.
            shutil.rmtree(self.lab.world.settings.runtime, ignore_errors=True)
            shutil.rmtree(self.folder, ignore_errors=True)

    # -- what happens ---------------------------------------------------------------------------------------

    @initialize(batch=st.sampled_from([1, 2, 3]))
    def first(self, batch: int) -> None:
        self.lab.launch(TARGETS, batch)
        self.lab.tick()

    @rule(what=st.sampled_from(_HAPPENS), pick=_picks, more=_picks)
    def happens(self, what: str, pick: int, more: int) -> None:
        """One of the things below; a rule for each would be chosen without regard to how often it is of use."""
        if not self._open():
            (self.again if pick % 2 else self.launch)(pick, more)
        elif what in ("tick", "launch", "again", "control", "database_away") or self.lab.live():
            getattr(self, what)(pick, more)

    def launch(self, pick: int, more: int) -> None:
        """Another job on some of the same targets."""
        if len(self.lab.jobs) < 6:
            self.lab.launch((TARGETS, ("a",), ("b", "c"))[pick % 3], more % 3 + 1)
            self.lab.tick()

    def tick(self, pick: int, more: int) -> None:
        """A dispatcher looks, perhaps another process than before; meanwhile time passes, or somebody sets the clock.

        Whoever can renews its lease, if that is soon enough.
        """
        seconds = (0, 0, 1, 10, 10, 31, 100, -3600)[pick % 8]
        self.time.shift(timedelta(seconds=seconds))
        for run in self.lab.live() if abs(seconds) < 31 else ():
            run.renew()
        if more % 3 == 0:
            self.lab.new_dispatcher()
        self.lab.tick()

    def go_on(self, pick: int, more: int) -> None:
        """Ansible, ansible-runner and the writer do their work in some order."""
        order = random.Random(f"{pick} {more}")
        for _ in range(12):
            run = self._run(order.randrange(100))
            part = order.choice(("work", "work", "take", "store"))
            if part == "work":
                self._work(run, order.randrange(100))
            elif part == "take" and run.partial:
                run.take()
            elif part == "store" and run.waiting:
                run.flush(order.randrange(1, 6))

    def store_again(self, pick: int, more: int) -> None:
        """A replay: nothing of it may count twice."""
        run = self._run(pick)
        run.waiting = [*run.stored[-(more % 5 + 1) :], *run.waiting]

    def kill(self, pick: int, more: int) -> None:
        """The supervisor and all below it are gone; what it held in memory, too."""
        run = self._run(pick)
        if more % 2 and run.partial:
            run.take(killed=True)
        if more % 3 == 0:
            self._through(run)
        run.alive = False
        self.lab.supervisors.dead.add(run.piece.id)

    def end(self, pick: int, _more: int) -> None:
        """Ansible comes to its end, and so does its slice, if the database takes it."""
        self._end(self._run(pick))

    def destroy(self, pick: int, _more: int) -> None:
        """The disk was full: a report of Ansible is cut off."""
        if (run := self._run(pick)).partial:
            uuid = run.partial[-1]
            path = run.folder.events / f"{uuid}-partial.json"
            path.write_bytes(path.read_bytes()[:20])
            self.lab.destroyed.add(uuid)

    def database_away(self, pick: int, more: int) -> None:
        """The database takes nothing, at once or only at the end of the work, while something is to be stored."""
        self.lab.outage.when = ("begin", "commit")[pick % 2]
        try:
            if more % 5 == 0:
                with contextlib.suppress(OperationalError):
                    self.again(pick, more)
            elif more % 3 == 0 or not self.lab.live():
                self.lab.tick()
            elif more % 3 == 1:
                self._run(pick).flush(3)
            else:
                self._end(self._run(pick))
        finally:
            self.lab.outage.when = None

    def control(self, pick: int, more: int) -> None:
        """Somebody pauses, resumes or cancels."""
        job = self._open()[pick % len(self._open())]
        with contextlib.suppress(Conflict):
            getattr(self.lab.world.jobs, ("pause", "resume", "resume", "cancel")[more % 4])(job, "local:tester")

    def again(self, pick: int, more: int) -> None:
        """Somebody resumes or retries a job that has ended."""
        over = [job_id for job_id in self.lab.jobs if job_id not in self._open()]
        if over and self.lab.world.jobs.get(job_id := over[pick % len(over)]).attempt < 5:
            self._again(job_id, more)

    def _again(self, job_id: str, more: int) -> bool:
        """Whether there was something to go on with. Where a cell is in doubt, somebody looks at its target, and has
        it repeated or left out."""
        attempts = self.lab.world.attempts
        call = attempts.retry if more % 3 == 0 else attempts.resume
        repeated: set[tuple[int, str]] = set()
        try:
            call(job_id, "local:tester")
        except RepeatOrSkip as question:
            asked = [(cell["step"], cell["target"]) for cell in question.context["cells"]]
            assert {step for step, _ in asked} <= ONCE, "a question about a step that may be done again"
            repeated = {(s, t) for s, t in asked if more % 2 or not self.lab.done[job_id, t, s]}
            said = {verb: tuple(f"{s}:{t}" for s, t in cells) for verb, cells in _split(asked, repeated).items()}
            call(job_id, "local:tester", answers=Answers(**said))
        except Conflict:
            return False
        del self.ended[job_id]
        self._opened(job_id, repeated)
        return True

    def _opened(self, job_id: str, repeated: set[tuple[int, str]]) -> None:
        """What the attempt that has just begun opens: nothing that is done, and nothing in doubt unless asked for."""
        event = self.lab.world.following.events(job_id, kinds=(EventKind.ATTEMPT,))[-1]
        opened = Reopened.model_validate(event.data)
        for target, steps in opened.cells.items():
            for step in steps:
                key = (job_id, target, step)
                assert self.final.pop((job_id, step, target)) not in GOOD, "what is done is to be done again"
                ran = self.lab.done[key] > self.before[key]
                self.asked[key] += (step, target) in repeated
                assert not ran or step not in ONCE or (step, target) in repeated, "nobody asked for it"
                self.before[key] = self.lab.done[key]
        for target, steps in opened.skip.items():
            for step in steps:
                self.final[job_id, step, target] = ResultStatus.SKIPPED

    # -- what must hold ---------------------------------------------------------------------------------------

    @invariant()
    def everything_holds(self) -> None:
        for job_id in self.lab.jobs:
            self._check(job_id)

    def _check(self, job_id: str) -> None:
        with self.lab.world.database.reading() as session:
            launched = JobRepository(session).launched(job_id)
            events = EventRepository(session).of_job(job_id)
            rows = ResultRepository(session).of_job(job_id)
            pieces = SliceRepository(session).of_job(job_id)
        job = launched.job
        assert [e.seq for e in events] == list(range(1, job.last_seq + 1)), "a gap"
        keys = Counter((e.slice_id, e.key) for e in events)
        assert max(keys.values(), default=0) <= 1, "an event twice"
        fold = ProgressFold(launched.spec.shape).apply_all(events)
        assert [_told(r) for r in rows] == [_told(fold.results[r.step, r.target]) for r in rows], "another story"
        untold = set(fold.results) - {(r.step, r.target) for r in rows}
        assert {fold.results[key].status for key in untold} <= {ResultStatus.PENDING}, "cells that are not stored"
        for (step, target), cell in fold.results.items():
            ran = self.lab.done[job_id, target, step] - self.before[job_id, target, step]
            assert ran <= 1, "a step was done twice"
            assert ran or cell.status not in _RAN, "a step is told to be done that was not"
            before = self.final.get((job_id, step, target))
            assert before in (None, cell.status), "a final cell has changed"
            if cell.status in FINAL:
                self.final[job_id, step, target] = cell.status
        live = [p for p in pieces if p.status in (SliceStatus.CLAIMED, SliceStatus.RUNNING)]
        assert len({p.batch for p in live}) <= 1, "two batches at once"
        if job.status in ENDED:
            assert not live
            assert self.ended.setdefault(job_id, job) == job, "an ended job has changed"
            self._check_end(job_id, fold, {e.key for e in events}, {p.id for p in pieces}, complete=job.complete)

    def _check_end(self, job_id: str, fold: ProgressFold, keys: set[str], slices: set[str], *, complete: bool) -> None:
        """Every report is stored, or the job says that some are not; a cell that was never run never ran."""
        reported = {u: told for s in slices for u, told in self.lab.reported.get(s, {}).items()}
        missing = set(reported) - keys
        assert missing <= self.lab.destroyed, "reports were lost"
        assert complete == (not missing), "complete is not what it says"
        for (step, target), cell in fold.results.items():
            assert cell.status in FINAL
            if cell.status is ResultStatus.NOT_RUN:
                key = (job_id, target, step)
                assert self.lab.done[key] == self.before[key], "a step ran and is told not to have"
            if step in ONCE:
                assert self.lab.done[job_id, target, step] <= 1 + self.asked[job_id, target, step]

    # -- help -------------------------------------------------------------------------------------------------

    def _open(self) -> list[str]:
        """Jobs that have not ended."""
        return self.lab.world.jobs.active()

    def _run(self, pick: int) -> Run:
        runs = self.lab.live()
        return runs[pick % len(runs)]

    def _work(self, run: Run, pick: int) -> bool:
        """One target begins its next step or ends the one under way; whether any could."""
        names = [t for t in run.piece.targets if t in run.at]
        if not names or not run.alive:
            return False
        target = names[pick % len(names)]
        step, under_way = run.at[target]
        if not under_way:
            if not run.may_start():
                return False
            if run.pass_over(target):
                return True
            run.report("runner_on_start", target, step)
            self.lab.done[run.piece.job_id, target, step] += 1
            run.at[target] = (step, True)
            return True
        kind = "runner_on_failed" if pick % 7 == 0 else "runner_on_ok"
        result: dict[str, Any] = {"changed": True, "stdout": "x" * (LARGE * (pick % 3)), "stderr": "", "rc": 0}
        run.report(kind, target, step, **result)
        if kind == "runner_on_failed":
            del run.at[target]
        else:
            run.go_on(target)
        return True

    def _through(self, run: Run) -> None:
        for n in range(50):
            if not self._work(run, n):
                break

    def _end(self, run: Run) -> None:
        self._through(run)
        if run.end() or run.lost:
            run.alive = False
            self.lab.supervisors.dead.add(run.piece.id)

    def _to_the_end(self) -> None:
        """Everything works again: each job must come to its end by itself, and an interrupted one can be resumed."""
        self._by_itself()
        for job_id in self.lab.jobs:
            if self.lab.world.jobs.get(job_id).status is JobStatus.INTERRUPTED:
                assert self._again(job_id, 1), "an interrupted job that cannot be resumed"
                self._by_itself()
                assert self.lab.world.jobs.get(job_id).status is not JobStatus.INTERRUPTED

    def _by_itself(self) -> None:
        for _ in range(60):
            for job_id in self.lab.jobs:
                if self.lab.world.jobs.get(job_id).status.value == "paused":
                    self.lab.world.jobs.resume(job_id, "local:tester")
            for run in self.lab.live():
                run.renew()
                self._end(run)
            self.lab.tick()
            self.time.shift(timedelta(seconds=7))
            self.everything_holds()
            if all(self.lab.world.jobs.get(job_id).status in ENDED for job_id in self.lab.jobs):
                return
        raise AssertionError("a job does not end")


def _split(asked: list[tuple[int, str]], repeated: set[tuple[int, str]]) -> dict[str, list[tuple[int, str]]]:
    return {"repeat": sorted(repeated), "skip": [cell for cell in asked if cell not in repeated]}


def _told(result: Result) -> dict[str, Any]:
    return result.model_dump(exclude={"facts"})


def _quiet(*_arguments: object, **_more: object) -> None:
    """What a dispatcher meets while the database is away fills pages."""


@pytest.fixture
def template(runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty installation, its database in one file."""
    assert runtime.is_dir()
    monkeypatch.setattr(dispatching, "_log", SimpleNamespace(exception=_quiet, error=_quiet, warning=_quiet))
    monkeypatch.setattr(dispatching, "GRACE", 0.0)  # the machine's clock moves, the process's own does not
    world = World(tmp_path / "template")
    world.database.engine.dispose()
    world.close()
    monkeypatch.setattr(SliceMachine, "template", tmp_path / "template", raising=False)
    return tmp_path


@pytest.mark.usefixtures("template")
def test_nothing_is_lost_doubled_or_made_up() -> None:
    run_state_machine_as_test(
        SliceMachine,
        settings=settings(
            max_examples=20, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


@pytest.mark.soak
@pytest.mark.usefixtures("template")
def test_nothing_is_lost_doubled_or_made_up_in_many_orders() -> None:
    run_state_machine_as_test(
        SliceMachine,
        settings=settings(
            max_examples=1000, stateful_step_count=80, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
