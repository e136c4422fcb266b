# SPDX-License-Identifier: Apache-2.0
"""What became of chained runbooks, in the database."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select, update

from opsconductor.db.tables.chains import ChainStepRow
from opsconductor.db.tables.jobs import JobRow
from opsconductor.domain.chains import ChainStatus, ChainStep
from opsconductor.domain.jobs import ENDED, JobStatus


def _step(row: ChainStepRow) -> ChainStep:
    return ChainStep.model_validate(row.model_dump())


class ChainRepository:
    """All SQL about chains."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def add(self, steps: Iterable[ChainStep]) -> None:
        """Store the links after a new job."""
        for step in steps:
            self.session.add(ChainStepRow.model_validate(step.model_dump() | {"link": step.link.model_dump()}))
        self.session.flush()

    def after(self, job_id: str) -> list[ChainStep]:
        """What follows a job, in the order of its runbook."""
        statement = select(ChainStepRow).where(ChainStepRow.after_job_id == job_id)
        return [_step(row) for row in self.session.exec(statement.order_by(col(ChainStepRow.place)))]

    def ready(self, now: datetime) -> list[tuple[ChainStep, JobStatus]]:
        """Pending ones whose job has ended and that nobody is at, with how it ended.

        An interrupted job may be gone on with: what follows it stays pending.
        """
        ended = sorted(ENDED - {JobStatus.INTERRUPTED})
        statement = (
            select(ChainStepRow, JobRow.status)
            .join(JobRow, col(JobRow.id) == col(ChainStepRow.after_job_id))
            .where(
                ChainStepRow.status == ChainStatus.PENDING.value,
                col(JobRow.status).in_(ended),
                or_(col(ChainStepRow.claimed_until).is_(None), col(ChainStepRow.claimed_until) < now),
            )
            .order_by(col(ChainStepRow.id))
        )
        return [(_step(row), JobStatus(status)) for row, status in self.session.exec(statement)]

    def waiting(self) -> list[ChainStep]:
        """Those that wait for the approval of their plan."""
        statement = select(ChainStepRow).where(ChainStepRow.status == ChainStatus.WAITING.value)
        return [_step(row) for row in self.session.exec(statement.order_by(col(ChainStepRow.id)))]

    def waits_for(self, plan_id: str) -> ChainStep | None:
        """The one that waits for the approval of this plan."""
        statement = select(ChainStepRow).where(
            ChainStepRow.plan_id == plan_id, ChainStepRow.status == ChainStatus.WAITING.value
        )
        row = self.session.exec(statement.limit(1)).first()
        return _step(row) if row else None

    def reopen(self, job_id: str) -> None:
        """The job goes on: what followed its end so far is decided anew when it ends again.

        What was started stays, and so does what somebody has rejected. Who is making a plan of one finds it changed.
        """
        undecided = and_(col(ChainStepRow.status) == ChainStatus.SKIPPED.value, col(ChainStepRow.plan_id).is_(None))
        others = (ChainStatus.PENDING.value, ChainStatus.WAITING.value, ChainStatus.FAILED.value)
        statement = update(ChainStepRow).where(
            col(ChainStepRow.after_job_id) == job_id, or_(undecided, col(ChainStepRow.status).in_(others))
        )
        fresh = {"status": ChainStatus.PENDING.value, "reason": None, "plan_id": None, "claimed_until": None}
        self.session.exec(statement.values(**fresh, decided_at=None))

    def claim(self, step: ChainStep, until: datetime) -> bool:
        """Take it upon oneself to make its plan; False when another has."""
        return self._update(step, {"claimed_until": until})

    def settle(self, step: ChainStep, status: ChainStatus, now: datetime, **values: Any) -> bool:
        """Move it on; False when it is not as it was."""
        return self._update(step, {"status": status.value, "decided_at": now, "claimed_until": None, **values})

    def _update(self, step: ChainStep, values: dict[str, Any]) -> bool:
        claimed = ChainStepRow.claimed_until
        same = col(claimed).is_(None) if step.claimed_until is None else col(claimed) == step.claimed_until
        statement = update(ChainStepRow).where(
            col(ChainStepRow.id) == step.id, col(ChainStepRow.status) == step.status.value, same
        )
        result: Any = self.session.exec(statement.values(**values))
        return bool(result.rowcount)
