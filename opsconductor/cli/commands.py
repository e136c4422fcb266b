# SPDX-License-Identifier: Apache-2.0
"""What `opsc` can do: its commands and nouns by name, loaded when they are asked for."""

import inspect
from importlib import import_module
from typing import Annotated

import typer

#: Command → the module that has it, as a function of the same name.
COMMANDS = {
    "plan": "plans",
    "answer": "plans",
    "approve": "approval",
    "reject": "approval",
    "run": "jobs",
    "watch": "jobs",
    "pause": "jobs",
    "resume": "attempts",
    "retry": "attempts",
    "freeze": "freezing",
    "cancel": "jobs",
    "serve": "server",
    "worker": "server",
    "demo": "server",
    "doctor": "doctor",
}
#: Command → the class that reads its arguments, where they are read in a way of their own.
CLASSES = {"plan": ("opsconductor.cli.by_hand", "PlanCommand")}
#: Noun → the module that has its commands as `app`, and its help.
NOUNS = {
    "plans": ("opsconductor.cli.plans", "Plans that were made."),
    "runbooks": ("opsconductor.cli.runbooks", "Runbooks: saved plans with parameters."),
    "schedules": ("opsconductor.cli.schedules", "Schedules: approved plans that run at times."),
    "calendars": ("opsconductor.cli.calendars", "Calendars: days on which schedules do not run."),
    "jobs": ("opsconductor.cli.jobs", "Jobs: executions of approved plans."),
    "assets": ("opsconductor.cli.assets", "Managed machines: add, import, trust, check."),
    "groups": ("opsconductor.cli.groups", "Asset groups, nested as deep as you like."),
    "credentials": ("opsconductor.cli.credentials", "Passwords, keys and certificates, encrypted at rest."),
    "files": ("opsconductor.cli.files", "The file library: what jobs deploy, by version and SHA-256."),
    "templates": ("opsconductor.cli.templates", "Playbook templates: what can be said."),
    "eval": ("opsconductor.cli.evaluation", "What the planner makes of many requests."),
    "db": ("opsconductor.cli.database", "The database schema."),
    "simulate": ("opsconductor.simulate.cli", "Simulated hosts to try things on."),
}


def make_app(only: str | None = None) -> typer.Typer:
    """`opsc` with all its commands, or with the one of that name alone where there is one: loading the others and
    reading their parameters takes as long as a tenth of a plan."""
    app = typer.Typer(
        name="opsc",
        help="Say what should change on which machines; review the plan; watch every step on every target.\n\n"
        'Start with:  opsc demo   ·   opsc assets import hosts.yml   ·   opsc plan "restart nginx on web-01"',
        no_args_is_help=True,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(root)
    known = only in COMMANDS or only in NOUNS
    for name, module in COMMANDS.items():
        if name == only or not known:
            place = CLASSES.get(name)
            reads = getattr(import_module(place[0]), place[1]) if place else None
            app.command(name, cls=reads)(getattr(import_module(f"opsconductor.cli.{module}"), name))
    for name, (module, told) in NOUNS.items():
        if name == only or not known:
            commands = import_module(module).app
            app.add_typer(commands, name=name, help=told)
            _flow(commands)
    _flow(app)
    return app


def _flow(app: typer.Typer) -> None:
    """Help that wraps where the terminal does, not where the source's lines end; indented lines stay as they are."""
    for command in app.registered_commands:
        if command.help is None and command.callback is not None and command.callback.__doc__:
            paragraphs = inspect.cleandoc(command.callback.__doc__).split("\n\n")
            flowed = (p if p.startswith(" ") else " ".join(p.split("\n")) for p in paragraphs)
            command.help = "\n\n".join(flowed)


def _version(value: bool) -> None:
    if value:
        from opsconductor import __version__
        from opsconductor.cli.output import console

        console.print(f"opsconductor {__version__}", highlight=False)
        raise typer.Exit


def root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False,
) -> None:
    """Options before the command."""
