# SPDX-License-Identifier: Apache-2.0
"""Says of every running job how long it will take, keeps what was said, and learns from jobs that are over."""

from datetime import timedelta

from opsconductor.clock import utc_now
from opsconductor.db.engine import Database
from opsconductor.db.repositories.forecasts import ForecastRepository
from opsconductor.db.repositories.jobs import JobRepository
from opsconductor.domain.forecasts import ForecastCheck, ToldForecast, check
from opsconductor.domain.jobs import ENDED
from opsconductor.logging import get_logger
from opsconductor.services.estimating import EstimatingService
from opsconductor.services.following import FollowingService

#: A forecast is stored so often in a job's whole time, as far as that is known, and not more often than once a second.
TOLD = 50
_log = get_logger(__name__)


class ForecastingService:
    """Ticks with the dispatcher. Several may do it at once: what a job took is kept once."""

    def __init__(self, database: Database, following: FollowingService, estimating: EstimatingService) -> None:
        self.database = database
        self.following = following
        self.estimating = estimating
        #: Jobs that were running at the last look.
        self._running: frozenset[str] = frozenset()

    def tick(self) -> None:
        """Look at every job that has started; a failure here keeps nobody from running."""
        with self.database.reading() as session:
            running = frozenset(JobRepository(session).started())
        for job_id in sorted(running | self._running):
            try:
                self._tell(job_id) if job_id in running else self._learn(job_id)
            except Exception:
                _log.exception("no forecast could be kept", job=job_id)
        self._running = running

    def told(self, job_id: str) -> list[ToldForecast]:
        """What was said of a job, in order."""
        with self.database.reading() as session:
            return ForecastRepository(session).of_job(JobRepository(session).get(job_id).id)

    def check(self, job_id: str) -> ForecastCheck | None:
        """How good that was; None while the job is not over, or has never started."""
        with self.database.reading() as session:
            job = JobRepository(session).get(job_id)
            told = ForecastRepository(session).of_job(job.id)
        if job.started_at is None or job.ended_at is None:
            return None
        return check(told, job.started_at, job.ended_at)

    def _tell(self, job_id: str) -> None:
        seq, forecast = self.following.forecast(job_id)
        if forecast is None:
            return
        with self.database.session() as session:
            repository = ForecastRepository(session)
            last, started = repository.last_at(job_id), JobRepository(session).get(job_id).started_at
            whole = forecast.seconds + (forecast.at - (started or forecast.at)).total_seconds()
            if last is None or forecast.at - last >= timedelta(seconds=max(1.0, whole / TOLD)):
                repository.add(ToldForecast(job_id=job_id, seq=seq, **forecast.model_dump()))

    def _learn(self, job_id: str) -> None:
        with self.database.reading() as session:
            status, _ = JobRepository(session).status(job_id)
        if status in ENDED:
            self.estimating.learn(job_id, self.following.durations(job_id), utc_now())
