# SPDX-License-Identifier: Apache-2.0
"""The lanes of a batch: targets that run in one ansible-runner invocation, apart from the others. Pure."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from opsconductor.domain.base import Platform
from opsconductor.domain.job_specs import JobTarget
from opsconductor.domain.jobs import Job, Slice, SliceStatus
from opsconductor.execution.profiles import FAST, PLAIN
from opsconductor.ids import new_id

ZONE = "default"
#: The fence of a slice that only its supervisor has claimed.
FIRST_FENCE = 1


def lane(play: str, profile: str = PLAIN) -> str:
    """Play of the playbook (a platform, or telnet) / execution profile / zone."""
    return f"{play}/{profile}/{ZONE}"


def slices(
    job: Job,
    batch: int,
    names: Collection[str],
    targets: Iterable[JobTarget],
    lease_until: datetime,
    done: Mapping[str, tuple[int, ...]],
    *,
    fast: bool = False,
) -> list[Slice]:
    """One claimed slice per lane of the batch, in lane order.

    `done`: target → steps that are left out there; `fast`: targets that can be go to the fast profile.
    """
    lanes: dict[tuple[str, str, Platform], list[str]] = {}
    for target in targets:
        if target.name in names:
            play = target.play or target.platform.value
            lanes.setdefault((play, FAST if fast and target.fast else PLAIN, target.platform), []).append(target.name)
    return [
        Slice(
            id=new_id(),
            job_id=job.id,
            batch=batch,
            lane=lane(play, profile),
            platform=platform,
            attempt=job.attempt,
            targets=tuple(members),
            done={name: done[name] for name in members if done.get(name)},
            status=SliceStatus.CLAIMED,
            fence=FIRST_FENCE,
            lease_until=lease_until,
        )
        for (play, profile, platform), members in sorted(lanes.items())
    ]
