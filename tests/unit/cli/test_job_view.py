# SPDX-License-Identifier: Apache-2.0
"""What the step list's glyphs say: a step is ticked only where it was done, and went wrong nowhere."""

import io
from datetime import timedelta
from typing import Any

import pytest
from rich.console import Console

from opsconductor.cli.job_view import _glyph, _left_done, forecast_line, job_view
from opsconductor.cli.output import PlainConsole, table
from opsconductor.domain.forecasts import Forecast, ForecastCheck, StuckCell, ToldForecast
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.progress import Progress, ProgressFold, StepProgress
from opsconductor.domain.results import Result, ResultStatus
from tests.fixtures.events import BEGIN, shape, status


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


FORECAST = Forecast(at=BEGIN, seconds=200, low=150, high=330, percent=41.6, basis="history: earlier runs")


def _running(**more: object) -> Progress:
    folded = ProgressFold(shape(("a", "b"))).apply_all([status(1, JobStatus.RUNNING)]).snapshot()
    return folded.model_copy(update={"forecast": FORECAST, "eta_seconds": FORECAST.seconds} | more)


def _shown(progress: Progress) -> str:
    page = io.StringIO()
    Console(file=page, width=140).print(job_view(progress, ()))
    return page.getvalue()


def test_what_is_left_is_told_with_its_interval_and_what_it_rests_on() -> None:
    shown = _shown(_running())
    assert "ETA 3 min (2 min to 6 min)" in shown
    assert "42 % of the expected time" in shown
    assert "history: earlier runs" in shown
    assert "Stuck?" not in shown
    assert "ETA 3 min (2 min to 6 min), once it goes on" in _shown(_running(status=JobStatus.PAUSED))


def test_a_cell_that_takes_much_longer_than_usual_is_told() -> None:
    cell = StuckCell(step=2, target="a", since=BEGIN, seconds=75, usual=6, compared="history")
    assert "Stuck?   a: step 2 (Stop service 2) for 75 s, usually 6 s there" in _shown(_running(stuck=(cell,)))


def test_of_a_job_that_is_over_it_is_told_how_far_off_the_forecasts_were() -> None:
    first = ToldForecast(job_id="job", seq=1, **FORECAST.model_dump() | {"at": BEGIN + timedelta(seconds=1)})
    told = forecast_line(ForecastCheck(told=9, took=180, first=first, worst=0.114, held=1)).plain
    assert (
        told
        == "Forecasts: first 3 min (2 min to 6 min); it took 3 min. From a quarter of its time on off by 11% at most."
    )
    assert forecast_line(ForecastCheck(told=0, took=1, first=None, worst=None, held=None)).plain.endswith("were kept.")
