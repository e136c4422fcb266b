# SPDX-License-Identifier: Apache-2.0
"""Batches with real Ansible: on this machine under several names, and on fifty light hosts over SSH."""

from collections.abc import Collection

import pytest

from opsconductor.domain.base import Platform
from opsconductor.domain.inventory import BoundTarget
from opsconductor.domain.jobs import Job, JobStatus
from opsconductor.domain.plans import Options
from opsconductor.domain.results import ResultStatus, Role
from tests.fixtures.job_world import Task, World, local_target
from tests.fixtures.light_hosts import bind
from tests.lab.lab import Lab


def _task(failed: Collection[str]) -> Task:
    """It fails on these targets."""
    names = ", ".join(f"'{name}'" for name in sorted(failed))
    text = f"ansible.builtin.command: 'true'\nchanged_when: false\nfailed_when: inventory_hostname in [{names}]"
    return Task(1, Role.MAIN, text)


def _run(world: World, targets: list[BoundTarget], failed: Collection[str], **options: object) -> Job:
    plan = world.plan([_task(failed)], targets, options=Options.model_validate(options))
    return world.ended(world.launching.launch(plan, "local:tester").id, timeout=600)


def _names(world: World, job: Job, status: ResultStatus) -> list[str]:
    return [r.target for r in world.following.results(job.id) if r.status is status]


def test_the_third_failure_stops_the_job_before_its_next_batch(world: World) -> None:
    names = [f"t{n:02}" for n in range(10)]
    ended = _run(world, [local_target(n) for n in names], {"t00", "t03", "t04"}, batch="20%", max_fail=2)
    assert (ended.status, ended.reason) == (JobStatus.PARTIALLY_FAILED, "max_fail: 3 of 10 failed, 2 allowed")
    assert _names(world, ended, ResultStatus.OK) == ["t01", "t02", "t05"]
    assert _names(world, ended, ResultStatus.FAILED) == ["t00", "t03", "t04"]
    unrun = [r for r in world.following.results(ended.id) if r.status is ResultStatus.NOT_RUN]
    assert [r.target for r in unrun] == names[6:]
    assert {r.reason for r in unrun} == {ended.reason}


def test_a_whole_failed_batch_of_two_lanes_is_followed_by_the_next(world: World) -> None:
    targets = [local_target("l1"), local_target("w1", Platform.WINDOWS), local_target("l2"), local_target("l3")]
    ended = _run(world, targets, {"l1", "w1"}, batch=2)
    assert ended.status is JobStatus.PARTIALLY_FAILED
    assert _names(world, ended, ResultStatus.FAILED) == ["l1", "w1"]
    assert _names(world, ended, ResultStatus.OK) == ["l2", "l3"]


@pytest.mark.soak  # its sample is the first test here
def test_fifty_hosts_in_batches_of_a_tenth_stop_when_the_third_fails(world: World, linux_lab: Lab) -> None:
    hosts = linux_lab.up_light(*(f"fifty-{n:02}" for n in range(50)))
    try:
        failed = {"fifty-03", "fifty-06", "fifty-10"}
        ended = _run(world, bind(world, hosts), failed, batch="10%", max_fail=2)
        assert (ended.status, ended.reason) == (JobStatus.PARTIALLY_FAILED, "max_fail: 3 of 50 failed, 2 allowed")
        assert set(_names(world, ended, ResultStatus.FAILED)) == failed
        assert len(_names(world, ended, ResultStatus.OK)) == 12
        assert _names(world, ended, ResultStatus.NOT_RUN) == [host.name for host in hosts[15:]]
        told = [entry.message for entry in world.following.log(ended.id)]
        assert any("max_fail: 3 of 50 failed, 2 allowed" in message for message in told)
    finally:
        linux_lab.down(hosts)
