# SPDX-License-Identifier: Apache-2.0
"""Chains: which runbook follows which, and what became of it after one job."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from opsconductor.domain.base import Frozen
from opsconductor.domain.graphs import find_way
from opsconductor.domain.jobs import JobStatus
from opsconductor.errors import InvalidInput

MOST_LINKS = 20


class Link(Frozen):
    """A runbook that follows another."""

    runbook: str = Field(min_length=1, max_length=200, description="The name of the runbook that follows.")
    on: Literal["success", "failure"] = Field(
        default="success", description="After a job that succeeded, or one that failed, wholly or partially."
    )
    approval: bool = Field(
        default=False, description="Somebody must approve it each time, after the job before has ended."
    )
    params: dict[str, Any] = Field(default_factory=dict, description="Values for its parameters.")


class ChainStatus(StrEnum):
    """What became of a link after a job."""

    PENDING = "pending"  #: the job before has not ended
    WAITING = "waiting"  #: for the approval of its plan
    STARTED = "started"
    SKIPPED = "skipped"  #: the job did not end so, or the plan was rejected
    FAILED = "failed"  #: no plan could be made of it


class ChainStep(Frozen):
    """A link after one job."""

    id: str
    after_job_id: str
    place: int  #: in the runbook's list, from 0
    link: Link
    status: ChainStatus = ChainStatus.PENDING
    reason: str | None = None
    plan_id: str | None = None
    job_id: str | None = None
    claimed_until: datetime | None = None  #: somebody is making its plan
    created_at: datetime
    decided_at: datetime | None = None


_FAILED = (JobStatus.FAILED, JobStatus.PARTIALLY_FAILED)


def why_not(link: Link, status: JobStatus) -> str | None:
    """Why a link does not follow a job that ended so; None when it does."""
    if link.on == "success" and status is JobStatus.SUCCEEDED:
        return None
    if link.on == "failure" and status in _FAILED:
        return None
    return f"the job before ended as {status.value.replace('_', ' ')}; this follows {link.on}"


def linked(links: tuple[Link, ...], link: Link) -> tuple[Link, ...]:
    """The links with one more, or in the place of the one that differs in its approval only."""
    for at, present in enumerate(links):
        if present.model_copy(update={"approval": link.approval}) == link:
            return (*links[:at], link, *links[at + 1 :])
    return (*links, link)


def changed(links: tuple[Link, ...], number: int, values: Mapping[str, Any] | None) -> tuple[Link, ...]:
    """The links with new values for one of them, counted from 1; None: without it. Raises InvalidInput.

    Another runbook takes none of the values that the one before was given.
    """
    if not 1 <= number <= len(links):
        there = f"{len(links)} follow it" if links else "nothing follows it"
        raise InvalidInput(f"There is no {number}: {there}.", remedy="`opsc runbooks chain NAME` numbers them.")
    rest = (links[: number - 1], links[number:])
    if values is None:
        return (*rest[0], *rest[1])
    if not values:
        raise InvalidInput("It is not said what is to change.", remedy="Give --on, --approval, -p or another runbook.")
    before = links[number - 1]
    kept = {} if values.get("runbook", before.runbook) != before.runbook else before.params
    return (*rest[0], Link.model_validate(before.model_dump() | {"params": kept} | dict(values)), *rest[1])


def loop_through(name: str, links: tuple[Link, ...], others: Mapping[str, tuple[Link, ...]]) -> list[str] | None:
    """The way from a runbook that is to have these links back to itself, both ends included; None: there is none."""
    leads_to = {other: [link.runbook for link in found] for other, found in others.items() if other != name}
    for link in links:
        if link.runbook == name:
            return [name, name]
        if way := find_way(link.runbook, name, leads_to):
            return [name, *way]
    return None
