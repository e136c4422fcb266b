# SPDX-License-Identifier: Apache-2.0
"""Schedules and what became of their times, in the database."""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update

from opsconductor.db.repositories.names import missing
from opsconductor.db.tables.schedules import ScheduleRow, ScheduleRunRow
from opsconductor.domain.names import normal, sort_key
from opsconductor.domain.schedules import OPEN_RUNS, RunStatus, Schedule, ScheduleRun
from opsconductor.errors import Conflict

_OPEN = sorted(OPEN_RUNS)


def _schedule(row: ScheduleRow) -> Schedule:
    return Schedule.model_validate(row.model_dump(exclude={"present_name", "sort_key"}))


def _run(row: ScheduleRunRow) -> ScheduleRun:
    return ScheduleRun.model_validate(row.model_dump())


class ScheduleRepository:
    """All SQL about schedules and their runs."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def add(self, schedule: Schedule) -> None:
        """Store a new schedule. Raises Conflict where one of that name is there."""
        data = schedule.model_dump() | schedule.model_dump(mode="json", include={"timing", "calendars", "asks"})
        names = {"present_name": schedule.name, "sort_key": sort_key(schedule.name)}
        self.session.add(ScheduleRow.model_validate(data | names))
        try:
            self.session.flush()
        except IntegrityError:
            raise Conflict(
                f"There is a schedule '{schedule.name}' already.", remedy="Take another name: `--name`."
            ) from None

    def get(self, name: str) -> Schedule:
        """The schedule of that name that is there. Raises NotFound with near names."""
        row = self.session.exec(select(ScheduleRow).where(col(ScheduleRow.present_name) == normal(name))).first()
        if row is None:
            raise missing(name, (s.name for s in self.all()), "schedule", "opsc schedules list")
        return _schedule(row)

    def by_id(self, schedule_id: str) -> Schedule:
        """The schedule of that id, also one that was deleted."""
        return _schedule(self.session.exec(select(ScheduleRow).where(ScheduleRow.id == schedule_id)).one())

    def all(self) -> tuple[Schedule, ...]:
        """All that are there, in the natural order of names."""
        statement = select(ScheduleRow).where(col(ScheduleRow.removed).is_(False))
        rows = self.session.exec(statement.order_by(col(ScheduleRow.sort_key), col(ScheduleRow.name)))
        return tuple(_schedule(row) for row in rows)

    def of_plan(self, plan_id: str) -> Schedule | None:
        """The schedule that runs this plan, if one is there."""
        statement = select(ScheduleRow).where(ScheduleRow.plan_id == plan_id, col(ScheduleRow.removed).is_(False))
        row = self.session.exec(statement.limit(1)).first()
        return _schedule(row) if row else None

    def hold(self, schedule_id: str, *, wait: bool = True) -> Schedule | None:
        """Hold the schedule until the session ends; None when another holds it (unless `wait`)."""
        statement = select(ScheduleRow).where(ScheduleRow.id == schedule_id).with_for_update(skip_locked=not wait)
        row = self.session.exec(statement.execution_options(populate_existing=True)).first()
        return _schedule(row) if row else None

    def change(self, schedule_id: str, **values: Any) -> None:
        """Set columns of a schedule; those of JSON as JSON data."""
        self.session.exec(update(ScheduleRow).where(col(ScheduleRow.id) == schedule_id).values(**values))

    def answered(self, plan_id: str) -> None:
        """The plan of a schedule that asked again was approved: it asks no more."""
        self.session.exec(update(ScheduleRow).where(col(ScheduleRow.plan_id) == plan_id).values(asks=[]))

    def due(self, now: datetime) -> list[Schedule]:
        """All with a time that has come."""
        statement = select(ScheduleRow).where(col(ScheduleRow.next_at) <= now, col(ScheduleRow.removed).is_(False))
        return [_schedule(row) for row in self.session.exec(statement.order_by(col(ScheduleRow.next_at)))]

    def unchecked(self, before: datetime) -> Schedule | None:
        """Of those that are to run again, the one compared with what is there longest ago, if before that time."""
        statement = select(ScheduleRow).where(
            col(ScheduleRow.checked_at) < before,
            col(ScheduleRow.next_at).is_not(None),
            col(ScheduleRow.paused_by).is_(None),
            col(ScheduleRow.removed).is_(False),
        )
        row = self.session.exec(statement.order_by(col(ScheduleRow.checked_at)).limit(1)).first()
        return _schedule(row) if row else None

    def check(self, schedule: Schedule, now: datetime) -> bool:
        """Take it upon oneself to compare; False when another has."""
        statement = update(ScheduleRow).where(
            col(ScheduleRow.id) == schedule.id, col(ScheduleRow.checked_at) == schedule.checked_at
        )
        result: Any = self.session.exec(statement.values(checked_at=now))
        return bool(result.rowcount)

    # -- runs ---------------------------------------------------------------------------------------------

    def add_run(self, run: ScheduleRun) -> None:
        """Store what becomes of a time. One of that time is there only if another decided: then IntegrityError."""
        self.session.add(ScheduleRunRow.model_validate(run.model_dump()))
        self.session.flush()

    def open_runs(self) -> list[ScheduleRun]:
        """All that are still to be started, oldest first."""
        statement = select(ScheduleRunRow).where(col(ScheduleRunRow.status).in_(_OPEN))
        return [_run(row) for row in self.session.exec(statement.order_by(col(ScheduleRunRow.due_at)))]

    def settle(self, run: ScheduleRun, status: RunStatus, now: datetime, **values: Any) -> bool:
        """Move an open run on; False when it is not as it was."""
        statement = update(ScheduleRunRow).where(
            col(ScheduleRunRow.id) == run.id, col(ScheduleRunRow.status) == run.status.value
        )
        result: Any = self.session.exec(statement.values(status=status.value, decided_at=now, **values))
        return bool(result.rowcount)

    def runs(self, schedule_id: str, after: str | None = None, limit: int = 50) -> list[ScheduleRun]:
        """What became of its times, the latest time first; `after`: the id of the last one of the page before."""
        due, own = col(ScheduleRunRow.due_at), col(ScheduleRunRow.id)
        statement = select(ScheduleRunRow).where(ScheduleRunRow.schedule_id == schedule_id)
        if after and (last := self.session.get(ScheduleRunRow, after)):
            statement = statement.where(or_(due < last.due_at, and_(due == last.due_at, own < last.id)))
        return [_run(row) for row in self.session.exec(statement.order_by(due.desc(), own.desc()).limit(limit))]
