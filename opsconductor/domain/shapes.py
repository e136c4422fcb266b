# SPDX-License-Identifier: Apache-2.0
"""What is known of a job before it begins: its steps, its targets, and so its empty matrix."""

from pydantic import Field

from opsconductor.domain.answers import Column
from opsconductor.domain.base import Frozen, Platform
from opsconductor.domain.templates import CheckMode


class StepShape(Frozen):
    """What the fold must know of a step beforehand."""

    n: int  #: 1-based
    intent: str
    title: str
    seconds: float = 1.0  #: usual seconds on one target, where there is no history
    watched: float = 0.0  #: seconds for which it watches what it started, on top
    size: int = 0  #: bytes that it brings to each target
    targets: tuple[str, ...] | None = None  #: None: all
    #: Plays in which a fallback runs after a main that failed: that is not the end there.
    fallback: frozenset[str] = frozenset()
    #: Plays in which a failure is followed by taking back what was done on the target.
    rollback: frozenset[str] = frozenset()
    irreversible: str | None = None  #: why what it changes cannot be taken back
    repeatable: bool = False  #: it may be done again where nobody knows whether it was done
    check_mode: CheckMode | None = None  #: what a dry run can tell of it; None: it only reads, and does so
    #: Labels of reported states: state → text.
    states: dict[str, str] = Field(default_factory=dict)
    #: Columns of what the step answers on each target; empty: nothing but its state.
    columns: tuple[Column, ...] = ()


class JobShape(Frozen):
    """The empty matrix: which steps, which targets."""

    job_id: str
    title: str
    steps: tuple[StepShape, ...]
    targets: tuple[str, ...]
    platforms: dict[str, Platform]  #: target → platform
    plays: dict[str, str] = Field(default_factory=dict)  #: target → its play, where that is not its platform's
    dry_run: bool = False  #: nothing is changed: cells say what would be

    def timed_as(self, step: int) -> str:
        """The intent that a step's times are kept under: a dry run says nothing of how long the work itself takes."""
        intent = self.steps[step - 1].intent
        return f"dry:{intent}" if self.dry_run else intent

    def play(self, target: str | None) -> str | None:
        """The play that runs on a target."""
        return self.plays.get(target or "") or self.platforms.get(target or "")
