# SPDX-License-Identifier: Apache-2.0
"""Jobs that stay as they are: at each tick what they wait for is looked at, and not all that was told of them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from opsconductor.db.repositories.freezes import FreezeRepository
from opsconductor.db.repositories.jobs import JobRepository
from opsconductor.db.repositories.target_locks import TargetLockRepository
from opsconductor.domain.jobs import Job, JobStatus
from opsconductor.execution.capacity import Room

_RESTING = frozenset({JobStatus.PAUSED, JobStatus.WAITING})


@dataclass(frozen=True, slots=True)
class Around:
    """What stands in the way of jobs: the freeze, and the locks (how many, and when the last was taken)."""

    freeze: str | None
    locks: tuple[int, datetime | None]


@dataclass(frozen=True, slots=True)
class _Rest:
    """How all stood when there was nothing to do for a job."""

    job: tuple[JobStatus, str | None, int]
    around: Around
    #: Slices and bytes that there was no room for.
    need: tuple[int, int] | None
    until: datetime | None


class Resting:
    """What one dispatcher remembers."""

    def __init__(self) -> None:
        self._rests: dict[str, _Rest] = {}

    @staticmethod
    def around(session: Session) -> Around:
        """To be read before it is decided that a job waits."""
        freeze = FreezeRepository(session).standing()
        return Around(freeze.id if freeze else None, TargetLockRepository(session).stamp())

    def note(self, job: Job, around: Around, need: tuple[int, int] | None, until: datetime | None) -> None:
        """There was nothing to do for the job; by itself it goes on at `until`."""
        if job.status in _RESTING:
            self._rests[job.id] = _Rest(_stands(job), around, need, until)

    def goes_on(self, session: Session, job_id: str, room: Room, now: datetime) -> bool:
        """Whether there still is nothing to do for it."""
        rest = self._rests.get(job_id)
        if rest is None:
            return False
        same = rest.job == _stands(JobRepository(session).get(job_id)) and rest.around == self.around(session)
        if same and (rest.until is None or now < rest.until) and not (rest.need and room.grants(*rest.need)):
            return True
        del self._rests[job_id]
        return False

    def forget_all_but(self, jobs: Collection[str]) -> None:
        """The others are over."""
        self._rests = {job_id: rest for job_id, rest in self._rests.items() if job_id in jobs}


def _stands(job: Job) -> tuple[JobStatus, str | None, int]:
    return job.status, job.reason, job.last_seq
