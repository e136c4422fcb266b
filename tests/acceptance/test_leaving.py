# SPDX-License-Identifier: Apache-2.0
"""Whoever watches a job may go: it comes to its end all the same, on a machine where nothing else serves the queue."""

import os
import signal
import sqlite3
import subprocess
import time
from typing import Any

import pytest

from opsconductor.domain.jobs import ENDED
from opsconductor.queue.serving import serving
from tests.fixtures.installation import OPSC, Installation, cells
from tests.fixtures.job_world import wait_for

HOSTS = ["here-1", "here-2", "here-3"]


@pytest.fixture
def plan(installation: Installation) -> Any:
    """An approved plan that runs on this machine three times, with time between to leave."""
    local = {"platform": "linux", "address": "127.0.0.1", "groups": ["Here"], "connections": [{"kind": "local"}]}
    installation.estate([{"name": name, **local} for name in HOSTS])
    made = installation.plan("ping all servers in 'Here' one at a time, wait 8 seconds between batches")
    assert made["options"]["batch"] == 1
    assert made["options"]["pause"] == 8
    installation.approve(made)
    return made


def watching(site: Installation, plan: Any) -> subprocess.Popen[str]:
    """`opsc run`, at the moment the first batch has its result."""
    environment = {
        **os.environ,
        "OPSCONDUCTOR_HOME": str(site.home),
        "OPSCONDUCTOR_CONFIG": str(site.home / "none.toml"),
    }
    run = subprocess.Popen(
        [str(OPSC), "run", plan["id"]], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    assert run.stdout is not None
    said = []
    while (line := run.stdout.readline()) and "[here-1]" not in line:
        said.append(line)
        if len(said) > 100 or "could not be advanced" in line:
            break
    if "[here-1]" not in line:
        run.kill()
        pytest.fail("".join([*said, run.communicate()[1]]))
    return run


def ended(site: Installation) -> Any:
    """The job once it has ended; looked at from outside, which drives nothing."""

    def only() -> Any:
        time.sleep(0.5)
        return site.jobs()[0]

    return wait_for(only, lambda job: job["status"] in ENDED, 120)


def nobody_left(site: Installation) -> bool:
    """Whether no lock is held and no worker is left."""
    connection = sqlite3.connect(site.home / "opsconductor.db")
    held = connection.execute("select count(*) from target_locks").fetchone()[0]
    connection.close()
    with serving(site.home, alone=True) as alone:
        return alone and held == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_a_job_goes_on_when_its_watcher_leaves(
    installation: Installation, plan: Any, number: signal.Signals, code: int
) -> None:
    run = watching(installation, plan)
    run.send_signal(number)  # at once: on a busy machine the job may end while somebody asks whether it has
    _, said = run.communicate(timeout=60)
    assert run.returncode == code, said
    assert ("the job goes on" in said) == (number == signal.SIGINT)

    job = ended(installation)
    assert job["status"] == "succeeded"
    assert job["complete"]
    shown = installation.json("jobs", "show", job["id"])
    assert cells(shown, 1) == dict.fromkeys(HOSTS, "ok")
    wait_for(lambda: nobody_left(installation), bool)


def test_a_job_that_nobody_watches_is_cancelled(installation: Installation, plan: Any) -> None:
    run = watching(installation, plan)
    run.kill()
    run.communicate(timeout=60)
    installation.opsc("cancel", installation.jobs()[0]["id"])
    job = ended(installation)
    assert job["status"] == "cancelled"
    assert "not_run" in cells(installation.json("jobs", "show", job["id"]), 1).values()
    wait_for(lambda: nobody_left(installation), bool)
