# SPDX-License-Identifier: Apache-2.0
"""History from the database, prepared for estimates: what is planned, launched or running gets its times from here."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from opsconductor.db.engine import Database
from opsconductor.db.repositories.durations import DurationRepository
from opsconductor.db.repositories.forecasts import ForecastRepository
from opsconductor.domain.durations import Duration
from opsconductor.domain.forecasting import Forecaster
from opsconductor.domain.history import History
from opsconductor.domain.plans import Options, Plan
from opsconductor.domain.shapes import JobShape
from opsconductor.domain.templates import Catalogue
from opsconductor.services.shaping import plan_shape


class EstimatingService:
    """Everybody's estimates rest on the same history."""

    def __init__(self, database: Database, forks: int, days: int) -> None:
        """`forks`: targets at the same time within a slice; `days`: how long history is kept."""
        self.database = database
        self.forks = forks
        self.days = days

    def forecaster(self, shape: JobShape, options: Options, opened: Collection[str] | None) -> Forecaster:
        """Who computes what is left of a job, from history as it is now; `opened`: targets of a further attempt."""
        return Forecaster(shape, options, self._history(shape), self.forks, opened)

    def estimated(self, plan: Plan, catalogue: Catalogue, sizes: Mapping[str, int]) -> Plan:
        """The plan with an estimate from history, where there is some; `sizes`: library file → bytes."""
        if plan.estimate is None:
            return plan
        shape = plan_shape(plan, catalogue, sizes)
        history = self._history(shape)
        if not history:
            return plan
        return plan.model_copy(update={"estimate": Forecaster(shape, plan.options, history, self.forks).estimate()})

    def learn(self, job_id: str, durations: list[Duration], now: datetime) -> None:
        """Keep what a job took, and drop what is too old. Several may do so at once: it is kept once."""
        from opsconductor.db.repositories.jobs import JobRepository  # planning estimates, too, and needs no jobs for it

        with self.database.session() as session:
            JobRepository(session).claim(job_id, wait=True)
            repository = DurationRepository(session)
            repository.replace(job_id, durations)
            old = now - timedelta(days=self.days)
            repository.forget(old)
            ForecastRepository(session).forget(old)

    def _history(self, shape: JobShape) -> History:
        intents = sorted({shape.timed_as(step.n) for step in shape.steps})
        with self.database.reading() as session:
            return History(DurationRepository(session).about(intents, shape.targets))
