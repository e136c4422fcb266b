# SPDX-License-Identifier: Apache-2.0
"""What is looked for in the records, and the lines that are found."""

from dataclasses import dataclass
from datetime import datetime

from opsconductor.domain.base import Frozen, Platform
from opsconductor.domain.jobs import JobStatus


class JobFilter(Frozen):
    """Which jobs are looked for; all that is given must hold."""

    targets: frozenset[str] | None = None  #: names: on any of them
    statuses: frozenset[JobStatus] = frozenset()
    #: What became of the job on the named targets, where targets are named: True failed there, False did not.
    failed_there: bool | None = None
    intents: frozenset[str] | None = None  #: a step of one of these
    about: str | None = None  #: a value of such a step, or a part of its intent
    changes: bool = False  #: something was changed (on the targets)
    actor: str | None = None  #: the whole name, or what stands behind its kind: alice of local:alice
    since: datetime | None = None
    until: datetime | None = None
    job: str | None = None  #: beginning or end of an id


class JobLine(Frozen):
    """One job as an answer shows it."""

    id: str
    title: str
    status: JobStatus
    reason: str | None
    actor: str
    created_at: datetime
    targets: int


@dataclass(frozen=True, slots=True)
class MachineLine:
    """One machine as an answer shows it. Not a model: there may be 100,000."""

    name: str
    platform: Platform
    os_version: str | None
    role: str | None
    address: str
    description: str | None
    has_credential: bool  #: of its own or of one of its connections
    groups: tuple[str, ...]  #: directly
    tags: tuple[str, ...]
    connections: tuple[str, ...]  #: "ssh :22", most preferred first
    kinds: frozenset[str]
    has_host_key: bool
