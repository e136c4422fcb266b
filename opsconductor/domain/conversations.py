# SPDX-License-Identifier: Apache-2.0
"""What a request may follow up: the plan an actor spoke of last, and how its newest job ended."""

from datetime import datetime

from opsconductor.domain.base import Frozen
from opsconductor.domain.jobs import ENDED, JobStatus
from opsconductor.domain.results import GOOD, Result, ResultStatus


class Conversation(Frozen):
    """Where an actor's conversation stands."""

    actor: str
    plan_id: str | None = None  #: None: there is nothing to follow up, or it was forgotten
    updated_at: datetime | None = None  #: None: the actor never spoke


class JobOutcome(Frozen):
    """The newest job of a plan with its cells."""

    job_id: str
    status: JobStatus
    targets: tuple[str, ...]
    cells: tuple[Result, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether nothing of it will change any more."""
        return self.status in ENDED

    def state(self, target: str) -> ResultStatus:
        """How it ended on a target: the first step that did not end well decides, `ok` when all did."""
        cells = sorted((c for c in self.cells if c.target == target), key=lambda c: c.step)
        if not cells:
            return ResultStatus.NOT_RUN
        return next((c.status for c in cells if c.status not in GOOD), ResultStatus.OK)

    def done(self, step: int) -> tuple[str, ...]:
        """Targets on which a step (1-based) ended ok or changed."""
        well = (ResultStatus.OK, ResultStatus.CHANGED)
        return tuple(c.target for c in self.cells if c.step == step and c.status in well)

    def changed(self, step: int) -> tuple[str, ...]:
        """Targets on which a step (1-based) changed something, whether or not it went on well, and kept it."""
        return tuple(
            c.target
            for c in self.cells
            if c.step == step
            and c.status is not ResultStatus.ROLLED_BACK
            and (c.changed or c.status is ResultStatus.CHANGED)
        )
