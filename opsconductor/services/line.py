# SPDX-License-Identifier: Apache-2.0
"""The line of jobs that have not begun: who may start now, who waits for what. One look costs a few statements,
however many wait."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlmodel import Session

from opsconductor.clock import utc_now
from opsconductor.db.engine import Database
from opsconductor.db.repositories.events import EventRepository
from opsconductor.db.repositories.freezes import FreezeRepository
from opsconductor.db.repositories.jobs import JobRepository
from opsconductor.db.repositories.target_locks import TargetLockRepository
from opsconductor.domain.batches import batches
from opsconductor.domain.events import EventKind
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.plans import Options
from opsconductor.domain.queueing import Need, Waiting, fair_order
from opsconductor.domain.reopening import Reopened
from opsconductor.domain.topics import job_topic
from opsconductor.pubsub.broker import Broker
from opsconductor.services.job_status import status_event

#: States of a job that has not begun and may.
IN_LINE = frozenset({JobStatus.QUEUED, JobStatus.WAITING})
#: Jobs at the head of the line that are told what they wait for; the others are queued behind them.
_TOLD = 100
#: Specifications read in one statement.
_READ = 500


class Line:
    """Remembers what each waiting job needs, so that its specification is read once."""

    def __init__(self, database: Database, broker: Broker) -> None:
        self.database = database
        self.broker = broker
        self._needs: dict[tuple[str, int], Need] = {}

    def walk(self, jobs: Iterable[Waiting], try_start: Callable[[str], bool], room: Callable[[], str | None]) -> None:
        """Let each job that nothing is in the way of start, in fair order; tell those at the head why they wait.

        `try_start` says whether the job has begun; `room` why there is none for another, or None.
        """
        known = list(jobs)
        running = Counter(job.actor for job in known if job.started)
        order = fair_order([job for job in known if not job.started and job.status in IN_LINE], running)
        there = {(job.id, job.attempt) for job in order}
        self._needs = {key: need for key, need in self._needs.items() if key in there}
        if not order:
            return
        with self.database.reading() as session:
            freeze = FreezeRepository(session).standing()
            claims = TargetLockRepository(session).claims()
        reasons: list[tuple[Waiting, str]] = []
        for place, (job, need) in enumerate(self._with_needs(order)):
            full = room()
            if full and place >= _TOLD:
                break
            frozen = f"freeze: {freeze.told}" if freeze and need.exclusive else None
            locked = None if frozen else claims.in_the_way(job.id, need)
            reason = frozen or locked or full
            if reason is None:
                if try_start(job.id):
                    claims.hold(job.id, need)
                continue
            if not frozen:
                claims.keep(job.id, need)
            if place < _TOLD and job.reason != reason:
                reasons.append((job, reason))
        if reasons:
            self._tell(reasons)

    def _with_needs(self, order: Sequence[Waiting]) -> Iterator[tuple[Waiting, Need]]:
        """Each job with what its first batch takes; read some at a time, as far as anybody asks."""
        for start in range(0, len(order), _READ):
            part = order[start : start + _READ]
            lacking = [job for job in part if (job.id, job.attempt) not in self._needs]
            if lacking:
                with self.database.reading() as session:
                    specs = JobRepository(session).specs([job.id for job in lacking])
                    for job in lacking:
                        opened = _opened(session, job) if job.attempt > 1 else None
                        self._needs[job.id, job.attempt] = _need(specs[job.id], opened)
            for job in part:
                yield job, self._needs[job.id, job.attempt]

    def _tell(self, reasons: Iterable[tuple[Waiting, str]]) -> None:
        now = utc_now()
        told = []
        with self.database.session() as session:
            jobs, events = JobRepository(session), EventRepository(session)
            for waiting, reason in reasons:
                job = jobs.claim(waiting.id)
                if job is None or job.status not in IN_LINE or job.reason == reason:
                    continue  # another process is at it, or was
                jobs.set_status(job.id, JobStatus.WAITING, only_from=IN_LINE, reason=reason, at=now)
                events.append([status_event(job.id, JobStatus.WAITING, reason, now)])
                told.append(job.id)
        for job_id in told:
            self.broker.publish(job_topic(job_id))


def _opened(session: Session, job: Waiting) -> frozenset[str]:
    """The targets of a further attempt."""
    last = EventRepository(session).last_of_job(job.id, 1, kinds=[EventKind.ATTEMPT])
    return frozenset(Reopened.model_validate(last[0].data).cells) if last else frozenset()


def _need(spec: Mapping[str, Any], opened: frozenset[str] | None) -> Need:
    """Read from the specification as it is stored: checking thousands of them once more would take seconds."""
    targets = [name for name in spec["shape"]["targets"] if opened is None or name in opened]
    first = set(batches(targets, Options.model_validate(spec["options"]))[0]) if targets else set()
    assets = sorted((target["asset_id"], target["name"]) for target in spec["targets"] if target["name"] in first)
    return Need(targets=tuple(assets), exclusive=not spec["read_only"])
