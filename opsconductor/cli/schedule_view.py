# SPDX-License-Identifier: Apache-2.0
"""Schedules and what starts jobs, as people read them in a terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from opsconductor.cli.output import console, print_json, say, table
from opsconductor.ids import short

if TYPE_CHECKING:
    from datetime import datetime

    from opsconductor.domain.chains import ChainStep
    from opsconductor.domain.jobs import Job
    from opsconductor.domain.schedules import Schedule, ScheduleRun
    from opsconductor.services.schedules import ScheduleView
    from opsconductor.wiring import Container


def show_made(container: "Container", schedule: "Schedule", *, json: bool) -> None:
    """A schedule that was just made, and what it lacks to run."""
    view = container.schedules.get(schedule.name)
    if json:
        print_json(view)
        return
    say(f"Schedule '{schedule.name}': {schedule.timing.words}", "green")
    show_next(view)
    if view.waiting:
        say(f"It does not run yet: {view.waiting}", "yellow")
        say(view.remedy or "", "dim")
    warn_unserved(container)


def show_next(view: "ScheduleView") -> None:
    """The next times, in UTC and on the clocks of its zone."""
    for at in view.next_runs:
        say(f"  next: {moment(view.schedule, at)}")


def warn_unserved(container: "Container") -> None:
    """Say so where nobody is there who would start it."""
    from opsconductor.queue.serving import serving

    with serving(container.settings.home, alone=True) as nobody:
        if nobody:
            say("Nobody runs schedules now. Keep one of these running: opsc serve, opsc worker", "yellow")


def moment(schedule: "Schedule", at: "datetime") -> str:
    """A time in UTC, and in the schedule's zone where that is another."""
    shown = f"{at:%Y-%m-%d %H:%M}Z"
    if schedule.timing.zone == "UTC":
        return shown
    return f"{shown} ({schedule.timing.local(at):%H:%M} {schedule.timing.zone})"


def show_runs(runs: Sequence["ScheduleRun"]) -> None:
    """What became of times, the latest first."""
    rows = [
        (
            f"{r.due_at:%Y-%m-%d %H:%M}Z"
            + (f" to {r.last_at:%Y-%m-%d %H:%M}Z, {r.count} times" if r.count > 1 else ""),
            r.status,
            short(r.job_id) if r.job_id else "",
            r.reason or "",
            r.actor,
        )
        for r in runs
    ]
    table(["Due", "What became of it", "Job", "Why", "By"], rows)


def show_origin(job: "Job", schedule: "Schedule | None", chain: "Sequence[ChainStep]") -> None:
    """What started a job, and what follows it."""
    if schedule is not None:
        say(f"Started by the schedule '{schedule.name}'", "dim")
    if job.after_job_id is not None:
        say(f"Follows job {job.after_job_id}", "dim")
    for step in chain:
        told = {
            "started": f"started as job {step.job_id}",
            "waiting": f"waits: {step.reason}. Approve it: opsc approve {step.plan_id}",
            "pending": f"on {step.link.on}",
        }.get(step.status, f"{step.status}: {step.reason}")
        console.print(f"Then '{step.link.runbook}': {told}", markup=False, highlight=False)
