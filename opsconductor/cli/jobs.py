# SPDX-License-Identifier: Apache-2.0
"""`opsc run`, `opsc watch`, `opsc jobs` and the run-time controls."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from opsconductor.cli import artifacts, job_output
from opsconductor.cli.handover import dispatched, hand_over
from opsconductor.cli.output import Json, console, json_text, plain, print_json, say, table
from opsconductor.cli.plans import PlanId
from opsconductor.cli.schedule_view import show_made, show_origin
from opsconductor.domain.jobs import ENDED, EXIT_CODES, JobStatus, Priority
from opsconductor.ids import short

if TYPE_CHECKING:
    from opsconductor.wiring import Container

app = typer.Typer(no_args_is_help=True)
#: Seconds between two looks: meanwhile more happens, and the next look shows all of it.
_PACE = 0.25
JobId = Annotated[str, typer.Argument(help="Job id, or its last eight characters.")]


def run(
    plan_id: PlanId,
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Queue it and return; a server or worker runs it.")
    ] = False,
    priority: Annotated[Priority, typer.Option(help="Who comes first when jobs have to wait.")] = Priority.NORMAL,
    json: Json = False,
) -> None:
    """Run a plan, approved or in need of no approval, and follow it to the end. Ctrl-C stops watching, not the job.

    A plan that says when it runs ("every Monday at 3", "tonight at 22:00") becomes a schedule: see `opsc schedules`.

    Exit codes: 0 succeeded, 20 partially failed, 21 failed, 22 cancelled, 23 interrupted,
    6 not approved (or changed since).
    """
    from opsconductor.actor import local_actor
    from opsconductor.wiring import open_container

    with open_container() as container:
        with console.status("Checking the plan once more"):
            if container.planning.get(plan_id).plan.options.schedule is not None:
                show_made(container, container.schedules.put_in_force(plan_id, local_actor()), json=json)
                return
            job = container.launching.launch(plan_id, local_actor(), priority=priority)
        if detach:
            print_json(job) if json else say(f"Queued as job {job.id}. Follow it: opsc watch {job.id}", "green")
            return
        with dispatched(container, job.id):
            status = follow(container, job.id, json=json)
    raise typer.Exit(EXIT_CODES[status])


def watch(job_id: JobId, json: Json = False) -> None:
    """Follow a job live: status and ETA, step and target bars, current targets, step list, last log lines.

    With --json: one progress document a line, the last one final and with `answers`. Exit codes as `opsc run`.
    """
    from opsconductor.wiring import open_container

    with open_container() as container:
        job = container.jobs.get(job_id)
        with dispatched(container, job.id):
            status = follow(container, job.id, json=json)
    raise typer.Exit(EXIT_CODES[status])


def follow(container: "Container", job_id: str, *, json: bool) -> JobStatus:
    """Show a job until it has ended."""
    from rich.live import Live

    from opsconductor.cli.answer_view import answer_tables
    from opsconductor.cli.job_view import job_view, summary

    progress = container.following.progress(job_id)
    if json:
        for progress in container.following.watch(job_id):
            ended = {"answers": plain(container.following.answers(job_id))} if progress.status in ENDED else {}
            typer.echo(json_text(plain(progress) | ended))
        return progress.status
    if not console.is_terminal:
        # A log file gets lines, not a picture.
        seen = 0
        for latest in container.following.watch(job_id):
            progress = latest
            for entry in container.following.log(job_id, after=seen):
                say(f"{entry.timestamp:%H:%M:%S} [{entry.target or '-'}] {entry.message}")
                seen = entry.id
            time.sleep(_PACE)
    else:
        with Live(console=console, refresh_per_second=8, transient=True) as live:
            for progress in container.following.watch(job_id):
                live.update(job_view(progress, container.following.tail(job_id, 10)))
                time.sleep(_PACE)
    console.print(summary(progress, container.following.results(job_id)))
    if answers := container.following.answers(job_id):
        console.print(answer_tables(answers))
    job_output.more_output(container, job_id)
    return progress.status


@app.command("list")
def list_(
    after: Annotated[str | None, typer.Option(help="Jobs older than this id.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 20,
    json: Json = False,
) -> None:
    """Jobs, newest first."""
    from rich.text import Text

    from opsconductor.cli.job_view import STATUS_STYLES
    from opsconductor.wiring import open_container

    with open_container() as container:
        jobs = container.jobs.recent(after, limit)
    if json:
        print_json(jobs)
        return
    rows = [
        (
            short(j.id),
            Text(j.status.replace("_", " "), STATUS_STYLES.get(j.status, "")),
            f"{j.created_at:%Y-%m-%d %H:%M}Z",
            j.title + (f" ({j.reason})" if j.reason else ""),
            j.actor,
        )
        for j in jobs
    ]
    table(["Job", "Status", "Started", "What", "By"], rows, whole=["Status", "Started"])


@app.command()
def show(job_id: JobId, json: Json = False) -> None:
    """One job: its steps, targets, what failed where and what the targets answered; once it is over, how good the
    forecasts of its end were. With --json also every forecast with its time."""
    from opsconductor.cli.answer_view import answer_tables
    from opsconductor.cli.job_view import forecast_line, job_view, summary
    from opsconductor.wiring import open_container

    with open_container() as container:
        job = container.jobs.get(job_id)
        progress = container.following.progress(job.id)
        results = container.following.results(job.id)
        answers = container.following.answers(job.id)
        tail = container.following.tail(job.id, 10)
        told, check = container.forecasting.told(job.id), container.forecasting.check(job.id)
        schedule, chain = container.scheduling.of_job(job), container.chaining.after(job.id)
        if json:
            print_json(
                {
                    "job": job,
                    "progress": progress,
                    "results": results,
                    "answers": answers,
                    "forecasts": told,
                    "forecast_check": check,
                    "schedule": schedule.name if schedule else None,
                    "chain": chain,
                }
            )
            return
        console.print(job_view(progress, tail))
        show_origin(job, schedule, chain)
        if progress.status in ENDED:
            console.print(summary(progress, results, steps=False))
        if check is not None:
            console.print(forecast_line(check))
        if answers:
            console.print(answer_tables(answers))
        job_output.more_output(container, job.id)


@app.command()
def log(
    job_id: JobId,
    target: Annotated[str | None, typer.Option(help="Only this target.")] = None,
    json: Json = False,
) -> None:
    """The whole log of a job."""
    from opsconductor.wiring import open_container

    with open_container() as container:
        entries = list(container.following.log(container.jobs.get(job_id).id, target=target))
    if json:
        print_json(entries)
        return
    for entry in entries:
        say(f"{entry.timestamp:%H:%M:%S} [{entry.target or '-'}] {entry.message}")


app.command("output")(job_output.output)
app.command()(artifacts.artifacts)
app.command()(artifacts.prune)


def pause(job_id: JobId) -> None:
    """Hold a job before its next step on each target."""
    _control("pause", job_id, "Pausing: running tasks finish, no further step starts.")


def cancel(job_id: JobId) -> None:
    """End a job: the running task is ended, no further step starts."""
    _control("cancel", job_id, "Cancelling.")


def _control(verb: str, job_id: str, message: str) -> None:
    from opsconductor.actor import local_actor
    from opsconductor.wiring import open_container

    with open_container() as container:
        job = container.jobs.get(job_id)
        getattr(container.jobs, verb)(job.id, local_actor())
        if verb != "pause":
            hand_over(container, job.id)
    say(message, "yellow")
