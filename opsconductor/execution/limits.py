# SPDX-License-Identifier: Apache-2.0
"""How long a job may take, and its tasks on one target: what the plan says, else the settings. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from opsconductor.domain.plans import Options
from opsconductor.settings import Settings


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds; None: no limit."""

    job: int | None
    target: int | None

    def left(self, started_at: datetime | None, now: datetime) -> float | None:
        """Seconds until the job's limit; None without one."""
        if self.job is None:
            return None
        return (started_at + timedelta(seconds=self.job) - now).total_seconds() if started_at else float(self.job)

    @property
    def job_told(self) -> str:
        """Why a job is ended that has reached its limit."""
        return f"time limit: the job took longer than {self.job} s"

    @property
    def target_told(self) -> str:
        """Why a target is."""
        return f"time limit: the tasks on this target took longer than {self.target} s"


def limits_of(options: Options, settings: Settings) -> Limits:
    """The limits of a job. A dry run has the same."""
    return Limits(
        job=options.job_timeout or settings.job_timeout, target=options.target_timeout or settings.target_timeout
    )
