# SPDX-License-Identifier: Apache-2.0
"""What becomes of cells that no task has decided, when some reports of Ansible are missing."""

from datetime import UTC, datetime

import pytest

from opsconductor.domain.base import Platform
from opsconductor.domain.events import EventKind, JobEvent
from opsconductor.domain.jobs import Slice, SliceStatus
from opsconductor.domain.progress import ProgressFold
from opsconductor.domain.results import ResultStatus, Role
from opsconductor.domain.shapes import JobShape, StepShape
from opsconductor.execution.endings import undecided

AT = datetime(2026, 1, 2, tzinfo=UTC)
PIECE = Slice(
    id="s", job_id="j", batch=0, lane="l", platform=Platform.LINUX, attempt=1, targets=("a", "b"),
    status=SliceStatus.RUNNING,
)  # fmt: skip


def _fold() -> ProgressFold:
    """On a, step 1 is under way; b has not begun."""
    steps = tuple(StepShape(n=n, intent="test.step", title=f"step {n}") for n in (1, 2, 3, 4))
    shape = JobShape(job_id="j", title="t", steps=steps, targets=PIECE.targets, platforms={})
    began = JobEvent(
        job_id="j", seq=1, key="k", kind=EventKind.TARGET_STARTED, at=AT, step=1, role=Role.MAIN, target="a"
    )
    return ProgressFold(shape).apply_all([began])


@pytest.mark.parametrize(
    ("lost", "a", "b"),
    [(0, "unnn", "nnnn"), (1, "uunn", "unnn"), (2, "uunn", "unnn"), (3, "uuun", "uunn"), (99, "uuuu", "uuuu")],
)
def test_as_many_cells_are_unknown_as_lost_reports_can_have_been_about(lost: int, a: str, b: str) -> None:
    fold = _fold()
    events = undecided(PIECE, fold, AT, under_way=(ResultStatus.UNKNOWN, "lost"), pending="ended", lost=lost)
    fold.apply_all(event.model_copy(update={"seq": n}) for n, event in enumerate(events, start=2))
    letters = {ResultStatus.UNKNOWN: "u", ResultStatus.NOT_RUN: "n"}
    told = {t: "".join(letters[fold.results[n, t].status] for n in (1, 2, 3, 4)) for t in PIECE.targets}
    assert told == {"a": a, "b": b}
    assert len({event.key for event in events}) == len(events)
