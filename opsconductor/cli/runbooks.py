# SPDX-License-Identifier: Apache-2.0
"""`opsc runbooks`: saved plans with parameters."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from opsconductor.cli.chains import brief, chain, show_links
from opsconductor.cli.output import Json, console, print_json, say, table
from opsconductor.cli.plans import finish, show
from opsconductor.errors import Conflict, InvalidInput
from opsconductor.ids import short

if TYPE_CHECKING:
    from opsconductor.domain.runbooks import Runbook, RunbookDocument
    from opsconductor.services.runbooks import RunbookInput

app = typer.Typer(no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The runbook's name.")]
Source = Annotated[Path, typer.Argument(help="A runbook as YAML or JSON; - reads standard input.")]
Version = Annotated[int | None, typer.Option(min=1, max=2**31 - 1, help="Which version; the newest when not given.")]


@app.command()
def save(
    name: Name,
    plan: Annotated[str, typer.Option("--from", help="The plan to save: its id, or the last eight characters of it.")],
    param: Annotated[
        list[str] | None,
        typer.Option("--param", help="NAME=PLACE: what is said anew at each use, e.g. file=step4.src, where=targets."),
    ] = None,
    required: Annotated[
        list[str] | None, typer.Option("--required", help="A parameter without a default: it must be given.")
    ] = None,
    describe: Annotated[
        list[str] | None, typer.Option("--describe", help="NAME=TEXT: what a parameter is, in your words.")
    ] = None,
    description: Annotated[str, typer.Option(help="What the runbook is for.")] = "",
    json: Json = False,
) -> None:
    """Save a plan as a runbook. What the plan has in a parameter's place becomes its default.

    Example: opsc runbooks save "Roll out agent" --from 1a2b3c4d --param file=step2.src --param where=targets
    """
    from opsconductor.actor import local_actor
    from opsconductor.wiring import open_container

    with open_container() as container:
        fills, needed = pairs(param, "--param"), frozenset(required or [])
        document = container.runbooks.from_plan(plan, name, description, fills, needed)
        document = _described(document, pairs(describe, "--describe"))
        runbook = container.runbooks.save(document, local_actor())
        inputs = container.runbooks.inputs(runbook)
    if json:
        print_json(runbook)
        return
    _show(runbook, inputs)
    given = " ".join(f"-p {i.name}=…" for i in inputs if i.required)
    say(f"Use it: opsc runbooks run '{runbook.name}' {given}".rstrip(), "dim")


@app.command("list")
def list_(json: Json = False) -> None:
    """All runbooks, the newest version of each."""
    from opsconductor.wiring import open_container

    with open_container() as container:
        runbooks = container.runbooks.list()
    if json:
        print_json(runbooks)
        return
    rows = [
        (r.name, r.version, r.document.description, ", ".join(r.document.parameters), _when(r), r.actor)
        for r in runbooks
    ]
    table(["Name", "Version", "For", "Parameters", "Saved (UTC)", "By"], rows)


@app.command("show")
def show_(name: Name, version: Version = None, json: Json = False) -> None:
    """One runbook: its parameters, its plan as a document, its versions."""
    from opsconductor.services.documents import plan_yaml
    from opsconductor.wiring import open_container

    with open_container() as container:
        runbook = container.runbooks.get(name, version)
        versions = container.runbooks.versions(name)
        inputs = container.runbooks.inputs(runbook)
    if json:
        print_json({"runbook": runbook, "inputs": inputs, "versions": versions})
        return
    _show(runbook, inputs)
    console.print(plan_yaml(runbook.document.plan), markup=False, highlight=False)
    rows = [(v.version, _when(v), v.actor, "removed" if v.removed else "") for v in versions]
    table(["Version", "Saved (UTC)", "By", ""], rows)


@app.command()
def run(
    name: Name,
    param: Annotated[list[str] | None, typer.Option("--param", "-p", help="NAME=VALUE, as often as needed.")] = None,
    version: Version = None,
    json: Json = False,
) -> None:
    """Make a plan of a runbook with these values. It is validated anew; approve and run it like any other.

    Exit codes are those of `opsc plan`.

    Example: opsc runbooks run "Roll out agent" -p file=agent-2.conf -p where="CIS servers"
    """
    from opsconductor.actor import local_actor
    from opsconductor.wiring import open_container

    with open_container() as container:
        record = container.runbooks.run(name, dict(pairs(param, "-p")), local_actor(), version)
    show(record, json)
    finish(record)


@app.command()
def edit(name: Name, file: Source, json: Json = False) -> None:
    """Save a file as the runbook's next version; the versions before stay.

    Example: opsc runbooks export "Roll out agent" > r.yml, change it, opsc runbooks edit "Roll out agent" r.yml
    """
    from opsconductor.actor import local_actor
    from opsconductor.wiring import open_container

    with open_container() as container:
        before = container.runbooks.get(name)
        runbook = _stored(file, lambda document: container.runbooks.edit(name, document, local_actor()))
    if json:
        print_json(runbook)
    elif runbook.version == before.version:
        say(f"'{runbook.name}' is unchanged: version {runbook.version} is the same.")
    else:
        say(f"Saved '{runbook.name}', version {runbook.version}.", "green")


app.command("chain")(chain)


@app.command("import")
def import_(
    file: Source,
    name: Annotated[str | None, typer.Option(help="Another name than the one in the file.")] = None,
    json: Json = False,
) -> None:
    """Save a runbook that someone shared as a file.

    Example: opsc runbooks import roll-out.yml
    """
    from opsconductor.actor import local_actor
    from opsconductor.wiring import open_container

    def store(document: "RunbookDocument") -> "Runbook":
        renamed = document.model_copy(update={"name": name}) if name else document
        return container.runbooks.save(renamed, local_actor())

    with open_container() as container:
        runbook = _stored(file, store)
    if json:
        print_json(runbook)
    else:
        say(f"Saved '{runbook.name}', version {runbook.version}.", "green")


@app.command()
def export(
    name: Name,
    version: Version = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write to this file; else it is printed.")] = None,
) -> None:
    """Write a runbook as YAML, to be shared or edited.

    Example: opsc runbooks export "Roll out agent" --out roll-out.yml
    """
    from opsconductor.services.documents import runbook_yaml
    from opsconductor.wiring import open_container

    with open_container() as container:
        text = runbook_yaml(container.runbooks.get(name, version).document)
    if out is None:
        typer.echo(text, nl=False)
        return
    if out.exists():
        raise Conflict(f"{out} is there already.", remedy="Give another path with --out, or remove it.")
    out.write_text(text, encoding="utf-8")
    say(f"Written to {out}.", "green")


@app.command()
def remove(
    name: Name, yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False, json: Json = False
) -> None:
    """Take a runbook away. Plans and jobs that were made of it stay, and so does its history."""
    from opsconductor.actor import local_actor
    from opsconductor.wiring import open_container

    with open_container() as container:
        runbook = container.runbooks.get(name)
        if not yes:
            typer.confirm(f"Remove the runbook '{runbook.name}'?", abort=True)
        container.runbooks.remove(runbook.name, local_actor())
    if json:
        print_json(runbook)
    else:
        say(f"Removed '{runbook.name}'.")


def _stored(file: Path, store: Any) -> "Runbook":
    """What becomes of the runbook in a file; faults are told with their lines."""
    from opsconductor.domain.runbooks import RunbookDocument
    from opsconductor.services.documents import located, parse, read_file

    text, source = read_file(file)
    document = parse(text, RunbookDocument, source)
    with located(text, source):
        runbook: Runbook = store(document)
    return runbook


def _described(document: "RunbookDocument", described: dict[str, str]) -> "RunbookDocument":
    if unknown := sorted(described.keys() - document.parameters.keys()):
        raise InvalidInput(f"There is no parameter '{unknown[0]}'.", remedy=f"Add it: --param {unknown[0]}=step1.NAME")
    parameters = dict(document.parameters)
    for name, text in described.items():
        parameters[name] = parameters[name].model_copy(update={"description": text})
    return document.model_copy(update={"parameters": parameters})


def _show(runbook: "Runbook", inputs: "tuple[RunbookInput, ...]") -> None:
    console.print(f"{runbook.name} · version {runbook.version}", style="bold", markup=False)
    if runbook.document.description:
        say(runbook.document.description)
    say(f"Saved {_when(runbook)}Z by {runbook.actor} · {short(runbook.id)}", "dim")
    show_links(runbook)
    if not inputs:
        say("It has no parameters.")
        return
    rows = [
        (i.name, i.type, "required" if i.required else "" if i.default is None else f"default {brief(i.default)}",
         ", ".join(i.fills), i.description)
        for i in inputs
    ]  # fmt: skip
    table(["Parameter", "Type", "Value", "Fills", "Meaning"], rows)


def _when(runbook: "Runbook") -> str:
    return f"{runbook.created_at:%Y-%m-%d %H:%M}"


def pairs(given: list[str] | None, option: str) -> dict[str, str]:
    """["file=step4.src"] as a mapping."""
    pairs = {}
    for item in given or []:
        name, mark, value = item.partition("=")
        if not mark or not name.strip():
            raise InvalidInput(f"{option} {item}: this is not NAME=VALUE.", remedy=f"Write {option} name=value.")
        pairs[name.strip()] = value
    return pairs
