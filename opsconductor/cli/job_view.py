# SPDX-License-Identifier: Apache-2.0
"""A job as `opsc watch` draws it."""

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from opsconductor.cli.plan_view import duration
from opsconductor.domain.forecasts import ForecastCheck
from opsconductor.domain.jobs import ENDED, JobStatus
from opsconductor.domain.log import LogEntry, LogLevel
from opsconductor.domain.progress import Progress, StepProgress
from opsconductor.domain.quantities import portion
from opsconductor.domain.results import STOPPING, Result, ResultStatus

STATUS_STYLES = {
    JobStatus.SUCCEEDED: "bold green",
    JobStatus.PARTIALLY_FAILED: "bold yellow",
    JobStatus.FAILED: "bold red",
    JobStatus.CANCELLED: "bold magenta",
    JobStatus.INTERRUPTED: "bold red",
}
STEP_GLYPHS = {"pending": ("…", "dim"), "running": ("▶", "bold cyan"), "done": ("✓", "green")}
LEVEL_STYLES = {LogLevel.OK: "green", LogLevel.WARNING: "yellow", LogLevel.ERROR: "red", LogLevel.INFO: ""}
#: Large files on their way that are shown, of the first targets.
_TRANSFERS = 4
#: Stuck cells that are shown.
_STUCK = 5
_HELD = frozenset({JobStatus.PAUSED, JobStatus.WAITING})
#: Result statuses in the order they are counted in the step list, with their words.
COUNTED = {
    "running": "running",
    "changed": "changed",
    "ok": "ok",
    "skipped": "skipped",
    "failed": "failed",
    "unreachable": "unreachable",
    "rolled_back": "rolled back",
    "unknown": "unknown",
    "cancelled": "cancelled",
    "not_run": "not run",
}


def job_view(progress: Progress, tail: Sequence[LogEntry]) -> RenderableType:
    """Job line, step bar, target bar, current targets, step list and the last log lines."""
    parts: list[RenderableType] = [_line(progress), Text(), _bars(progress)]
    if progress.current_targets:
        shown = ", ".join(progress.current_targets[:4])
        more = len(progress.current_targets) - 4
        parts.append(Text.assemble(("Now on   ", "bold"), shown + (f" and {more} more" if more > 0 else "")))
    for transfer in progress.transfers[:_TRANSFERS]:
        parts.append(Text(f"         {transfer.target}: {portion(transfer.done, transfer.size)}", style="dim"))
    parts += _stuck(progress)
    if progress.forecast:
        parts.append(Text(f"         {progress.forecast.basis}", style="dim"))
    parts += [Text(), _steps(progress)]
    if tail:
        parts += [Text(), *log_lines(tail)]
    return Panel(Group(*parts), title=Text(progress.title), title_align="left", border_style="cyan")


def _line(progress: Progress) -> Text:
    status = Text(progress.status.replace("_", " "), style=STATUS_STYLES.get(progress.status, "bold cyan"))
    line = Text.assemble(("Status   ", "bold"), status)
    if progress.reason:
        line.append(f" ({progress.reason})", style="dim")
    if progress.started_at:
        line.append(f"   started {progress.started_at:%H:%M:%S}Z")
        if progress.at:
            line.append(f"   elapsed {duration((progress.at - progress.started_at).total_seconds())}")
    if told := progress.forecast:
        after = ", once it goes on" if progress.status in _HELD else ""
        line.append(f"   ETA {duration(told.seconds)} ({duration(told.low)} to {duration(told.high)}){after}")
    return line


def _stuck(progress: Progress) -> Iterator[Text]:
    """A line for each cell that runs much longer than usual, the first few."""
    for cell in progress.stuck[:_STUCK]:
        title = progress.steps[cell.step - 1].title
        than = "there" if cell.compared == "history" else "on the others"
        usual = f"for {duration(cell.seconds)}, usually {duration(cell.usual)} {than}"
        yield Text.assemble(("Stuck?   ", "bold yellow"), f"{cell.target}: step {cell.step} ({title}) {usual}")
    if (more := len(progress.stuck) - _STUCK) > 0:
        yield Text(f"         and {more} more", style="yellow")


