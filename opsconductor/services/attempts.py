# SPDX-License-Identifier: Apache-2.0
"""Going on with a job that has ended: a further attempt from the same commit, behind what is done already."""

from collections.abc import Sequence
from typing import Protocol

from sqlmodel import Session

from opsconductor.clock import utc_now
from opsconductor.db.engine import Database
from opsconductor.db.repositories.chains import ChainRepository
from opsconductor.db.repositories.events import EventRepository
from opsconductor.db.repositories.jobs import JobRepository
from opsconductor.db.repositories.results import ResultRepository
from opsconductor.domain.approvals import Approval
from opsconductor.domain.attempts import Answers, Doubtful, Which, reopen
from opsconductor.domain.events import EventKind, JobEvent
from opsconductor.domain.job_specs import LaunchedJob
from opsconductor.domain.jobs import ENDED, Job, JobStatus
from opsconductor.domain.plans import PlanRecord
from opsconductor.domain.progress import ProgressFold
from opsconductor.domain.reopening import Reopened
from opsconductor.domain.topics import job_topic
from opsconductor.errors import Conflict, InvalidInput, NotFound
from opsconductor.ids import new_id, short
from opsconductor.playbooks.rendered import DONE, PLAYBOOK
from opsconductor.pubsub.broker import Broker
from opsconductor.queue.queue import Queue
from opsconductor.services.audit import AuditService
from opsconductor.services.job_status import status_event
from opsconductor.services.jobs import JobService
from opsconductor.services.shaping import CommitReader

#: Doubtful cells that a message names; the error's context names all.
_NAMED = 5
NO_ANSWERS = Answers()


class Approvals(Protocol):
    """Who knows whether a job may go on."""

    def require_valid(self, plan_id: str) -> PlanRecord:
        """The plan, approved as it is now or in need of no approval; raises NotApproved otherwise."""

    def take_again(self, session: Session, job: Job) -> Approval | None:
        """The approval that a further attempt of the job uses; None where it needs none. Raises NotApproved."""


class RepeatOrSkip(Conflict):
    """Nobody knows whether some steps have done their work, and doing them twice may do harm."""

    code = "repeat-or-skip"


class AttemptService:
    """Retries and resumes jobs."""

    def __init__(
        self,
        database: Database,
        approvals: Approvals,
        commits: CommitReader,
        audit: AuditService,
        queue: Queue,
        broker: Broker,
        jobs: JobService,
    ) -> None:
        self.database = database
        self.approvals = approvals
        self.commits = commits
        self.audit = audit
        self.queue = queue
        self.broker = broker
        self.jobs = jobs

    def retry(
        self, job_id: str, actor: str, *, only: Sequence[str] | None = None, answers: Answers = NO_ANSWERS
    ) -> Job:
        """Run an ended job once more where it did not end well, each target from the step that did not.

        `only` narrows it to some targets. Raises RepeatOrSkip, which names cells that need an answer; NotApproved
        when the plan is not approved any more, or is not what it was.
        """
        return self._begin(job_id, actor, Which.NOT_GOOD, only, answers)

    def resume(self, job_id: str, actor: str, answers: Answers = NO_ANSWERS) -> Job:
        """Go on with a paused job, or with an interrupted one at the first cell that was not done on each target.

        Targets where a step has failed stay as they are. Raises RepeatOrSkip and NotApproved as `retry` does.
        """
        job = self.jobs.get(job_id)
        if job.status in ENDED - {JobStatus.INTERRUPTED}:
            raise Conflict(
                f"Job {short(job.id)} is {job.status.value.replace('_', ' ')}; it cannot be resumed.",
                remedy=f"`opsc retry {short(job.id)}` runs it once more where it did not end well.",
            )
        if job.status is not JobStatus.INTERRUPTED:
            return self.jobs.resume(job.id, actor)
        return self._begin(job.id, actor, Which.HELD_UP, None, answers)

    def _begin(self, job_id: str, actor: str, which: Which, only: Sequence[str] | None, answers: Answers) -> Job:
        job = self.jobs.get(job_id)
        _refuse_open(job)
        self.approvals.require_valid(job.plan_id)  # takes its time: not within the unit of work
        with self.database.reading() as session:
            launched = JobRepository(session).launched(job.id)
        _refuse_strange(launched, only, answers)
        with self.database.session() as session:
            job = self._held(session, job.id)
            _refuse_open(job)
            fold = ProgressFold(launched.spec.shape).apply_all(EventRepository(session).of_job(job.id))
            fold.take_changes()
            opened, doubtful = reopen(
                job.attempt + 1,
                launched.spec.shape,
                fold.results,
                EventRepository(session).begun(job.id),
                which,
                only=only,
                answers=answers,
            )
            if doubtful:
                raise _question(job, which, doubtful)
            if not opened.cells:
                raise _nothing(job, which)
            self._refuse_old(job, opened, fold)
            self._store(session, job, fold, opened, actor, answers, which)
            begun = JobRepository(session).get(job.id)
        self.broker.publish(job_topic(job.id))
        self.queue.submit(job.id)
        return begun

    def _store(
        self,
        session: Session,
        job: Job,
        fold: ProgressFold,
        opened: Reopened,
        actor: str,
        answers: Answers,
        which: Which,
    ) -> None:
        now, count = utc_now(), len(opened.cells)
        verb = "resumed" if which is Which.HELD_UP else "retried"
        reason = f"attempt {opened.attempt}, {verb} by {actor}: {count} target{'s' if count > 1 else ''}"
        approval = self.approvals.take_again(session, job)
        JobRepository(session).begin_attempt(job.id, opened.attempt, approval)
        ChainRepository(session).reopen(job.id)
        ResultRepository(session).forget(job.id, opened.forget)
        told = JobEvent(
            job_id=job.id,
            seq=0,
            key=f"attempt-{new_id()}",
            kind=EventKind.ATTEMPT,
            at=now,
            message=f"left out by {actor}: taken as done" if opened.skip else None,
            data=opened.model_dump(mode="json"),
        )
        events = EventRepository(session).append([told, status_event(job.id, JobStatus.QUEUED, reason, now)])
        fold.apply_all(events)
        ResultRepository(session).save(job.id, fold.take_changes())
        details = {
            "plan": job.plan_id,
            "attempt": opened.attempt,
            "approval": approval.id if approval else None,
            "targets": sorted(opened.cells),
            **answers.model_dump(mode="json"),
        }
        self.audit.append(session, actor, f"job.{verb}", f"job:{job.id}", details)

    def _refuse_old(self, job: Job, opened: Reopened, fold: ProgressFold) -> None:
        """A playbook without the condition would do again what is done."""
        if DONE in self.commits.read(job.commit, PLAYBOOK).decode():
            return
        reopened = {(step, target) for target, steps in opened.cells.items() for step in steps}
        if any(target in opened.cells and (step, target) not in reopened for step, target in fold.results):
            raise Conflict(
                f"The playbook of job {short(job.id)} cannot begin behind a step: an older version has written it.",
                remedy="Make a new plan from the request.",
            )

    @staticmethod
    def _held(session: Session, job_id: str) -> Job:
        job = JobRepository(session).claim(job_id, wait=True)
        assert job is not None  # noqa: S101 - jobs are never deleted
        return job


