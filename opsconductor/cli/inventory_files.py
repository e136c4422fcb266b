# SPDX-License-Identifier: Apache-2.0
"""`opsc assets import` and `export`: the asset database from and to files."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from opsconductor.cli.output import Json, print_json, say
from opsconductor.errors import Conflict, InvalidInput

# Spelled out, and held to be true by a test: the importers themselves are loaded by the commands only.
ImportFormats = Literal["auto", "yaml", "csv", "ansible-ini", "ansible-yaml", "known-hosts"]
ExportFormats = Literal["yaml", "ansible", "csv"]


def import_(
    path: Annotated[Path, typer.Argument(help="The file; - reads standard input.", allow_dash=True)],
    chosen: Annotated[ImportFormats, typer.Option("--format", help="What it is; found out by itself.")] = "auto",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be stored.")] = False,
    with_credentials: Annotated[
        bool, typer.Option("--with-credentials", help="Turn passwords in it into encrypted credentials.")
    ] = False,
    replace_host_keys: Annotated[
        bool, typer.Option("--replace-host-keys", help="Take host keys that differ from the recorded ones.")
    ] = False,
    json: Json = False,
) -> None:
    """Add assets, groups and host keys from a file: our YAML, CSV, an Ansible inventory (INI or YAML), known_hosts.

    All of it is stored, or nothing. What is there already and not in the file stays.

    Examples:

      opsc assets import hosts.yml --dry-run

      opsc assets import inventory.ini --with-credentials

      opsc assets import ~/.ssh/known_hosts
    """
    from inventories.importers import ImportFormat
    from opsconductor.actor import local_actor
    from opsconductor.wiring import open_container

    data, source = _read(path)
    with open_container() as container:
        summary = container.imports.run(
            data,
            source,
            local_actor(),
            chosen=ImportFormat(chosen),
            dry_run=dry_run,
            with_credentials=with_credentials,
            replace_host_keys=replace_host_keys,
        )
    if json:
        print_json(summary)
        return
    counts = [
        (len(summary.added), "assets added"),
        (len(summary.changed), "changed"),
        (len(summary.unchanged), "unchanged"),
        (len(summary.groups_added), "groups added"),
        (len(summary.groups_changed), "groups changed"),
        (len(summary.credentials_added), "credentials added"),
        (len(summary.host_keys), "assets with new host keys"),
    ]
    said = ", ".join(f"{count} {what}" for count, what in counts if count) or "nothing new"
    say(f"{'Would be imported from' if dry_run else 'Imported from'} {summary.source} ({summary.format}): {said}.")
    for note in (*summary.notes, *_unread(path, summary.format)):
        say(f"  {note}", "yellow")


def export(
    chosen: Annotated[ExportFormats, typer.Option("--format", help="What to write.")] = "yaml",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write to this new file; else print.")] = None,
) -> None:
    """Write all assets and groups without secrets; our YAML and CSV can be imported again.

    Examples:

      opsc assets export --out assets.yml

      opsc assets export --format ansible > inventory.yml
    """
    from inventories.export import ExportFormat
    from opsconductor.wiring import open_container

    if out is not None and out.exists():
        raise Conflict(f"{out} is there already.", remedy="Give another path with --out, or remove it.")
    with open_container() as container:
        text = container.imports.export(ExportFormat(chosen))
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"{out} cannot be written: {error.strerror}.", remedy="Give another path.") from None
    say(f"Wrote {out}")


def _unread(path: Path, format_name: str) -> list[str]:
    """What Ansible would read besides the file and an import does not."""
    if not format_name.startswith("ansible"):
        return []
    beside = [name for name in ("group_vars", "host_vars") if (path.parent / name).is_dir()]
    return [
        f"{name}/ beside it was not read; import what 'ansible-inventory -i {path} --list' prints" for name in beside
    ]


def _read(path: Path) -> tuple[bytes, str]:
    from inventories.importers import LARGEST_SOURCE

    if str(path) == "-":
        return sys.stdin.buffer.read(LARGEST_SOURCE + 1), "standard input"
    if path.is_dir():
        raise InvalidInput(f"{path} is a folder.", remedy="Give one file of it at a time.")
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_SOURCE + 1), path.name
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}.", remedy="Give a file you may read.") from None