def _bars(progress: Progress) -> RenderableType:
    steps, totals = len(progress.steps), progress.totals
    done = sum(s.status == "done" for s in progress.steps)
    step = progress.current_step or steps
    name = progress.steps[step - 1].title if progress.steps else ""
    grid = Table.grid(padding=(0, 2))
    grid.add_row(
        Text("Step", style="bold"),
        ProgressBar(total=max(steps, 1), completed=done, width=40),
        Text(f"{min(done + (progress.status not in ENDED), steps)} of {steps}  {name}"),
    )
    counts = Text.assemble(
        (f"✓ {totals.completed} completed", "green"),
        (f"  ✗ {totals.failed} failed", "red" if totals.failed else "dim"),
        (f"  … {totals.pending} pending", "dim"),
    )
    if totals.cancelled:
        counts.append(f"  – {totals.cancelled} not run", style="magenta")
    ended = totals.completed + totals.failed + totals.cancelled
    grid.add_row(
        Text("Targets", style="bold"), ProgressBar(total=max(totals.total, 1), completed=ended, width=40), counts
    )
    if told := progress.forecast:
        bar = ProgressBar(total=100, completed=told.percent, width=40)
        grid.add_row(Text("Work", style="bold"), bar, Text(f"{told.percent:.0f} % of the expected time"))
    return grid


def _steps(progress: Progress) -> RenderableType:
    grid = Table.grid(padding=(0, 1))
    found = len(progress.targets)
    grid.add_row(Text("✓", style="green"), "", Text("Find the targets"), Text(f"{found} found", style="dim"))
    for step in progress.steps:
        glyph, style = _glyph(step)
        counts = counts_of(step, dry_run=progress.dry_run)
        grid.add_row(Text(glyph, style=style), Text(f"{step.n}."), Text(step.title), Text(counts, style="dim"))
    return grid


def _glyph(step: StepProgress) -> tuple[str, str]:
    """A step is ticked only where it was done on some target, and went wrong on none."""
    if step.status == "done" and set(step.counts) & {status.value for status in STOPPING}:
        return "✗", "red"
    if step.status == "done" and set(step.counts) <= {"not_run", "cancelled"}:
        return "–", "magenta"
    return STEP_GLYPHS[step.status]


def counts_of(step: StepProgress, *, dry_run: bool = False) -> str:
    """ "18 running, 7 stopped · 25 ok"."""
    words = COUNTED | {"changed": "would change"} if dry_run else COUNTED
    counts = ", ".join(f"{step.counts[k]} {word}" for k, word in words.items() if step.counts.get(k))
    states = ", ".join(f"{count} {label}" for label, count in sorted(step.states.items()))
    return " · ".join(part for part in (states, counts) if part)


def log_lines(entries: Iterable[LogEntry]) -> list[Text]:
    """Log lines as text."""
    return [
        Text.assemble(
            (f"{e.timestamp:%H:%M:%S} ", "dim"), (f"[{e.target or '-'}] ", "bold"), (e.message, LEVEL_STYLES[e.level])
        )
        for e in entries
    ]


def summary(progress: Progress, results: Iterable[Result], *, steps: bool = True) -> RenderableType:
    """The step list with its counts, how the job ended, and for each target that did not make it where and why."""
    totals, results = progress.totals, tuple(results)
    lines: list[RenderableType] = [
        *([_steps(progress), Text()] if steps else []),
        Text.assemble(
            "Job ",
            (progress.status.replace("_", " "), STATUS_STYLES.get(progress.status, "bold")),
            f": {totals.completed} of {totals.total} targets completed, {totals.failed} failed"
            + (f", {totals.cancelled} not run" if totals.cancelled else "")
            + ".",
        ),
    ]
    if progress.reason:
        lines.append(Text(progress.reason, style="yellow"))
    for result in results:
        if result.status in STOPPING:
            title = progress.steps[result.step - 1].title
            became = COUNTED.get(result.status, result.status)
            said = f"  ✗ {result.target}: step {result.step} ({title}) {became}: {result.message or ''}"
            lines.append(Text(said, style="red"))
            if done := _left_done(progress, results, result):
                lines.append(Text(f"    done before and not taken back: {done}", style="yellow"))
    return Group(*lines)


def _left_done(progress: Progress, results: Iterable[Result], failed: Result) -> str:
    """What was changed on the failed target before, and stayed: it may be down until somebody brings it up again."""
    if progress.dry_run:
        return ""
    done = [r.step for r in results if r.target == failed.target and r.status is ResultStatus.CHANGED]
    titles = [progress.steps[step - 1].title for step in sorted(done) if step < failed.step]
    return ", ".join(title[:1].lower() + title[1:] for title in titles)


def forecast_line(check: ForecastCheck) -> Text:
    """How good the forecasts of a job that is over were."""
    if check.first is None:
        return Text("Forecasts: none were kept.", style="dim")
    first = check.first
    text = f"Forecasts: first {duration(first.seconds)} ({duration(first.low)} to {duration(first.high)})"
    text += f"; it took {duration(check.took)}."
    if check.worst is not None:
        text += f" From a quarter of its time on off by {check.worst:.0%} at most."
    return Text(text, style="dim")
