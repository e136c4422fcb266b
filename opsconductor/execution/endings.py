# SPDX-License-Identifier: Apache-2.0
"""The last events of a slice: what became of the cells that no task has decided. Pure."""

from datetime import datetime

from opsconductor.domain.events import EventKind, JobEvent
from opsconductor.domain.jobs import Slice
from opsconductor.domain.progress import ProgressFold
from opsconductor.domain.results import FINAL, ResultStatus

#: Why nobody knows whether a cell has begun.
UNHEARD = "reports of Ansible are missing: it may have begun"


def undecided(
    piece: Slice, fold: ProgressFold, at: datetime, *, under_way: tuple[ResultStatus, str], pending: str, lost: int = 0
) -> list[JobEvent]:
    """One event per step with cells under way (status and reason as given), one for all that never started.

    With `lost` reports, as many cells as these can have been about are unknown on each target: a cell that has begun
    unheard needs one, each further cell one for the end of that before, too.
    """
    running: dict[int, list[str]] = {}
    unheard: dict[int, list[str]] = {}
    waiting: dict[str, int] = {}
    for (step, target), result in sorted(fold.results.items()):
        if result.status is ResultStatus.RUNNING:
            running.setdefault(step, []).append(target)
        elif result.status not in FINAL:
            waiting[target] = waiting.get(target, 0) + 1
            if waiting[target] <= (lost + 1) // 2:
                unheard.setdefault(step, []).append(target)
    status, reason = under_way
    events = [not_run(piece.job_id, piece.id, f"end-{n}", at, status, reason, names, n) for n, names in running.items()]
    events += [
        not_run(piece.job_id, piece.id, f"lost-{n}", at, ResultStatus.UNKNOWN, UNHEARD, names, n)
        for n, names in unheard.items()
    ]
    if waiting:
        events.append(not_run(piece.job_id, piece.id, "end", at, ResultStatus.NOT_RUN, pending, sorted(waiting)))
    return events


def not_run(
    job_id: str,
    slice_id: str | None,
    key: str,
    at: datetime,
    status: ResultStatus,
    reason: str,
    targets: list[str],
    step: int | None = None,
) -> JobEvent:
    """Cells that will never be decided by a task; without `step`, every open cell of the targets."""
    return JobEvent(
        job_id=job_id,
        slice_id=slice_id,
        seq=0,
        key=key,
        kind=EventKind.NOT_RUN,
        at=at,
        step=step,
        message=reason,
        data={"status": status.value, "targets": targets},
    )


def slice_event(piece: Slice, kind: EventKind, at: datetime, message: str | None = None, **data: object) -> JobEvent:
    """The slice began or ended."""
    return JobEvent(
        job_id=piece.job_id,
        slice_id=piece.id,
        seq=0,
        key=kind.value,
        kind=kind,
        at=at,
        message=message,
        data={"lane": piece.lane, "batch": piece.batch, "targets": len(piece.targets), **data},
    )
