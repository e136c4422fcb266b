# SPDX-License-Identifier: Apache-2.0
"""Jobs in the database."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import defer
from sqlmodel import Session, col, select, update

from opsconductor.db.repositories.short_ids import by_part
from opsconductor.db.tables.jobs import JobRow
from opsconductor.domain.job_specs import JobSpec, LaunchedJob
from opsconductor.domain.jobs import ENDED, Job, JobStatus
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

    def add(self, job: Job, spec: JobSpec, approval_id: str | None, idempotency_key: str | None) -> None:
        """Store a new job, which uses up that approval; None where it needs none."""
        more = {"approval_id": approval_id, "idempotency_key": idempotency_key, "spec": spec.model_dump(mode="json")}
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
        statement = (
            update(JobRow)
            .where(col(JobRow.id) == job_id, col(JobRow.status).in_([s.value for s in only_from]))
            .values(**values)
        )
        result: Any = self.session.exec(statement)
        if status is JobStatus.RUNNING:
            self.session.exec(
                update(JobRow).where(col(JobRow.id) == job_id, col(JobRow.started_at).is_(None)).values(started_at=at)
            )
        return bool(result.rowcount)

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
