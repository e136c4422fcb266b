# SPDX-License-Identifier: Apache-2.0
"""The report of a machine: which template did what it says there, and what did not go as it should."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from opsconductor.domain.base import Frozen, Platform
from opsconductor.domain.plans import Step
from opsconductor.domain.results import GOOD, Result, ResultStatus

REPORT_SCHEMA_VERSION = 1


class Seen(StrEnum):
    """What a step was seen to do. The words of docs/reference/templates.md."""

    FORESEEN = "foreseen"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    UNDONE = "undone"
    READ = "read"


class Stage(StrEnum):
    """One of the runs that a part goes through."""

    DRY_RUN = "dry run"
    ROLLBACK = "rollback"
    RUN = "run"
    AGAIN = "second run"
    READ = "read"


class StepReport(Frozen):
    """One step of one part."""

    part: str
    intent: str
    params: dict[str, Any]
    seen: tuple[Seen, ...] = ()
    faults: tuple[str, ...] = Field(default=(), description="Stage and message of what did not go as it should.")

    @property
    def good(self) -> bool:
        """Whether all of it went as it should."""
        return not self.faults


class ConformanceReport(Frozen):
    """All of it; made to be sent back."""

    schema_version: int = REPORT_SCHEMA_VERSION
    version: str
    at: datetime
    platform: Platform
    connection: str
    host: dict[str, Any] = Field(description="What the machine says of its system; its name and addresses left out.")
    steps: tuple[StepReport, ...]

    @property
    def good(self) -> bool:
        """Whether every step went as it should."""
        return all(step.good for step in self.steps)


def judge(stage: Stage, step: Step, result: Result) -> tuple[Seen | None, str | None]:
    """What a cell shows, or what is wrong with it. Only steps that were asked for are judged."""
    message = result.message or result.reason or result.status.value
    if stage is Stage.ROLLBACK:
        return _judge_rollback(step, result, message)
    if result.status not in GOOD:
        return None, f"{stage.value}: {message}"
    if stage is Stage.READ:
        return Seen.READ, None
    if stage is Stage.DRY_RUN:
        return (Seen.FORESEEN, None) if result.changed else (None, None)
    if stage is Stage.RUN:
        return (Seen.CHANGED, None) if result.changed else (None, f"{stage.value}: it changed nothing")
    return (None, f"{stage.value}: it changed something again") if result.changed else (Seen.UNCHANGED, None)


def _judge_rollback(step: Step, result: Result, message: str) -> tuple[Seen | None, str | None]:
    if result.status is ResultStatus.ROLLED_BACK:
        return Seen.UNDONE, None
    if step.undo is None and result.status in GOOD:
        return None, None
    return None, f"{Stage.ROLLBACK.value}: {message}"
