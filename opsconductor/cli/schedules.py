# SPDX-License-Identifier: Apache-2.0
"""`opsc schedules`: approved plans that run at times."""

from typing import Annotated

import typer

from opsconductor.cli.output import Json, console, print_json, say, table
from opsconductor.cli.schedule_view import moment, show_made, show_next, show_runs
from opsconductor.domain.jobs import Priority
from opsconductor.domain.schedules import DEFAULT_WINDOW, LONGEST_WINDOW, CatchUp, Overlap
from opsconductor.errors import InvalidInput
from opsconductor.ids import short

app = typer.Typer(no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The schedule's name.")]


@app.command()
def create(
    name: Name,
    plan: Annotated[str | None, typer.Option("--plan", help="The plan to run: its id, or its last characters.")] = None,
    runbook: Annotated[str | None, typer.Option("--runbook", help="Or a runbook; a plan is made of it.")] = None,
    param: Annotated[list[str] | None, typer.Option("--param", "-p", help="NAME=VALUE for the runbook.")] = None,
    cron: Annotated[
        str | None,
        typer.Option("--cron", help='Minute, hour, day, month, weekday: "0 3 * * 1"; or @daily and the like.'),
    ] = None,
    at: Annotated[str | None, typer.Option("--at", help="Once, at this date and time: 2030-05-06T22:00.")] = None,
    zone: Annotated[
        str | None, typer.Option("--zone", help="That time is on the clocks of this zone: Europe/Berlin; else UTC.")
    ] = None,
    calendar: Annotated[
        list[str] | None, typer.Option("--exclude", help="Not on the days of this calendar; as often as needed.")
    ] = None,
    catch_up: Annotated[
        CatchUp, typer.Option("--catch-up", help="A time that passed while no server or worker ran.")
    ] = CatchUp.ONCE,
    window: Annotated[
        int, typer.Option("--window", min=0, max=LONGEST_WINDOW, help="Seconds late up to which it is made up for.")
    ] = DEFAULT_WINDOW,
    overlap: Annotated[
        Overlap, typer.Option("--overlap", help="A time at which the job before has not ended.")
    ] = Overlap.SKIP,
    priority: Annotated[
        Priority, typer.Option(help="Who comes first when jobs have to wait: of all jobs that it starts.")
    ] = Priority.NORMAL,
    json: Json = False,
) -> None:
    """Make a schedule of a plan or a runbook. It runs from when its plan is approved.

    The time is part of the plan and of what is approved: a plan with another time is made where need be. The approval
    is for every job of the schedule, for 90 days, while targets, templates and content stay the same; else the schedule
    asks again. A sentence with a time makes a schedule by itself: opsc plan, opsc approve, opsc run.

    Examples:

      opsc schedules create "Weekly updates" --plan 1a2b3c4d \\
          --cron "0 3 * * 1" --zone Europe/Berlin --exclude Holidays
      opsc schedules create "Nightly check" --runbook "Check disks" \\
          -p where=Web --cron "30 22 * * *"
    """
    from opsconductor.actor import local_actor
    from opsconductor.cli.runbooks import pairs
    from opsconductor.domain.timing import timing_of
    from opsconductor.services.schedules import Policy
    from opsconductor.wiring import open_container

    if (plan is None) is (runbook is None):
        raise InvalidInput("There is nothing to run, or two things.", remedy="Give one of --plan and --runbook.")
    given = {key: value for key, value in (("cron", cron), ("at", at)) if value is not None}
    if zone is not None and not given:
        raise InvalidInput(
            "The time zone is of no time: the plan's own stays as it is.",
            remedy="Give the time as well: --cron or --at.",
        )
    timing = timing_of(given | ({"zone": zone} if zone is not None else {})) if given else None
    policy = Policy(
        calendars=tuple(calendar or ()), catch_up=catch_up, window=window, overlap=overlap, priority=priority
    )
    with open_container() as container:
        actor = local_actor()
        if runbook is not None:
            plan = container.runbooks.run(runbook, dict(pairs(param, "-p")), actor).plan.id
        schedule = container.schedules.create(plan or "", actor, name=name, timing=timing, policy=policy)
        show_made(container, schedule, json=json)


@app.command("list")
def list_(json: Json = False) -> None:
    """All schedules: how each stands, its next time, what became of the last one."""
    from opsconductor.wiring import open_container

    with open_container() as container:
        views = container.schedules.list()
    if json:
        print_json(views)
        return
    rows = [
        (
            v.schedule.name,
            v.state,
            v.schedule.timing.words,
            moment(v.schedule, v.next_runs[0]) if v.next_runs else "",
            f"{v.last.status} {v.last_job or v.last.reason or ''}".replace("_", " ") if v.last else "",
        )
        for v in views
    ]
    table(["Name", "State", "When", "Next", "Last"], rows)


@app.command()
def show(name: Name, json: Json = False) -> None:
    """One schedule: its plan and approval, its next times, what became of the last ones and why."""
    from opsconductor.wiring import open_container

    with open_container() as container:
        view = container.schedules.get(name)
        runs = container.schedules.runs(name, limit=20)
    if json:
        print_json({"view": view, "runs": runs})
        return
    schedule = view.schedule
    console.print(f"{schedule.name} · {view.state}", style="bold", markup=False)
    say(schedule.timing.words)
    say(f"{view.title} (plan {schedule.plan_id})")
    if view.approved_until:
        say(f"Approved until {view.approved_until:%Y-%m-%d %H:%M}Z")
    if view.waiting:
        say(f"{view.waiting}\n{view.remedy}", "yellow")
    for reason in () if view.blocked else schedule.asks:
        say(f"  it asks again: {reason}", "yellow")
    window = f"within {schedule.window} s" if schedule.catch_up is CatchUp.ONCE else ""
    days = f" · not on the days of {', '.join(schedule.calendars)}" if schedule.calendars else ""
    ranked = f" · {schedule.priority} priority" if schedule.priority is not Priority.NORMAL else ""
    say(f"Missed: {schedule.catch_up} {window} · overlap: {schedule.overlap}{ranked}{days}", "dim")
    show_next(view)
    show_runs(runs)


@app.command("next")
def next_(
    name: Name,
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=1000, help="How many.")] = 10,
    json: Json = False,
) -> None:
    """The next times of a schedule, without the days of its calendars."""
    from opsconductor.wiring import open_container

    with open_container() as container:
        view = container.schedules.get(name, count)
    if json:
        print_json(view.next_runs)
        return
    for at in view.next_runs:
        say(moment(view.schedule, at))
    if not view.next_runs:
        say("It is paused." if view.schedule.paused_by else "No time is to come.")


