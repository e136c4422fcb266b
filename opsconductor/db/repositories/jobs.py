# SPDX-License-Identifier: Apache-2.0
"""Jobs in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select, update

from opsconductor.db.repositories.short_ids import by_part
from opsconductor.db.tables.jobs import JobRow
from opsconductor.domain.approvals import Approval
from opsconductor.domain.job_specs import JobSpec, LaunchedJob
from opsconductor.domain.jobs import ENDED, Job, JobStatus, Priority
from opsconductor.domain.queueing import Waiting
from opsconductor.errors import NotFound

_FIELDS = set(Job.model_fields)
#: Large, and only `launched` reads it.
_WITHOUT_SPEC = defer(JobRow.spec)  # type: ignore[arg-type]


def _job(row: JobRow) -> Job:
    return Job.model_validate(row.model_dump(include=_FIELDS))


class JobRepository:
    """All SQL about jobs."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def add(self, job: Job, spec: JobSpec, approval: Approval | None, idempotency_key: str | None) -> None:
        """Store a new job, which uses up that approval unless it is a standing one; None where it needs none."""
        more: dict[str, Any] = {"idempotency_key": idempotency_key, "spec": spec.model_dump(mode="json")}
        if approval is not None:
            more["standing_approval_id" if approval.standing else "approval_id"] = approval.id
        self.session.add(JobRow.model_validate(job.model_dump() | more))
        self.session.flush()

    def get(self, job_id: str) -> Job:
        """The job of that id, or of the only id that begins or ends so (eight characters or more)."""
        return _job(self._row(job_id))

    def launched(self, job_id: str) -> LaunchedJob:
        """The job with its specification."""
        row = self._row(job_id)
        return LaunchedJob(job=_job(row), spec=JobSpec.model_validate(row.spec))

    def by_key(self, actor: str, idempotency_key: str) -> Job | None:
        """The job this actor started with that key before."""
        statement = select(JobRow).where(JobRow.actor == actor, JobRow.idempotency_key == idempotency_key)
        statement = statement.options(_WITHOUT_SPEC)
        row = self.session.exec(statement).first()
        return _job(row) if row else None

    def by_approval(self, plan_id: str) -> dict[str, str]:
        """Which job each used approval of a plan was for: approval id → job id."""
        statement = select(JobRow.approval_id, JobRow.id).where(JobRow.plan_id == plan_id)
        return {approval: job for approval, job in self.session.exec(statement) if approval is not None}

    def by_hand(self, approval_id: str) -> str | None:
        """The id of the job that somebody started by this standing approval."""
        statement = select(JobRow.id).where(
            JobRow.standing_approval_id == approval_id,
            col(JobRow.schedule_id).is_(None),
            col(JobRow.after_job_id).is_(None),
        )
        return self.session.exec(statement.limit(1)).first()

    def approval_of(self, job_id: str) -> str | None:
        """The id of the approval that a job was started by."""
        statement = select(JobRow.approval_id, JobRow.standing_approval_id).where(JobRow.id == job_id)
        own, standing = self.session.exec(statement).one()
        return own or standing

    def of_schedule(self, schedule_id: str) -> list[Job]:
        """Jobs of a schedule that have not ended, oldest first."""
        statement = select(JobRow).where(JobRow.schedule_id == schedule_id, col(JobRow.status).not_in(sorted(ENDED)))
        return [_job(row) for row in self.session.exec(statement.options(_WITHOUT_SPEC).order_by(col(JobRow.id)))]

    def page(self, after: str | None, limit: int, plan_id: str | None = None) -> list[Job]:
        """Newest first; `after` is the id of the last job of the page before."""
        statement = select(JobRow).options(_WITHOUT_SPEC).order_by(col(JobRow.id).desc()).limit(limit)
        if after:
            statement = statement.where(col(JobRow.id) < after)
        if plan_id:
            statement = statement.where(JobRow.plan_id == plan_id)
        return [_job(row) for row in self.session.exec(statement)]

    def status(self, job_id: str) -> tuple[JobStatus, str | None]:
        """Status and reason."""
        status, reason = self.session.exec(select(JobRow.status, JobRow.reason).where(JobRow.id == job_id)).one()
        return JobStatus(status), reason

    def active(self) -> list[str]:
        """Ids of the jobs that are not over, oldest first."""
        statement = select(JobRow.id).where(col(JobRow.status).not_in(sorted(ENDED))).order_by(col(JobRow.id))
        return list(self.session.exec(statement))

    def line(self) -> list[Waiting]:
        """The jobs that are not over as the queue sees them, oldest first."""
        columns = (JobRow.id, JobRow.actor, JobRow.status, JobRow.reason, JobRow.priority, JobRow.attempt)
        statement = select(*columns, col(JobRow.started_at).is_not(None))  # type: ignore[call-overload]
        statement = statement.where(col(JobRow.status).not_in(sorted(ENDED))).order_by(col(JobRow.id))
        return [
            Waiting(id_, actor, JobStatus(status), reason, Priority(priority), attempt, started)
            for id_, actor, status, reason, priority, attempt, started in self.session.exec(statement)
        ]

    def specs(self, jobs: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Job → its specification as it is stored."""
        statement = select(JobRow.id, JobRow.spec).where(col(JobRow.id).in_(jobs))
        return {job_id: dict(spec) for job_id, spec in self.session.exec(statement)}

    def started(self) -> list[str]:
        """Ids of the jobs that have begun and are not over, oldest first."""
        statement = select(JobRow.id).where(
            col(JobRow.status).not_in(sorted(ENDED)), col(JobRow.started_at).is_not(None)
        )
        return list(self.session.exec(statement.order_by(col(JobRow.id))))

    def claim(self, job_id: str, *, wait: bool = False) -> Job | None:
        """Hold the job's row until the session ends; None when another process holds it (unless `wait`)."""
        statement = select(JobRow).options(_WITHOUT_SPEC).where(JobRow.id == job_id)
        statement = statement.with_for_update(skip_locked=not wait)
        row = self.session.exec(statement.execution_options(populate_existing=True)).first()
        return _job(row) if row else None

    def set_status(
        self, job_id: str, status: JobStatus, *, only_from: frozenset[JobStatus], reason: str | None, at: datetime
    ) -> bool:
        """Move a job on; False when it is in none of the states `only_from`."""
        values: dict[str, Any] = {"status": status.value, "reason": reason}
        if status in ENDED:
            values["ended_at"] = at
        if status is JobStatus.RUNNING:
            values["started_at"] = func.coalesce(JobRow.started_at, at)
        statement = (
            update(JobRow)
            .where(col(JobRow.id) == job_id, col(JobRow.status).in_([s.value for s in only_from]))
            .values(**values)
        )
        result: Any = self.session.exec(statement)
        return bool(result.rowcount)

    def begin_attempt(self, job_id: str, attempt: int, approval: Approval | None) -> None:
        """An ended job is queued once more; `approval`: what this attempt uses."""
        values: dict[str, Any] = {
            "status": JobStatus.QUEUED.value,
            "attempt": attempt,
            "approval_id": approval.id if approval and not approval.standing else None,
            "standing_approval_id": approval.id if approval and approval.standing else None,
            "reason": None,
            "complete": False,
            "started_at": None,
            "ended_at": None,
        }
        self.session.exec(update(JobRow).where(col(JobRow.id) == job_id).values(**values))

    def set_complete(self, job_id: str) -> None:
        """Say that every event of the job is stored, none missing."""
        self.session.exec(update(JobRow).where(col(JobRow.id) == job_id).values(complete=True))

    def _row(self, job_id: str) -> JobRow:
        row = self.session.get(JobRow, job_id, options=[_WITHOUT_SPEC])
        if row is None:
            row = by_part(self.session, select(JobRow).options(_WITHOUT_SPEC), JobRow.id, job_id)
        if row is None:
            raise NotFound(f"There is no job '{job_id}'.", remedy="`opsc jobs list` shows the jobs there are.")
        return row
