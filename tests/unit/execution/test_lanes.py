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
    linux, windows = slices(JOB, 3, {"w1", "w2", "l1"}, targets, NOW, {"l1": (1, 2), "other": (1,)})
    assert (linux.lane, linux.targets) == ("linux/plain/default", ("l1",))
    assert (windows.lane, windows.targets) == ("windows/plain/default", ("w2", "w1"))
    for piece in (linux, windows):
        assert (piece.job_id, piece.batch, piece.attempt, piece.fence) == ("j", 3, 2, 1)
        assert piece.status is SliceStatus.CLAIMED
        assert piece.lease_until == NOW
    assert (linux.done, windows.done) == ({"l1": (1, 2)}, {})
    assert linux.id != windows.id


def test_what_is_reached_over_telnet_has_a_lane_of_its_own() -> None:
    targets = [
        JobTarget(name="l1", asset_id="1", platform=Platform.LINUX, play="linux"),
        JobTarget(name="t1", asset_id="2", platform=Platform.LINUX, play="telnet"),
    ]
    linux, telnet = slices(JOB, 0, {"l1", "t1"}, targets, NOW, {})
    assert (linux.lane, linux.targets) == ("linux/plain/default", ("l1",))
    assert (telnet.lane, telnet.platform, telnet.targets) == ("telnet/plain/default", Platform.LINUX, ("t1",))


def test_targets_that_can_be_have_a_lane_of_the_fast_profile_where_it_is_on() -> None:
    targets = [
        JobTarget(name=name, asset_id=f"id-{name}", platform=platform, fast=fast)
        for name, platform, fast in (
            ("l1", Platform.LINUX, True),
            ("l2", Platform.LINUX, False),
            ("w1", Platform.WINDOWS, False),
            ("l3", Platform.LINUX, True),
        )
    ]
    found = {
        piece.lane: piece.targets for piece in slices(JOB, 0, {"l1", "l2", "l3", "w1"}, targets, NOW, {}, fast=True)
    }
    assert found == {
        "linux/fast/default": ("l1", "l3"),
        "linux/plain/default": ("l2",),
        "windows/plain/default": ("w1",),
    }
    plain = slices(JOB, 0, {"l1", "l2", "l3", "w1"}, targets, NOW, {})
    assert [piece.lane for piece in plain] == ["linux/plain/default", "windows/plain/default"]