@app.command()
def pause(name: Name) -> None:
    """Start nothing until it is resumed. Times that come meanwhile are skipped; a job under way goes on."""
    from opsconductor.actor import local_actor
    from opsconductor.wiring import open_container

    with open_container() as container:
        schedule = container.schedules.pause(name, local_actor())
    say(f"'{schedule.name}' is paused.", "yellow")


@app.command()
def resume(name: Name) -> None:
    """Run at its times again; what came meanwhile is not made up for."""
    from opsconductor.actor import local_actor
    from opsconductor.wiring import open_container

    with open_container() as container:
        schedule = container.schedules.resume(name, local_actor())
        say(f"'{schedule.name}' runs at its times again.", "green")
        show_next(container.schedules.get(schedule.name, 1))


@app.command()
def delete(name: Name, yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False) -> None:
    """Take a schedule away. Jobs that it started go on, and their history stays."""
    from opsconductor.actor import local_actor
    from opsconductor.wiring import open_container

    with open_container() as container:
        view = container.schedules.get(name)
        if not yes:
            typer.confirm(f"Delete the schedule '{view.schedule.name}' ({view.schedule.timing.words})?", abort=True)
        container.schedules.delete(view.schedule.name, local_actor())
    say(f"Deleted '{view.schedule.name}'.")


@app.command()
def check(name: Name, json: Json = False) -> None:
    """Compare its plan with today's targets, templates and files. Where they differ, a new plan asks for approval.

    A server or worker does so by itself every hour and before each job.
    """
    from opsconductor.wiring import open_container

    with open_container() as container:
        view = container.schedules.check(name)
    if json:
        print_json(view)
        return
    if view.blocked:
        say(f"{view.waiting}\n{view.remedy}", "yellow")
        return
    if not view.schedule.asks:
        waits = f"Nothing has changed. {view.waiting} {view.remedy}"
        say("Everything is as it was approved." if view.waiting is None else waits)
        return
    for reason in view.schedule.asks:
        say(f"It asks again: {reason}", "yellow")
    say(f"Look at it first. {view.remedy}", "dim")


@app.command("run-now")
def run_now(name: Name, json: Json = False) -> None:
    """Run its plan once, now, by its approval. Its times stay as they are. Follow the job with `opsc watch`."""
    from opsconductor.actor import local_actor
    from opsconductor.cli.handover import hand_over
    from opsconductor.wiring import open_container

    with open_container() as container:
        job = container.schedules.run_now(name, local_actor())
        hand_over(container, job.id)
    print_json(job) if json else say(f"Queued as job {job.id}. Follow it: opsc watch {short(job.id)}", "green")
