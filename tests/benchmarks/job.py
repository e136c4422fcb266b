# SPDX-License-Identifier: Apache-2.0
"""How long the main job takes on 25 hosts, against plain `ansible-playbook` with the settings a tuner would choose."""

import time
from pathlib import Path

from opsconductor.domain.jobs import JobStatus
from opsconductor.wiring import Container
from tests.benchmarks.world import ACTOR, PASSWORD, SITE, committed_plan, fresh_hosts
from tests.fixtures.plain_ansible import run_playbook, step_statuses, vars_file

RUNS = 3


def measure(container: Container, folder: Path) -> tuple[list[float], list[float]]:
    """Seconds of each run as a job, and of each run by plain ansible-playbook, taken in turns on fresh hosts."""
    record = committed_plan(container)
    record = container.planning.with_verdict(record.plan.id)
    container.planning.export(record.plan.id, folder / "exported")
    as_job, plain = [], []
    for number in range(RUNS):
        # An approval is for one job.
        container.approving.approve(record.plan.id, record.digest or "", ACTOR)
        with fresh_hosts(folder / f"job-{number}"):
            as_job.append(_job(container, record.plan.id))
        with fresh_hosts(folder / f"plain-{number}"):
            plain.append(_plain(folder))
    return as_job, plain


def _job(container: Container, plan_id: str) -> float:
    began = time.perf_counter()
    job = container.launching.launch(plan_id, ACTOR)
    with container.local_queue():
        for _ in container.following.watch(job.id):
            pass
        took = time.perf_counter() - began
    ended = container.jobs.get(job.id)
    assert ended.status is JobStatus.SUCCEEDED, ended
    return took


def _plain(folder: Path) -> float:
    secrets = vars_file(folder / "secrets.yml", ansible_password=PASSWORD)
    began = time.perf_counter()
    told = run_playbook(folder / "exported", secrets, "--forks", "50", ANSIBLE_PIPELINING="True")
    took = time.perf_counter() - began
    statuses = step_statuses(told)
    assert len(statuses) == 6 * SITE.count, len(statuses)
    assert "failed" not in statuses.values()
    return took
