# SPDX-License-Identifier: Apache-2.0
"""`opsc groups`: asset groups, nested as deep as you like."""

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from opsconductor.cli.output import Json, console, print_json, say, table
from opsconductor.domain.specs import GroupEdit, GroupSpec
from opsconductor.errors import InvalidInput

if TYPE_CHECKING:
    from opsconductor.services.groups import GroupLine

app = typer.Typer(no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The group's name.")]
Credential = Annotated[
    str | None, typer.Option(help="Credential for the assets in it, unless a deeper group or the asset names one.")
]
Critical = Annotated[
    bool | None, typer.Option("--critical/--not-critical", help="Critical: changes in it are one level more risky.")
]
Description = Annotated[str | None, typer.Option(help="What it is.")]
#: Names of assets under one group that the tree shows before it counts.
_SHOWN_ASSETS = 20


@app.command()
def add(
    name: Name,
    parent: Annotated[list[str] | None, typer.Option("--in", help="Put it into this group; repeatable.")] = None,
    asset: Annotated[list[str] | None, typer.Option(help="Put this asset into it; repeatable.")] = None,
    credential: Credential = None,
    critical: Critical = None,
    description: Description = None,
    json: Json = False,
) -> None:
    """Add a group.

    Examples:

      opsc groups add "CIS servers" --credential "CIS admin"

      opsc groups add "Production Web" --in Production --critical --asset web1 --asset web2
    """
    from opsconductor.actor import local_actor
    from opsconductor.wiring import open_container

    spec = GroupSpec(
        name=name,
        parents=tuple(parent or ()),
        credential=credential,
        critical=bool(critical),
        description=description,
        assets=tuple(asset or ()),
    )
    with open_container() as container:
        group = container.groups.add(spec, local_actor())
    if json:
        print_json(group)
        return
    say(f"Added group '{group.name}'.")


@app.command()
def edit(
    name: Name,
    rename: Annotated[str | None, typer.Option(help="Its new name.")] = None,
    credential: Credential = None,
    no_credential: Annotated[bool, typer.Option("--no-credential", help="Take its credential away.")] = False,
    critical: Critical = None,
    description: Description = None,
    add_parent: Annotated[list[str] | None, typer.Option(help="Put it into this group.")] = None,
    remove_parent: Annotated[list[str] | None, typer.Option(help="Take it out of this group.")] = None,
    add_asset: Annotated[list[str] | None, typer.Option(help="Put this asset into it.")] = None,
    remove_asset: Annotated[list[str] | None, typer.Option(help="Take this asset out of it.")] = None,
    json: Json = False,
) -> None:
    """Change a group: what is not given stays.

    Examples:

      opsc groups edit "CIS servers" --rename "CIS stations" --critical

      opsc groups edit "Production Web" --add-asset web3 --remove-asset web1
    """
    from opsconductor.actor import local_actor
    from opsconductor.wiring import open_container

    given: dict[str, Any] = {"name": rename, "credential": credential, "critical": critical, "description": description}
    changes = {field: value for field, value in given.items() if value is not None}
    if no_credential:
        changes["credential"] = None
    lists = {
        "add_parents": add_parent,
        "remove_parents": remove_parent,
        "add_assets": add_asset,
        "remove_assets": remove_asset,
    }
    changes |= {field: tuple(names) for field, names in lists.items() if names}
    if not changes:
        raise InvalidInput("Nothing to change.", remedy="Give an option; `opsc groups edit --help` shows them.")
    with open_container() as container:
        group = container.groups.edit(name, GroupEdit(**changes), local_actor())
    if json:
        print_json(group)
        return
    say(f"Changed group '{group.name}'.")


@app.command()
def remove(name: Name, json: Json = False) -> None:
    """Remove a group; its assets and the groups in it stay.

    Example: opsc groups remove "Old web"
    """
    from opsconductor.actor import local_actor
    from opsconductor.wiring import open_container

    with open_container() as container:
        group = container.groups.remove(name, local_actor())
    if json:
        print_json(group)
        return
    say(f"Removed group '{group.name}'.")


@app.command("list")
def list_(json: Json = False) -> None:
    """All groups."""
    from opsconductor.wiring import open_container

    with open_container() as container:
        groups = container.groups.list()
    if json:
        print_json(groups)
        return
    rows = [
        (g.name, ", ".join(g.parents), ", ".join(g.children), g.credential, "yes" if g.critical else "", g.description)
        for g in groups
    ]
    table(["Name", "In", "Holds groups", "Credential", "Critical", "Description"], rows)


@app.command()
def show(
    name: Annotated[str | None, typer.Argument(help="A group; without it all groups are shown.")] = None,
    json: Json = False,
) -> None:
    """The tree of a group, or of all: groups with the assets directly in them.

    Example: opsc groups show Production
    """
    from opsconductor.wiring import open_container

    with open_container() as container:
        lines = container.groups.tree(name)
    if json:
        print_json(lines)
        return
    for line in lines:
        _draw(line)
    if not lines:
        say("No groups yet. Add one: opsc groups add NAME", "dim")


def _draw(line: "GroupLine") -> None:
    indent = "  " * line.depth
    text = Text(f"{indent}{line.group.name}", style="bold")
    if line.group.critical:
        text.append("  critical", style="red")
    if line.group.credential:
        text.append(f"  credential '{line.group.credential}'", style="dim")
    if line.repeated:
        text.append("  (see above)", style="dim")
    console.print(text)
    for asset in line.assets[:_SHOWN_ASSETS]:
        console.print(Text(f"{indent}  · {asset}"))
    if len(line.assets) > _SHOWN_ASSETS:
        console.print(Text(f"{indent}  · and {len(line.assets) - _SHOWN_ASSETS} more", style="dim"))
