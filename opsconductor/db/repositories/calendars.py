# SPDX-License-Identifier: Apache-2.0
"""Calendars in the database."""

from sqlmodel import Session, col, delete, select

from opsconductor.db.bulk import upsert
from opsconductor.db.repositories.names import missing
from opsconductor.db.tables.schedules import CalendarRow
from opsconductor.domain.calendars import Calendar
from opsconductor.domain.names import normal, sort_key


class CalendarRepository:
    """All SQL about calendars."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def all(self) -> tuple[Calendar, ...]:
        """All of them in the natural order of names."""
        rows = self.session.exec(select(CalendarRow).order_by(col(CalendarRow.sort_key), col(CalendarRow.name)))
        return tuple(Calendar.model_validate(row.model_dump(exclude={"sort_key"})) for row in rows)

    def days(self) -> dict[str, tuple[str, ...]]:
        """Name → days."""
        return {calendar.name: calendar.days for calendar in self.all()}

    def get(self, name: str) -> Calendar:
        """One by its name. Raises NotFound with near names."""
        found = self.find(name)
        if found is None:
            raise missing(name, (c.name for c in self.all()), "calendar", "opsc calendars list")
        return found

    def find(self, name: str) -> Calendar | None:
        """One by its name, if it is there."""
        row = self.session.exec(select(CalendarRow).where(col(CalendarRow.name) == normal(name))).first()
        return Calendar.model_validate(row.model_dump(exclude={"sort_key"})) if row else None

    def put(self, calendar: Calendar) -> None:
        """Store it in the place of the one with its id."""
        row = calendar.model_dump() | {"days": [*calendar.days], "sort_key": sort_key(calendar.name)}
        upsert(self.session, CalendarRow, [row])

    def remove(self, calendar: Calendar) -> None:
        """Take it away."""
        self.session.exec(delete(CalendarRow).where(col(CalendarRow.id) == calendar.id))
