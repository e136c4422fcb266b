# SPDX-License-Identifier: Apache-2.0
"""Jobs in batches, each with the matrix it must leave: the table in tests/cases/batches/jobs.yml.

The dispatcher and the database are real; supervisors tell what the table says, and the clock goes on when a job waits.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from opsconductor.clock import utc_now
from opsconductor.domain.base import Platform
from opsconductor.domain.jobs import ENDED, JobStatus
from opsconductor.domain.plans import Options
from opsconductor.domain.results import ResultStatus, Role
from tests.fixtures.job_world import Task, World, local_target
from tests.fixtures.scripted_supervisors import ScriptedSupervisors
from tests.fixtures.told_slices import in_lanes, run

CASES = yaml.safe_load((Path(__file__).parents[2] / "cases/batches/jobs.yml").read_text(encoding="utf-8"))
ACTOR = "local:tester"
PING = "ansible.builtin.ping: {}"


class Clock:
    """The dispatcher's: it goes on when a test says so."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("opsconductor.services.dispatching.utc_now", made)
    return made


@pytest.fixture
def desk(runtime: Path, tmp_path: Path) -> Iterator[World]:
    """Services whose dispatcher ticks only when a test says so."""
    made = World(tmp_path / "opsc", ScriptedSupervisors())
    yield made
    made.close()


class Play:
    """One case, from its launch to its end."""

    def __init__(self, desk: World, clock: Clock, case: dict[str, Any]) -> None:
        self.desk, self.clock, self.case = desk, clock, case
        self.steps = case.get("steps", 2)
        self.started: list[list[list[str]]] = []
        self.waits: list[str] = []
        platforms = case["targets"] if isinstance(case["targets"], dict) else dict.fromkeys(case["targets"], "linux")
        targets = [local_target(name, Platform(platform)) for name, platform in platforms.items()]
        plan = desk.plan([*self._tasks()], targets, options=Options(**case["options"]))
        self.job = desk.launching.launch(plan, ACTOR).id

    def _tasks(self) -> Iterator[Task]:
        for n in range(1, self.steps + 1):
            rescued = n in self.case.get("fallback", ())
            yield Task(n, Role.MAIN, PING, last=not rescued)
            if rescued:
                yield Task(n, Role.FALLBACK, PING, rescue=True)

    def to_the_end(self) -> None:
        """Tick, run what was started, and do what a waiting job waits for, until it is over."""
        supervisors = self.desk.supervisors
        assert isinstance(supervisors, ScriptedSupervisors)
        for _ in range(20):
            self.desk.dispatcher.tick()
            if pieces := supervisors.take():
                self.started.append(in_lanes(pieces))
                for piece in pieces:
                    told = self.case.get("told", {})
                    run(self.desk.database, piece, self.steps, told, self._meanwhile, self.clock)
            elif self.desk.jobs.get(self.job).status in ENDED:
                return
            else:
                self._wait()
        raise AssertionError("the job does not end")

    def _meanwhile(self, target: str, step: int) -> None:
        if [target, step] == self.case.get("during", ())[:2]:
            getattr(self.desk.jobs, self.case["during"][2])(self.job, ACTOR)

    def _wait(self) -> None:
        job = self.desk.jobs.get(self.job)
        self.waits.append(job.reason or "")
        if job.status is JobStatus.PAUSED:
            self.desk.jobs.resume(self.job, ACTOR)
        else:
            self.clock.ahead += timedelta(seconds=self.case["options"]["pause"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_matrix_a_job_leaves(desk: World, clock: Clock, case: dict[str, Any]) -> None:
    play = Play(desk, clock, case)
    play.to_the_end()
    results = desk.following.results(play.job)
    cells = {name: [r.status.value for r in results if r.target == name] for name in case["cells"]}
    assert cells == case["cells"]
    assert {r.target for r in results} == set(case["cells"])
    assert play.started == case["started"]
    assert len(play.waits) == len(case.get("waits", ()))
    assert all(said.startswith(why) for said, why in zip(play.waits, case.get("waits", ()), strict=True))
    unrun = [r for r in results if r.status in (ResultStatus.NOT_RUN, ResultStatus.CANCELLED)]
    told = {name: next(r.reason for r in unrun if r.target == name) for name in case.get("why", ())}
    assert told == case.get("why", {})
    job = desk.jobs.get(play.job)
    assert (job.status.value, job.reason, job.complete) == (case["status"], case["reason"], True)
