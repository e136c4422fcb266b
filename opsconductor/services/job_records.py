# SPDX-License-Identifier: Apache-2.0
"""Answers about jobs: what ran where, when, by whom, and what became of it."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session

from opsconductor.db.repositories.records import RecordRepository
from opsconductor.domain.answers import Answer, Cell
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.plans import Selector, Targets
from opsconductor.domain.records import JobFilter, JobLine
from opsconductor.domain.results import FINAL, STOPPING
from opsconductor.domain.templates import Catalogue
from planner.asked_jobs import intents_of
from planner.selecting import describe

#: Rows an answer keeps: the newest.
MOST = 1000

_STATUSES = {
    "failed": {JobStatus.FAILED, JobStatus.PARTIALLY_FAILED},
    "succeeded": {JobStatus.SUCCEEDED},
    "running": {JobStatus.RUNNING, JobStatus.CANCELLING},
    "queued": {JobStatus.QUEUED, JobStatus.WAITING},
    "cancelled": {JobStatus.CANCELLED},
    "interrupted": {JobStatus.INTERRUPTED},
    "paused": {JobStatus.PAUSED},
}


def answer_jobs(
    session: Session, params: Mapping[str, Any], targets: Targets, catalogue: Catalogue, actor: str, now: datetime
) -> Answer:
    """The newest jobs that match, as a table."""
    records = RecordRepository(session)
    limit = min(params.get("number") or MOST, MOST)
    lines, total = records.jobs(_filter(params, targets, catalogue, actor), limit)
    if params.get("number"):
        total = len(lines)
    alone = targets.names[0] if len(targets.names) == 1 else None
    there = records.outcomes([line.id for line in lines], alone) if alone else {}
    columns = ("Job", "What", "Status", *((f"On {alone}",) if alone else ("Machines",)), "By", "Started")
    rows = tuple(
        (
            line.id,
            line.title,
            _word(line.status),
            _there(there.get(line.id, ())) if alone else line.targets,
            line.actor,
            f"{line.created_at:%Y-%m-%dT%H:%M:%SZ}",
        )
        for line in lines
    )
    return Answer(summary=_summary(lines, total, params, targets), columns=columns, rows=rows, total=total, at=now)


def _filter(params: Mapping[str, Any], targets: Targets, catalogue: Catalogue, actor: str) -> JobFilter:
    status = params.get("status")
    named = targets.selector != Selector() and not _is_everything(targets.selector)
    statuses = set(_STATUSES[status]) if status else set()
    failed_there = None
    if named and status in ("failed", "succeeded"):
        # What became of the job elsewhere does not count.
        statuses |= {JobStatus.PARTIALLY_FAILED} if status == "succeeded" else set()
        failed_there = status == "failed"
    who = params.get("actor")
    return JobFilter(
        targets=frozenset(targets.names) if named else None,
        statuses=frozenset(statuses),
        failed_there=failed_there,
        intents=intents_of(params["work"], catalogue) if params.get("work") else None,
        about=params.get("about"),
        changes=bool(params.get("changes")),
        actor=actor if who == "me" else who,
        since=_moment(params.get("since")),
        until=_moment(params.get("until")),
        job=params.get("job"),
    )


def _is_everything(selector: Selector) -> bool:
    return selector == Selector(everything=True)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None


def _word(status: JobStatus) -> str:
    return status.value.replace("_", " ")


def _there(cells: Any) -> Cell:
    """What became of the job on one machine: the worst of its steps there."""
    statuses = [status for status, _ in cells]
    stopped = next((status for status in statuses if status in STOPPING), None)
    if stopped:
        return str(stopped).replace("_", " ")
    if not statuses:
        return "not run"
    if any(status not in FINAL for status in statuses):
        return "running"
    return "changed" if any(changed for _, changed in cells) else "ok"


def _summary(lines: list[JobLine], total: int, params: Mapping[str, Any], targets: Targets) -> str:
    """One sentence, and the newest job where there are several."""
    looked = _looked_for(params, targets)
    kind = f"{params['status']} " if params.get("status") else ""
    if not lines:
        return f"No {kind}job{looked}."
    number = f"1 {kind}job" if total == 1 else f"{total} {kind}jobs"
    counted = Counter(_word(line.status) for line in lines)
    states = ", ".join(f"{n} {status}" for status, n in counted.most_common())
    more = f" Shown are the newest {len(lines)}." if total > len(lines) else ""
    last = lines[0]
    newest = f" The latest started {last.created_at:%Y-%m-%d %H:%M} UTC, by {last.actor}: {_word(last.status)}."
    return f"{number}{looked}: {states}.{more}{newest}" if total <= len(lines) else f"{number}{looked}.{more}{newest}"


def _looked_for(params: Mapping[str, Any], targets: Targets) -> str:
    """ " to restart nginx on web-03 by alice since 2026-03-02 00:00 UTC"."""
    said = ""
    if params.get("job"):
        said += f" {params['job']}"
    if params.get("work"):
        said += f" to {params['work']}" + (f" {params['about']}" if params.get("about") else "")
    elif params.get("about"):
        said += f" about {params['about']}"
    if params.get("changes"):
        said += " with changes"
    if targets.selector != Selector():
        said += f" on {describe(targets.selector)}"
    if params.get("actor"):
        said += f" by {'you' if params['actor'] == 'me' else params['actor']}"
    for name, word in (("since", "since"), ("until", "before")):
        if params.get(name):
            said += f" {word} {str(params[name]).replace('T', ' ')} UTC"
    return said
