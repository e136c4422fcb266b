# SPDX-License-Identifier: Apache-2.0
"""What happened in a job, in order: the only source of its results and progress."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from opsconductor.domain.base import Frozen
from opsconductor.domain.results import Role

#: The version of stored events this code writes; the one before is still read.
EVENT_SCHEMA_VERSION = 1


class EventKind(StrEnum):
    """What an event tells."""

    SLICE_STARTED = "slice_started"
    PLAYBOOK_STARTED = "playbook_started"  #: Ansible has read the playbook and begins (no target)
    TASK_STARTED = "task_started"  #: a task began (no target)
    TARGET_STARTED = "target_started"  #: the task began on a target
    TARGET_OK = "target_ok"
    TARGET_FAILED = "target_failed"
    TARGET_SKIPPED = "target_skipped"
    TARGET_UNREACHABLE = "target_unreachable"
    TARGET_RETRY = "target_retry"
    TRANSFER = "transfer"  #: how far a large file has come: `data` holds `done` and `size`, bytes
    ITEM = "item"  #: one item of a loop
    WARNING = "warning"
    OUTPUT = "output"  #: text of Ansible that belongs to no task
    STATS = "stats"
    SLICE_ENDED = "slice_ended"
    NOT_RUN = "not_run"  #: cells that will never start, with the reason
    ATTEMPT = "attempt"  #: cells are opened once more: `data` says which, see `domain.attempts`
    PROCESSES = "processes"  #: what became of the step's processes on the target, after it was cut off
    JOB_STATUS = "job_status"  #: the job's own status changed; `message` holds the reason


#: A task has come to its end on a target.
TASK_ENDS = frozenset(
    {EventKind.TARGET_OK, EventKind.TARGET_FAILED, EventKind.TARGET_SKIPPED, EventKind.TARGET_UNREACHABLE}
)


class JobEvent(Frozen):
    """One event. `seq` is gap-free per job; (slice_id, key) makes replay idempotent."""

    schema_version: int = EVENT_SCHEMA_VERSION
    job_id: str
    seq: int
    slice_id: str | None = None
    key: str  #: ansible-runner's event uuid, or a name of ours unique in the slice
    kind: EventKind
    at: datetime
    step: int | None = None  #: 1-based
    role: Role | None = None
    last: bool = False  #: of the last task of its step
    target: str | None = None
    task: str | None = None  #: the task's name
    changed: bool = False
    ignored: bool = False  #: failed, and the playbook goes on (ignore_errors, rescued)
    message: str | None = None  #: one line for people
    seconds: float | None = None  #: duration of the task on the target
    data: dict[str, Any] = Field(
        default_factory=dict
    )  #: the module's result; no differences, see `previews.without_diffs`
