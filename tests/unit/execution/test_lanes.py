# SPDX-License-Identifier: Apache-2.0
"""One slice per lane of a batch."""

from datetime import UTC, datetime

from opsconductor.domain.base import Platform
from opsconductor.domain.job_specs import JobTarget
from opsconductor.domain.jobs import Job, JobStatus, SliceStatus
from opsconductor.execution.lanes import slices

NOW = datetime(2026, 1, 2, tzinfo=UTC)
JOB = Job(
    id="j",
    plan_id="p",
    title="t",
    status=JobStatus.RUNNING,
    commit="c",
    digest="d",
    actor="a",
    attempt=2,
    created_at=NOW,
)


def test_one_lane_per_platform_with_only_the_batchs_targets() -> None:
    targets = [
        JobTarget(name=name, asset_id=f"id-{name}", platform=platform)
        for name, platform in (
            ("w2", Platform.WINDOWS),
            ("l1", Platform.LINUX),
            ("w1", Platform.WINDOWS),
            ("other", Platform.LINUX),
        )
    ]
    linux, windows = slices(JOB, 3, {"w1", "w2", "l1"}, targets, NOW)
    assert (linux.lane, linux.targets) == ("linux/plain/default", ("l1",))
    assert (windows.lane, windows.targets) == ("windows/plain/default", ("w2", "w1"))
    for piece in (linux, windows):
        assert (piece.job_id, piece.batch, piece.attempt, piece.fence) == ("j", 3, 2, 1)
        assert piece.status is SliceStatus.CLAIMED
        assert piece.lease_until == NOW
    assert linux.id != windows.id


def test_what_is_reached_over_telnet_has_a_lane_of_its_own() -> None:
    targets = [
        JobTarget(name="l1", asset_id="1", platform=Platform.LINUX, play="linux"),
        JobTarget(name="t1", asset_id="2", platform=Platform.LINUX, play="telnet"),
    ]
    linux, telnet = slices(JOB, 0, {"l1", "t1"}, targets, NOW)
    assert (linux.lane, linux.targets) == ("linux/plain/default", ("l1",))
    assert (telnet.lane, telnet.platform, telnet.targets) == ("telnet/plain/default", Platform.LINUX, ("t1",))
