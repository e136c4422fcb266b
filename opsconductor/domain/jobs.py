# SPDX-License-Identifier: Apache-2.0
"""Jobs: one execution of one approved plan; slices: one ansible-runner invocation each."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from opsconductor.domain.base import Frozen, Platform


class JobStatus(StrEnum):
    """The life of a job."""

    QUEUED = "queued"
    WAITING = "waiting"  #: with a reason: lock, window, approval
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLING = "cancelling"
    SUCCEEDED = "succeeded"  #: every target good at every step
    PARTIALLY_FAILED = "partially_failed"  #: some targets failed, some succeeded
    FAILED = "failed"  #: no target succeeded
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"  #: a supervisor or Ansible was lost; can be resumed


#: The job is over.
ENDED = frozenset(
    {JobStatus.SUCCEEDED, JobStatus.PARTIALLY_FAILED, JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.INTERRUPTED}
)

#: Exit codes of commands that follow a job to its end (documented in docs/reference/cli.md).
EXIT_CODES = {
    JobStatus.SUCCEEDED: 0,
    JobStatus.PARTIALLY_FAILED: 20,
    JobStatus.FAILED: 21,
    JobStatus.CANCELLED: 22,
    JobStatus.INTERRUPTED: 23,
}


class Priority(StrEnum):
    """Which of the waiting jobs come first."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class SliceStatus(StrEnum):
    """The life of a slice."""

    CLAIMED = "claimed"  #: a dispatcher took it; its supervisor is starting
    RUNNING = "running"
    ENDED = "ended"
    INTERRUPTED = "interrupted"  #: its supervisor, or its Ansible, was lost


class Job(Frozen):
    """One execution of one approved plan."""

    id: str
    plan_id: str
    title: str
    status: JobStatus
    reason: str | None = None
    commit: str
    digest: str
    actor: str
    priority: Priority = Priority.NORMAL
    schedule_id: str | None = None  #: the schedule that started it
    after_job_id: str | None = None  #: the job that its runbook is chained to
    attempt: int = 1
    last_seq: int = 0
    #: Set only after a check that events are gap-free and every slice has ended.
    complete: bool = False
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def by_itself(self) -> bool:
        """Whether a schedule or a chain has started it, or somebody in its place."""
        return self.schedule_id is not None or self.after_job_id is not None


class Slice(Frozen):
    """(job, batch, lane, attempt): one ansible-runner invocation with its lease."""

    id: str
    job_id: str
    batch: int  #: 0-based
    lane: str  #: "windows/plain/default": play of the playbook / profile / zone
    platform: Platform
    attempt: int
    targets: tuple[str, ...]
    #: target → steps that an earlier attempt has done there: they are left out.
    done: dict[str, tuple[int, ...]] = Field(default_factory=dict)
    status: SliceStatus
    fence: int = 0  #: grows with every claim; writes with an older fence are refused
    lease_until: datetime | None = None
    supervisor_pid: int | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
