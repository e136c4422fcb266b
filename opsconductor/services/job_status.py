# SPDX-License-Identifier: Apache-2.0
"""The event that tells of a job's own status."""

from datetime import datetime

from opsconductor.domain.events import EventKind, JobEvent
from opsconductor.domain.jobs import JobStatus
from opsconductor.ids import new_id


def status_event(job_id: str, status: JobStatus, reason: str | None, at: datetime) -> JobEvent:
    """To be stored in the transaction that changes the status."""
    return JobEvent(
        job_id=job_id,
        seq=0,
        key=f"status-{new_id()}",
        kind=EventKind.JOB_STATUS,
        at=at,
        message=reason,
        data={"status": status.value},
    )
