# SPDX-License-Identifier: Apache-2.0
"""What every supervisor does with the database, done once and taken back, so that forks find it done before: the first
time a statement is put together takes as long as many times after it."""

from datetime import datetime, timedelta

from sqlmodel import Session

from opsconductor.clock import utc_now
from opsconductor.db.engine import Database
from opsconductor.db.repositories.artifacts import ArtifactRepository
from opsconductor.db.repositories.assets import AssetRepository
from opsconductor.db.repositories.credentials import CredentialRepository
from opsconductor.db.repositories.events import EventRepository
from opsconductor.db.repositories.jobs import JobRepository
from opsconductor.db.repositories.plans import PlanRepository
from opsconductor.db.repositories.results import ResultRepository
from opsconductor.db.repositories.slices import SliceRepository
from opsconductor.db.tables import all_tables
from opsconductor.domain.base import Platform
from opsconductor.domain.events import EventKind, JobEvent
from opsconductor.domain.job_specs import JobSpec, JobTarget
from opsconductor.domain.jobs import Job, JobStatus, Slice, SliceStatus
from opsconductor.domain.lint import LintVerdict
from opsconductor.domain.plans import Outcome, Plan, PlanRecord, PlanStatus
from opsconductor.domain.progress import ProgressFold
from opsconductor.domain.shapes import JobShape, StepShape
from opsconductor.execution.endings import slice_event
from opsconductor.ids import new_id

_NAME = "rehearsal"


def rehearse(database: Database) -> None:
    """Run a made-up slice's statements in one unit of work, and take it back. Nobody ever sees its rows.

    All connections of the database are closed then: a fork must not inherit one.
    """
    all_tables()  # a made-up job refers to tables that a supervisor never asks
    try:
        with Session(database.engine, expire_on_commit=False) as session:
            try:
                _slice(session, utc_now())
            finally:
                session.rollback()
    finally:
        database.engine.dispose()


def _slice(session: Session, now: datetime) -> None:
    job, spec, piece = _launched(session, now)
    slices, until = SliceRepository(session), now + timedelta(seconds=1)
    slices.begin(piece.id, piece.fence, 1, now, until)
    session.expunge_all()
    slices.get(piece.id)
    JobRepository(session).launched(job.id)
    ResultRepository(session).values(job.id, piece.targets)
    JobRepository(session).status(job.id)
    slices.fence(piece.id)
    CredentialRepository(session).some([_NAME])
    AssetRepository(session).interpreters([_NAME])
    stored = EventRepository(session).of_job(job.id)
    fold = ProgressFold(spec.shape).apply_all(stored)
    # The first event of a slice; then what a task tells, one of its targets and many.
    for events in (
        [slice_event(piece, EventKind.SLICE_STARTED, now, None)],
        [_event(piece, EventKind.TASK_STARTED, now, None), _event(piece, EventKind.TARGET_STARTED, now, _NAME)],
        [_event(piece, EventKind.TARGET_OK, now, _NAME)],
    ):
        added = EventRepository(session).append(events, fence=piece.fence, known=set())
        fold.apply_all(added)
        ResultRepository(session).save(job.id, fold.take_changes())
        ArtifactRepository(session).add_outputs(added)
        session.flush()
    slices.renew(piece.id, piece.fence, until)
    slices.finish(piece.id, piece.fence, SliceStatus.ENDED, now)


def _launched(session: Session, now: datetime) -> tuple[Job, JobSpec, Slice]:
    plan = Plan(id=new_id(), outcome=Outcome.PLAN, text=_NAME, title=_NAME)
    record = PlanRecord(plan=plan, status=PlanStatus.APPROVED, lint=LintVerdict(), actor=_NAME, created_at=now)
    PlanRepository(session).add(record)
    job = Job(
        id=new_id(),
        plan_id=plan.id,
        title=_NAME,
        status=JobStatus.RUNNING,
        commit="",
        digest="",
        actor=_NAME,
        created_at=now,
    )
    shape = JobShape(
        job_id=job.id,
        title=_NAME,
        steps=(StepShape(n=1, intent=_NAME, title=_NAME),),
        targets=(_NAME,),
        platforms={_NAME: Platform.LINUX},
    )
    target = JobTarget(name=_NAME, asset_id=_NAME, platform=Platform.LINUX)
    spec = JobSpec(shape=shape, targets=(target,))
    JobRepository(session).add(job, spec, None, None)
    piece = Slice(
        id=new_id(),
        job_id=job.id,
        batch=0,
        lane=_NAME,
        platform=Platform.LINUX,
        attempt=1,
        targets=(_NAME,),
        status=SliceStatus.CLAIMED,
    )
    SliceRepository(session).add([piece])
    return job, spec, piece


def _event(piece: Slice, kind: EventKind, now: datetime, target: str | None) -> JobEvent:
    return JobEvent(
        job_id=piece.job_id,
        slice_id=piece.id,
        seq=0,
        key=kind.value,
        kind=kind,
        at=now,
        step=1,
        target=target,
        last=True,
    )
