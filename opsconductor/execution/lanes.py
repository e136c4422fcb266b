# SPDX-License-Identifier: Apache-2.0
"""The lanes of a batch: targets that run in one ansible-runner invocation, apart from the others. Pure."""

from collections.abc import Collection, Iterable
from datetime import datetime

from opsconductor.domain.base import Platform
from opsconductor.domain.job_specs import JobTarget
from opsconductor.domain.jobs import Job, Slice, SliceStatus
from opsconductor.ids import new_id

PROFILE = "plain"
ZONE = "default"
#: The fence of a slice that only its supervisor has claimed.
FIRST_FENCE = 1


def lane(play: str) -> str:
    """Play of the playbook (a platform, or telnet) / execution profile / zone."""
    return f"{play}/{PROFILE}/{ZONE}"


def slices(
    job: Job, batch: int, names: Collection[str], targets: Iterable[JobTarget], lease_until: datetime
) -> list[Slice]:
    """One claimed slice per lane of the batch, in lane order."""
    lanes: dict[tuple[str, Platform], list[str]] = {}
    for target in targets:
        if target.name in names:
            play = target.play or target.platform.value
            lanes.setdefault((play, target.platform), []).append(target.name)
    return [
        Slice(
            id=new_id(),
            job_id=job.id,
            batch=batch,
            lane=lane(play),
            platform=platform,
            attempt=job.attempt,
            targets=tuple(members),
            status=SliceStatus.CLAIMED,
            fence=FIRST_FENCE,
            lease_until=lease_until,
        )
        for (play, platform), members in sorted(lanes.items())
    ]
