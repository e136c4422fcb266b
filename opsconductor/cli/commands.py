# SPDX-License-Identifier: Apache-2.0
"""What `opsc` can do: the commands and the nouns, mounted."""

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
from opsconductor.cli.output import console
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
