# SPDX-License-Identifier: Apache-2.0
"""`opsc calendars`: days on which schedules do not run."""

from typing import Annotated

import typer

from opsconductor.cli.output import Json, print_json, say, table

app = typer.Typer(no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The calendar's name.")]


@app.command("list")
def list_(json: Json = False) -> None:
    """All calendars with their days."""
    from opsconductor.wiring import open_container

    with open_container() as container:
        calendars = container.calendars.list()
    if json:
        print_json(calendars)
        return
    table(["Name", "Days", "For", "By"], [(c.name, ", ".join(c.days), c.description, c.actor) for c in calendars])


@app.command("set")
def set_(
    name: Name,
    days: Annotated[
        list[str], typer.Argument(help="2030-12-24, 2030-12-24..2031-01-01, 12-25 (every year), saturday.")
    ],
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    json: Json = False,
) -> None:
    """Make a calendar, or give one other days. Schedules that exclude it go by the new days from now on.

    A day is one on the clocks of the schedule's time zone.

    Example: opsc calendars set Holidays 12-25 12-26 2030-04-19..2030-04-22 saturday sunday
    """
    from opsconductor.actor import local_actor
    from opsconductor.wiring import open_container

    with open_container() as container:
        calendar = container.calendars.put(name, days, local_actor(), description)
    print_json(calendar) if json else say(f"Saved '{calendar.name}': {', '.join(calendar.days)}.", "green")


@app.command()
def remove(name: Name) -> None:
    """Take a calendar away that no schedule goes by."""
    from opsconductor.actor import local_actor
    from opsconductor.wiring import open_container

    with open_container() as container:
        calendar = container.calendars.remove(name, local_actor())
    say(f"Removed '{calendar.name}'.")
