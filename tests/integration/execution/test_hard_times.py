# SPDX-License-Identifier: Apache-2.0
"""Full and read-only disks, a locked database, clocks that are set: a clear state, nothing lost, recovery by itself or,
where a database server was away for longer than a lease, resumed."""

import json
import sqlite3
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from opsconductor.clock import utc_now
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.results import ResultStatus
from opsconductor.execution.control import LEASE
from tests.fixtures import hard_times
from tests.fixtures.hard_times import PRINTED, STEPS, TARGETS
from tests.fixtures.job_world import World, wait_for
from tests.fixtures.postgresql import Cluster

SHORT, LONG = 3.0, 65.0
_both = pytest.mark.parametrize("seconds", [SHORT, pytest.param(LONG, marks=pytest.mark.soak)])
CELLS = STEPS * TARGETS
WELL = {
    "status": "succeeded",
    "reason": None,
    "complete": True,
    "gap_free": True,
    "cells": ["changed"] * CELLS,
    "printed": [PRINTED] * CELLS,
    "counted": [1] * CELLS,
}


def _scenario(name: str, home: Path, seconds: float) -> dict[str, Any]:
    command = [*hard_times.unprivileged(), sys.executable, "-m", "tests.fixtures.hard_times", name]
    if subprocess.run([*hard_times.unprivileged(), "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine gives no mount namespace to this user")
    done = subprocess.run([*command, str(home), str(seconds)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@_both
def test_a_full_disk_holds_a_job_up_and_loses_nothing(runtime: Path, tmp_path: Path, seconds: float) -> None:
    assert runtime.is_dir()
    told = _scenario("full", tmp_path / "disk", seconds)
    assert told == WELL | {"meanwhile": "running"}


@_both
def test_a_job_waits_for_a_folder_that_cannot_be_written(runtime: Path, tmp_path: Path, seconds: float) -> None:
    assert runtime.is_dir()
    told = _scenario("read-only", tmp_path / "disk", seconds)
    reason = told.pop("meanwhile")
    assert reason.startswith("disk: ")
    assert reason.endswith("cannot be written: Read-only file system")
    assert told == WELL


@_both
def test_outputs_that_cannot_be_kept_by_themselves_stay_whole(runtime: Path, tmp_path: Path, seconds: float) -> None:
    assert runtime.is_dir()
    told = _scenario("no-blobs", tmp_path / "disk", seconds)
    assert told.pop("meanwhile") in ("running", "succeeded")
    assert told == WELL


@_both
def test_a_locked_database_holds_a_job_up_and_loses_nothing(world: World, tmp_path: Path, seconds: float) -> None:
    counts = tmp_path / "counts"
    counts.mkdir()
    job_id = hard_times.launch(world, counts)
    wait_for(lambda: world.following.results(job_id), lambda rs: any(r.status is ResultStatus.RUNNING for r in rs), 60)
    lock = sqlite3.connect(world.home / "opsconductor.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    time.sleep(seconds)
    lock.execute("ROLLBACK")
    lock.close()
    assert hard_times.told(world, job_id, counts) == WELL


@_both
def test_a_database_server_that_is_away_holds_a_job_up_or_interrupts_it_and_loses_nothing(
    postgresql_cluster: Cluster, postgresql: str, world: World, tmp_path: Path, seconds: float
) -> None:
    assert world.database.engine.url.render_as_string(hide_password=False).endswith(postgresql.rpartition("/")[2])
    counts = tmp_path / "counts"
    counts.mkdir()
    job_id = hard_times.launch(world, counts)
    wait_for(lambda: world.following.results(job_id), lambda rs: any(r.status is ResultStatus.RUNNING for r in rs), 60)
    postgresql_cluster.stop()
    try:
        time.sleep(seconds)
    finally:
        postgresql_cluster.start()
    if seconds > LEASE:  # another machine might have taken the slice over: Ansible was ended, and somebody resumes
        told = hard_times.told(world, job_id, counts)
        assert (told["status"], told["reason"]) == ("interrupted", "its supervisor was lost")
        assert (told["complete"], told["gap_free"]) == (True, True)
        # What was under way came to its end while the lease was ours still, and nothing further was begun.
        assert told["cells"] == ["changed"] * TARGETS + ["not_run"] * (CELLS - TARGETS)
        assert (told["printed"], told["counted"]) == ([PRINTED] * TARGETS, [1] * TARGETS)
        world.attempts.resume(job_id, "local:tester")
    assert hard_times.told(world, job_id, counts) == WELL


@pytest.mark.parametrize("hours", [pytest.param(-1, id="back"), pytest.param(2, marks=pytest.mark.soak, id="on")])
def test_a_clock_that_is_set_ends_no_job_and_hides_none(world: World, tmp_path: Path, hours: int) -> None:
    counts = tmp_path / "counts"
    counts.mkdir()
    job_id = hard_times.launch(world, counts)
    wait_for(lambda: world.following.results(job_id), lambda rs: any(r.status is ResultStatus.RUNNING for r in rs), 60)
    with time_machine.travel(utc_now() + timedelta(hours=hours), tick=True):
        assert hard_times.told(world, job_id, counts) == WELL
        again = hard_times.launch(world, counts)
        assert world.ended(again, 90).status is JobStatus.SUCCEEDED
        assert [job.id for job in world.jobs.recent()].count(again) == 1
