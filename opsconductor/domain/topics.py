# SPDX-License-Identifier: Apache-2.0
"""Names of what processes wake each other for. A wake-up says "look again" and carries no data."""

#: A dispatcher should look for work.
DISPATCH = "dispatch"


def job_topic(job_id: str) -> str:
    """There are new events of the job."""
    return f"job:{job_id}"
