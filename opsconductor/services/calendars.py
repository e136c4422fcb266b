# SPDX-License-Identifier: Apache-2.0
"""Calendars: days on which schedules do not run."""

from collections.abc import Iterable

from opsconductor.clock import utc_now
from opsconductor.db.engine import Database
from opsconductor.db.repositories.calendars import CalendarRepository
from opsconductor.db.repositories.schedules import ScheduleRepository
from opsconductor.domain.calendars import Calendar, check_days
from opsconductor.domain.names import check_name, check_text
from opsconductor.errors import Conflict
from opsconductor.ids import new_id
from opsconductor.services.audit import AuditService


class CalendarService:
    """Keeps calendars."""

    def __init__(self, database: Database, audit: AuditService) -> None:
        self.database = database
        self.audit = audit

    def list(self) -> tuple[Calendar, ...]:
        """All of them in the natural order of names."""
        with self.database.reading() as session:
            return CalendarRepository(session).all()

    def get(self, name: str) -> Calendar:
        """One by its name. Raises NotFound with near names."""
        with self.database.reading() as session:
            return CalendarRepository(session).get(name)

    def put(self, name: str, days: Iterable[str], actor: str, description: str | None = None) -> Calendar:
        """Store a calendar, in the place of the one of that name if there is one; schedules go by it from now on."""
        name, checked = check_name(name, "calendar"), check_days(days)
        with self.database.session() as session:
            calendars = CalendarRepository(session)
            before = calendars.find(name)
            said = before.description if before and description is None else check_text(description, "description")
            calendar = Calendar(
                id=before.id if before else new_id(),
                name=name,
                days=checked,
                description=said or "",
                actor=actor,
                updated_at=utc_now(),
            )
            calendars.put(calendar)
            details = {"days": [*checked], "before": [*before.days] if before else None}
            action = "calendar.changed" if before else "calendar.created"
            self.audit.append(session, actor, action, f"calendar:{name}", details)
        return calendar

    def remove(self, name: str, actor: str) -> Calendar:
        """Take a calendar away. Raises Conflict while a schedule goes by it."""
        with self.database.session() as session:
            calendar = CalendarRepository(session).get(name)
            users = [s.name for s in ScheduleRepository(session).all() if calendar.name in s.calendars]
            if users:
                raise Conflict(
                    f"The calendar '{calendar.name}' is used by {', '.join(users[:5])}.",
                    remedy="Delete these schedules first, or change the calendar's days.",
                )
            CalendarRepository(session).remove(calendar)
            details = {"days": [*calendar.days]}
            self.audit.append(session, actor, "calendar.removed", f"calendar:{calendar.name}", details)
        return calendar