def _refuse_open(job: Job) -> None:
    if job.status not in ENDED:
        raise Conflict(
            f"Job {short(job.id)} is {job.status.value}: it has not ended.",
            remedy=f"Follow it: `opsc watch {short(job.id)}`.",
        )


def _refuse_strange(launched: LaunchedJob, only: Sequence[str] | None, answers: Answers) -> None:
    shape = launched.spec.shape
    if unknown := [name for name in only or () if name not in shape.targets]:
        raise NotFound(
            f"The job has no target '{unknown[0]}'.", remedy=f"Its targets: `opsc jobs show {short(shape.job_id)}`."
        )
    if strange := answers.strange(shape):
        raise InvalidInput(
            f"'{strange[0]}' is no step of the job, or is both to be repeated and to be left out.",
            remedy='Say "3" for step 3, or "3:web-01" for step 3 on web-01.',
        )


def _question(job: Job, which: Which, doubtful: list[Doubtful]) -> RepeatOrSkip:
    steps: dict[tuple[int, str], list[str]] = {}
    for cell in doubtful:
        steps.setdefault((cell.step, cell.title), []).append(cell.target)
    named = [
        f"step {step} ({title}) on {', '.join(names[:_NAMED])}"
        + (f" and {len(names) - _NAMED} more" * (len(names) > _NAMED))
        for (step, title), names in sorted(steps.items())
    ]
    verb = "resume" if which is Which.HELD_UP else "retry"
    step = doubtful[0].step
    return RepeatOrSkip(
        f"It is not known whether this was done, and doing it twice may do harm: {'; '.join(named)}.",
        remedy=f"Look at the machines. Then repeat it: `opsc {verb} {short(job.id)} --repeat {step}`, or take it as "
        f"done: `--skip {step}`. For one target: `--repeat {step}:{doubtful[0].target}`.",
        cells=[cell.model_dump(mode="json") for cell in doubtful],
    )


def _nothing(job: Job, which: Which) -> Conflict:
    if which is Which.HELD_UP:
        return Conflict(
            f"Nothing of job {short(job.id)} was left undone: its other targets have failed.",
            remedy=f"`opsc retry {short(job.id)}` runs those once more.",
        )
    return Conflict(
        f"Job {short(job.id)} has nothing to retry: these targets are good at every step.",
        remedy="To run the whole plan once more, run it as a new job: `opsc run`.",
    )
