# SPDX-License-Identifier: Apache-2.0
"""Decides, once for everybody, what becomes of the times of a schedule that have come."""

from datetime import datetime

from sqlmodel import Session

from opsconductor.db.engine import Database
from opsconductor.db.repositories.calendars import CalendarRepository
from opsconductor.db.repositories.schedules import ScheduleRepository
from opsconductor.domain.due import Due, decide
from opsconductor.domain.schedules import RunStatus, Schedule, ScheduleRun, actor_of
from opsconductor.ids import new_id
from opsconductor.services.audit import AuditService


class ScheduleTimes:
    """Whoever looks first decides; the others find it decided. What is to be started is left as due."""

    def __init__(self, database: Database, audit: AuditService) -> None:
        self.database = database
        self.audit = audit

    def settle(self, schedule: Schedule, now: datetime) -> bool:
        """Decide about the times up to `now`; False when another did, or the schedule has changed since it was read."""
        with self.database.reading() as session:
            days = CalendarRepository(session).days()
        due = decide(schedule, days, now)  # may take a while: outside of the unit of work
        if due.next_at == schedule.next_at:
            return False
        with self.database.session() as session:
            schedules = ScheduleRepository(session)
            if schedules.hold(schedule.id, wait=False) != schedule or CalendarRepository(session).days() != days:
                return False
            self._store(session, schedule, due, now)
        return True

    def _store(self, session: Session, schedule: Schedule, due: Due, now: datetime) -> None:
        schedules = ScheduleRepository(session)
        actor = actor_of(schedule)
        for verdict in due.verdicts:
            run = ScheduleRun(id=new_id(), schedule_id=schedule.id, **verdict.model_dump(), actor=actor, decided_at=now)
            schedules.add_run(run)
            if verdict.status is RunStatus.SKIPPED:
                self.skipped(session, schedule, run)
        schedules.change(schedule.id, next_at=due.next_at)

    def skipped(self, session: Session, schedule: Schedule, run: ScheduleRun, reason: str | None = None) -> None:
        """The audit entry of what was not run."""
        details = {"due": run.due_at.isoformat(), "reason": reason or run.reason, "count": run.count}
        self.audit.append(session, run.actor, "schedule.skipped", f"schedule:{schedule.id}", details)
