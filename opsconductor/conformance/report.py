# SPDX-License-Identifier: Apache-2.0
"""The report of a machine: which template did what it says there, and what did not go as it should."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from opsconductor.domain.base import Frozen, Platform
from opsconductor.domain.results import Result, ResultStatus

REPORT_SCHEMA_VERSION = 1


class Seen(StrEnum):
    """What a step was seen to do. The words of docs/reference/templates.md."""

    FORESEEN = "foreseen"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    UNDONE = "undone"
    READ = "read"


class Stage(StrEnum):
    """One of the jobs that a part goes through."""

    DRY_RUN = "dry run"
    RUN = "run"  #: all steps, all of them again, and one that fails on purpose, so that everything is taken back
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


def judge_foreseen(result: Result) -> tuple[tuple[Seen, ...], str | None]:
    """What a cell of a dry run shows."""
    return (Seen.FORESEEN,) if result.changed else (), None


def judge_read(result: Result) -> tuple[tuple[Seen, ...], str | None]:
    """What a cell that only reads shows."""
    return (Seen.READ,), f"{Stage.READ}: it changed something" if result.changed else None


def judge_run(first: Result, again: Result) -> tuple[tuple[Seen, ...], str | None]:
    """What the two cells of a step show, in a job that was rolled back after the second."""
    seen = [Seen.CHANGED] if first.changed else []
    if not first.changed:
        return tuple(seen), f"{Stage.RUN}: it changed nothing"
    if again.changed:
        return tuple(seen), f"{Stage.RUN}: a second run changed something again"
    seen.append(Seen.UNCHANGED)
    if first.status is not ResultStatus.ROLLED_BACK:
        return tuple(seen), f"{Stage.RUN}: it was not taken back: {told(first)}"
    return (*seen, Seen.UNDONE), None


def told(result: Result) -> str:
    """What a cell says of itself."""
    return result.message or result.reason or result.status.value
