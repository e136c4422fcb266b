# SPDX-License-Identifier: Apache-2.0
"""Results: one step on one target."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from opsconductor.domain.base import Frozen


class ResultStatus(StrEnum):
    """The state of one cell of the step × target matrix."""

    PENDING = "pending"  #: not started
    RUNNING = "running"  #: a task of the step is under way on the target
    OK = "ok"  #: done, nothing had to change
    CHANGED = "changed"  #: done, something changed
    SKIPPED = "skipped"  #: its condition or guard said it was not needed
    FAILED = "failed"
    UNREACHABLE = "unreachable"  #: the connection could not be made or was lost
    CANCELLED = "cancelled"
    ROLLED_BACK = "rolled_back"
    NOT_RUN = "not_run"  #: never started, with a reason
    UNKNOWN = "unknown"  #: in flight when its supervisor or Ansible was lost


#: A cell that will not change any more in this attempt.
FINAL = frozenset(ResultStatus) - {ResultStatus.PENDING, ResultStatus.RUNNING}
#: A cell that stops its target.
STOPPING = frozenset({ResultStatus.FAILED, ResultStatus.UNREACHABLE, ResultStatus.ROLLED_BACK, ResultStatus.UNKNOWN})
#: A cell that did what was asked.
GOOD = frozenset({ResultStatus.OK, ResultStatus.CHANGED, ResultStatus.SKIPPED})


class Role(StrEnum):
    """What a task does within its step; the last word of its name."""

    GUARD = "guard"  #: finds out whether the step is needed; sets `opsc_s<N>`
    CAPTURE = "capture"  #: keeps what undo needs; sets `opsc_s<N>`
    MAIN = "main"
    FALLBACK = "fallback"
    VERIFY = "verify"
    UNDO = "undo"


class TaskPlace(Frozen):
    """Where a task of the rendered playbook belongs; written by the renderer, read by the fold."""

    line: int  #: line of the task in playbook.yml, 1-based, as Ansible's task_path reports it
    step: int  #: 1-based
    role: Role
    last: bool = False  #: the last task of its step on its platform, or the end of its rollback there
    rescue: bool = False  #: it runs only after another task of its step has failed
    name: str


class Result(Frozen):
    """One cell."""

    step: int  #: 1-based
    target: str
    status: ResultStatus = ResultStatus.PENDING
    changed: bool = False
    message: str | None = None
    state: str | None = None  #: what the step reports, e.g. "running", "stopped"
    reason: str | None = None  #: why not_run, skipped, cancelled
    started_at: datetime | None = None
    ended_at: datetime | None = None
    #: Value of opsc_s<N>: guard and capture facts, JSON.
    facts: dict[str, Any] = Field(default_factory=dict)


def reported_state(result: Result, *, verified: bool) -> dict[str, Any]:
    """What a cell that has just become final leaves to report: the goal it set out for only where it is reached.

    `verified` says that its last task ran and went well; a preview leaves that task out.
    """
    state = result.state or result.facts.get("state")
    if state is None and verified and result.status in {ResultStatus.OK, ResultStatus.CHANGED}:
        state = result.facts.get("goal")
    return {"state": state} if isinstance(state, str) else {}


def joined(*messages: str | None) -> str | None:
    """What was said, one after the other."""
    return "; ".join(message for message in messages if message) or None
