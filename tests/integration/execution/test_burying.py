# SPDX-License-Identifier: Apache-2.0
"""Slices whose supervisor is gone, when what Ansible reported is gone, too, or cannot be read now."""

import errno
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from opsconductor.clock import utc_now
from opsconductor.domain.results import ResultStatus
from opsconductor.execution import staging
from opsconductor.services import dispatching
from tests.fixtures.slice_machine import Lab, Run


@pytest.fixture
def lab(runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """A job on one target, whose supervisor has begun."""
    assert runtime.is_dir()
    monkeypatch.setattr(dispatching, "GRACE", 0.0)
    made = Lab(tmp_path / "h", lambda _home: None)
    made.launch(("one",), 1)
    made.tick()
    yield made
    made.world.close()


def _first_step(run: Run) -> None:
    """Its first step is reported, stored, and over; of what follows nothing was."""
    run.report("runner_on_start", "one", 1)
    run.report("runner_on_ok", "one", 1, changed=True)
    run.take()
    run.take()
    run.flush(10)


def _kill(lab: Lab) -> Run:
    [run] = lab.runs
    run.alive = False
    lab.supervisors.dead.add(run.piece.id)
    return run


def _told(lab: Lab) -> tuple[list[ResultStatus], bool]:
    [job] = lab.jobs
    return [cell.status for cell in lab.world.following.results(job)], lab.world.jobs.get(job).complete


def test_after_a_reboot_the_next_cell_may_have_begun_unheard(lab: Lab) -> None:
    _first_step(lab.runs[0])
    _kill(lab).folder.clear()  # the tmpfs is empty
    lab.runs[0].folder.project.mkdir()  # and the disk is not
    lab.tick()
    lab.tick()
    assert _told(lab) == ([ResultStatus.CHANGED, ResultStatus.UNKNOWN, ResultStatus.NOT_RUN], False)


def test_where_ansible_cannot_have_run_nothing_is_in_doubt(lab: Lab) -> None:
    _kill(lab).folder.clear()
    lab.tick()
    lab.tick()
    assert _told(lab) == ([ResultStatus.NOT_RUN] * 3, True)


@pytest.mark.parametrize("tries", [1, 99])
def test_reports_that_cannot_be_read_now_are_kept_for_the_next_time(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tries: int
) -> None:
    left, read = [tries], staging.snapshot

    def snapshot(project: Path) -> Any:
        left[0] -= 1
        if left[0] >= 0:
            raise OSError(errno.EMFILE, "Too many open files")
        return read(project)

    _first_step(lab.runs[0])
    lab.runs[0].report("runner_on_start", "one", 2)
    monkeypatch.setattr(staging, "snapshot", snapshot)
    folder = _kill(lab).folder
    lab.tick()
    assert lab.world.jobs.active()
    assert len(list(folder.events.iterdir())) > 0
    for minutes in range(1, 20):
        with time_machine.travel(utc_now() + timedelta(minutes=2 * minutes), tick=False):
            lab.tick()
    assert not lab.world.jobs.active(), "its targets are locked for good"
    # What could be read says that the second step is under way; else it is one of those that may be.
    last = ResultStatus.NOT_RUN if tries == 1 else ResultStatus.UNKNOWN
    assert _told(lab) == ([ResultStatus.CHANGED, ResultStatus.UNKNOWN, last], tries == 1)
