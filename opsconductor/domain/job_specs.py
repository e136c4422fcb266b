# SPDX-License-Identifier: Apache-2.0
"""What a job was launched with: everything the dispatcher needs, so that it reads nothing but the database."""

from opsconductor.domain.base import Frozen, Platform
from opsconductor.domain.jobs import Job
from opsconductor.domain.plans import Options
from opsconductor.domain.shapes import JobShape


class JobTarget(Frozen):
    """A target as a lock and a lane see it."""

    name: str
    asset_id: str
    platform: Platform
    play: str | None = None  #: of the playbook; None: the platform's
    fast: bool = False  #: may be worked on in the fast profile, with all the steps of the job


class JobSpec(Frozen):
    """Frozen at the launch, taken from the approved commit."""

    shape: JobShape
    options: Options = Options()
    targets: tuple[JobTarget, ...]
    read_only: bool = False  #: every step only reads: its locks are shared


class LaunchedJob(Frozen):
    """A job with its specification."""

    job: Job
    spec: JobSpec
