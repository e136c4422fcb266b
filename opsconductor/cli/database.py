# SPDX-License-Identifier: Apache-2.0
"""`opsc db`: the database schema."""

import typer

from opsconductor.cli.output import Json, print_json, say

app = typer.Typer(no_args_is_help=True)


@app.command()
def upgrade(json: Json = False) -> None:
    """Bring the database to this version's schema; make a backup first.

    A new embedded database is set up by itself; a PostgreSQL one needs this once.
    """
    from opsconductor.db import migrate
    from opsconductor.settings import Settings

    before, now = migrate.upgrade(Settings())
    if json:
        print_json({"before": before, "now": now})
    elif before == now:
        say(f"The database has schema {now} already.")
    else:
        say(f"The database is now at schema {now} (before: {before or 'empty'}).")


@app.command()
def current(json: Json = False) -> None:
    """Which schema the database has, and which one this version needs. Exit code 0 when they are the same, else 5."""
    from opsconductor.db import migrate
    from opsconductor.settings import Settings

    found, needed = migrate.current(Settings()), migrate.head()
    if json:
        print_json({"current": found, "needed": needed})
    else:
        say(f"The database has schema {found or 'none: it is empty'}; this version needs {needed}.")
    raise typer.Exit(0 if found == needed else 5)
