# SPDX-License-Identifier: Apache-2.0
"""What the step list's glyphs say: a step is ticked only where it was done, and went wrong nowhere."""

import io
from typing import Any

import pytest
from rich.console import Console

from opsconductor.cli.job_view import _glyph, _left_done
from opsconductor.cli.output import PlainConsole, table
from opsconductor.domain.progress import Progress, StepProgress
from opsconductor.domain.results import Result, ResultStatus


@pytest.mark.parametrize(
    ("status", "counts", "glyph"),
    [
        ("done", {"ok": 3}, "✓"),
        ("done", {"changed": 2, "skipped": 1}, "✓"),
        ("done", {"changed": 2, "not_run": 1}, "✓"),
        ("done", {"changed": 2, "failed": 1}, "✗"),
        ("done", {"unreachable": 1}, "✗"),
        ("done", {"unknown": 1, "ok": 1}, "✗"),
        ("done", {"not_run": 4}, "–"),
        ("done", {"not_run": 1, "cancelled": 1}, "–"),
        ("running", {"failed": 1, "running": 1}, "▶"),
        ("pending", {"pending": 2}, "…"),
    ],
)
def test_a_step_is_ticked_where_it_was_done(status: str, counts: dict[str, int], glyph: str) -> None:
    step = StepProgress(n=1, intent="x.y", title="Do", status=status, counts=counts, states={})
    assert _glyph(step)[0] == glyph


def test_what_a_row_is_called_by_is_never_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.StringIO()
    narrow: Console = PlainConsole(file=shown, width=60)
    monkeypatch.setattr("opsconductor.cli.output.console", narrow)
    name = "0123456789abcdef0123456789abcdef"
    table(["Job", "What", "Why"], [(name, "a long title of what it does", "and why it came to an end")])
    assert name in shown.getvalue()


@pytest.mark.parametrize(
    ("before", "dry_run", "left"),
    [
        (ResultStatus.CHANGED, False, "stop the service app"),
        (ResultStatus.ROLLED_BACK, False, ""),
        (ResultStatus.OK, False, ""),
        (ResultStatus.CHANGED, True, ""),
    ],
)
def test_what_stayed_done_on_a_failed_target_is_told(before: ResultStatus, dry_run: bool, left: str) -> None:
    titles = ("Stop the service app", "Copy the file")
    steps = [
        StepProgress(n=n, intent="x.y", title=t, status="done", counts={}, states={}) for n, t in enumerate(titles, 1)
    ]
    shown: dict[str, Any] = {"steps": tuple(steps), "dry_run": dry_run}
    progress = Progress.model_construct(**shown)
    results = [
        Result(step=1, target="one", status=before),
        Result(step=1, target="two", status=ResultStatus.CHANGED),
        Result(step=2, target="one", status=ResultStatus.FAILED),
    ]
    assert _left_done(progress, results, results[2]) == left
