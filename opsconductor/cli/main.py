# SPDX-License-Identifier: Apache-2.0
"""The command `opsc`: mounts the nouns, turns errors into a message, a remedy and an exit code."""

import gc
import os
import sys
from typing import Annotated

import typer

from opsconductor import __version__
from opsconductor.cli import (
    approval,
    assets,
    credentials,
    database,
    evaluation,
    files,
    groups,
    jobs,
    plans,
    server,
    templates,
)
from opsconductor.cli.failures import told
from opsconductor.cli.output import console, errors, json_text
from opsconductor.errors import OpsConductorError
from opsconductor.simulate.cli import app as simulate

app = typer.Typer(
    name="opsc",
    help="Say what should change on which machines; review the plan; watch every step on every target.\n\n"
    'Start with:  opsc demo   ·   opsc assets import hosts.yml   ·   opsc plan "restart nginx on web-01"',
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for command in (
    plans.plan,
    plans.answer,
    approval.approve,
    approval.reject,
    jobs.run,
    jobs.watch,
    jobs.pause,
    jobs.resume,
    jobs.cancel,
    server.serve,
    server.worker,
    server.demo,
):
    app.command()(command)
app.add_typer(plans.app, name="plans", help="Plans that were made.")
app.add_typer(jobs.app, name="jobs", help="Jobs: executions of approved plans.")
app.add_typer(assets.app, name="assets", help="Managed machines: add, import, trust, check.")
app.add_typer(groups.app, name="groups", help="Asset groups, nested as deep as you like.")
app.add_typer(credentials.app, name="credentials", help="Passwords, keys and certificates, encrypted at rest.")
app.add_typer(files.app, name="files", help="The file library: what jobs deploy, by version and SHA-256.")
app.add_typer(templates.app, name="templates", help="Playbook templates: what can be said.")
app.add_typer(evaluation.app, name="eval", help="What the planner makes of many requests.")
app.add_typer(database.app, name="db", help="The database schema.")
app.add_typer(simulate, name="simulate", help="Simulated hosts to try things on.")


def _version(value: bool) -> None:
    if value:
        console.print(f"opsconductor {__version__}", highlight=False)
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False,
) -> None:
    """Options before the command."""


def _print_error(error: OpsConductorError) -> None:
    if "--json" in sys.argv:
        sys.stdout.write(json_text(error.problem()) + "\n")
    errors.print("[bold red]Error:[/] ", end="")
    errors.print(error.message, markup=False, highlight=False)
    if error.remedy:
        errors.print("[bold]What to do:[/] ", end="")
        errors.print(error.remedy, markup=False, highlight=False)


def main() -> None:
    """The entry point of `opsconductor` and `opsc`."""
    # Whatever this process or a child writes is for its owner alone.
    os.umask(0o077)
    # A command makes many objects while it loads and throws few away: looking for those takes a tenth of its time.
    gc.set_threshold(50_000, 20, 50)
    try:
        app()
    except OpsConductorError as error:
        _print_error(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader (head, less) has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        failure = told(error)
        if failure is None:
            raise
        _print_error(failure)
        sys.exit(failure.exit_code)


if __name__ == "__main__":
    main()
