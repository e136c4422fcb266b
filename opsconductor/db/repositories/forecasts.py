# SPDX-License-Identifier: Apache-2.0
"""Forecasts in the database."""

from datetime import datetime

from sqlmodel import Session, col, delete, select

from opsconductor.db.bulk import upsert
from opsconductor.db.tables.forecasts import ForecastRow
from opsconductor.domain.forecasts import ToldForecast


class ForecastRepository:
    """All SQL about forecasts."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def add(self, told: ToldForecast) -> None:
        """Store what was said; the same moment again changes nothing but the figures."""
        upsert(self.session, ForecastRow, [told.model_dump()])

    def of_job(self, job_id: str) -> list[ToldForecast]:
        """What was said of a job, in order."""
        statement = select(ForecastRow).where(ForecastRow.job_id == job_id).order_by(col(ForecastRow.at))
        return [ToldForecast.model_validate(row.model_dump()) for row in self.session.exec(statement)]

    def last_at(self, job_id: str) -> datetime | None:
        """When something was said of a job last."""
        statement = select(ForecastRow.at).where(ForecastRow.job_id == job_id).order_by(col(ForecastRow.at).desc())
        return self.session.exec(statement.limit(1)).first()

    def forget(self, before: datetime) -> None:
        """Remove what is older."""
        self.session.exec(delete(ForecastRow).where(col(ForecastRow.at) < before))
