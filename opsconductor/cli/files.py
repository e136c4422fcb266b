# SPDX-License-Identifier: Apache-2.0
"""`opsc files`: the file library, what jobs deploy."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from opsconductor.cli.answer_view import size
from opsconductor.cli.output import Json, print_json, say, table
from opsconductor.domain.files import LibraryFile
from opsconductor.errors import Conflict

app = typer.Typer(no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The file's name in the library.")]
Version = Annotated[int | None, typer.Option(min=1, help="Which version; the newest when not given.")]


@app.command()
def add(
    path: Annotated[Path, typer.Argument(help="The file; - reads standard input.", allow_dash=True)],
    name: Annotated[str | None, typer.Option(help="Its name in the library; else the file's own.")] = None,
    label: Annotated[str | None, typer.Option(help="What people call this version, e.g. 2.1.3.")] = None,
    json: Json = False,
) -> None:
    """Add a file, or a new version of one. Requests then name it: "copy stationcontroller.exe to …".

    Examples:

      opsc files add build/stationcontroller.exe --label 2.1.3

      curl -s https://example.com/agent.conf | opsc files add - --name agent.conf
    """
    from opsconductor.actor import local_actor
    from opsconductor.clock import utc_now
    from opsconductor.wiring import open_container

    began = utc_now()
    with open_container() as container:
        source = sys.stdin.buffer if str(path) == "-" else path
        file = container.files.add(source, local_actor(), name=name, label=label)
    if json:
        print_json(file)
    elif file.created_at < began:
        say(f"'{file.name}' is unchanged: version {file.version} has this content.")
    else:
        say(f"Added '{file.name}', version {file.version}, {size(file.size)}, SHA-256 {file.sha256}")


@app.command("list")
def list_(json: Json = False) -> None:
    """The newest version of every file."""
    from opsconductor.wiring import open_container

    with open_container() as container:
        files = container.files.list()
    if json:
        print_json(files)
        return
    table(["Name", "Version", "Label", "Size", "SHA-256", "Added (UTC)", "By"], [_row(f, short=True) for f in files])


@app.command()
def show(name: Name, json: Json = False) -> None:
    """All versions of a file, newest first."""
    from opsconductor.wiring import open_container

    with open_container() as container:
        versions = container.files.versions(name)
    if json:
        print_json(versions)
        return
    table(["Name", "Version", "Label", "Size", "SHA-256", "Added (UTC)", "By"], [_row(f) for f in versions])


@app.command()
def get(
    name: Name,
    version: Version = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write to this file; else its name here.")] = None,
    json: Json = False,
) -> None:
    """Write a file from the library to disk, its SHA-256 checked.

    Example: opsc files get agent.conf --version 3 --out /tmp/agent.conf
    """
    from opsconductor.wiring import open_container

    with open_container() as container:
        file = container.files.get(name, version)
        destination = out if out is not None else Path(file.name)
        if destination.is_dir():
            destination /= file.name
        if destination.exists():
            raise Conflict(f"{destination} is there already.", remedy="Give another path with --out, or remove it.")
        if not destination.parent.is_dir():
            raise Conflict(f"There is no folder {destination.parent}.", remedy="Make it first, or give another path.")
        container.files.fetch(file, destination)
    if json:
        print_json({**file.model_dump(mode="json"), "path": str(destination)})
        return
    say(f"Wrote '{file.name}', version {file.version}, to {destination}")


def _row(file: LibraryFile, *, short: bool = False) -> tuple[str | int | None, ...]:
    digest = f"{file.sha256[:12]}…" if short else file.sha256
    added = f"{file.created_at:%Y-%m-%d %H:%M}"
    return file.name, file.version, file.label, size(file.size), digest, added, file.actor
