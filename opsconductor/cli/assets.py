# SPDX-License-Identifier: Apache-2.0
"""`opsc assets`: the managed machines."""

from shlex import quote
from typing import Annotated, Any

import typer

from opsconductor.cli import asset_checks, inventory_files
from opsconductor.cli.connection_text import parse_connection
from opsconductor.cli.output import Json, print_json, say, table
from opsconductor.domain.assets import Asset, ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.specs import AssetEdit, AssetFilter, AssetSpec
from opsconductor.errors import InvalidInput

app = typer.Typer(no_args_is_help=True)
app.command("import")(inventory_files.import_)
app.command()(inventory_files.export)
app.command()(asset_checks.trust)
app.command()(asset_checks.check)

Name = Annotated[str, typer.Argument(help="The asset's name.")]
Credential = Annotated[str | None, typer.Option(help="Credential for all its connections that name none.")]
Role = Annotated[str | None, typer.Option(help="What it is for, e.g. web server.")]
OsVersion = Annotated[str | None, typer.Option(help='Its operating system, e.g. "Debian 12".')]
Description = Annotated[str | None, typer.Option(help="Anything worth knowing.")]
Variables = Annotated[
    list[str] | None, typer.Option("--var", help="A host variable for Ansible, name=value; never a secret.")
]
_CONNECTION_HELP = "A connection, e.g. 'ssh port=2222 become=sudo jump=bastion'; repeatable, the preferred one first."


@app.command()
def add(
    name: Name,
    platform: Annotated[Platform, typer.Option(help="Which kind of operating system.")] = Platform.LINUX,
    address: Annotated[str | None, typer.Option(help="Host name or IP address; else the name itself.")] = None,
    group: Annotated[list[str] | None, typer.Option(help="Put it into this group; repeatable.")] = None,
    credential: Credential = None,
    connection: Annotated[list[str] | None, typer.Option(help=_CONNECTION_HELP)] = None,
    tag: Annotated[list[str] | None, typer.Option(help="A tag; repeatable.")] = None,
    role: Role = None,
    os_version: OsVersion = None,
    description: Description = None,
    var: Variables = None,
    json: Json = False,
) -> None:
    """Add a machine. Without --connection it gets the usual one: ssh for Linux, winrm over HTTPS for Windows.

    Examples:

      opsc assets add web1 --address 192.0.2.10 --group "Production Web" --credential "web key"

      opsc assets add cis-01 --platform windows --address 10.1.0.1 --group "CIS servers"
      --connection 'winrm transport=ntlm' --connection rdp

      opsc assets add db1 --address db1.internal --connection 'ssh jump=bastion become=sudo'
    """
    from opsconductor.actor import local_actor
    from opsconductor.wiring import open_container

    spec = AssetSpec(
        name=name,
        platform=platform,
        address=name if address is None else address,
        os_version=os_version,
        role=role,
        tags=tuple(tag or ()),
        description=description,
        credential=credential,
        groups=tuple(group or ()),
        connections=tuple(parse_connection(text) for text in connection) if connection else None,
        variables=_variables(var),
    )
    with open_container() as container:
        asset = container.assets.add(spec, local_actor())
    if json:
        print_json(asset)
        return
    say(f"Added asset '{asset.name}'.")
    if any(c.kind is ConnectionKind.SSH for c in asset.connections) and not asset.host_keys:
        say(f"Next, record its SSH host key: opsc assets trust {quote(asset.name)}", "dim")
    else:
        say(f"Next, try it: opsc assets check {quote(asset.name)}", "dim")


@app.command()
def edit(
    name: Name,
    rename: Annotated[str | None, typer.Option(help="Its new name.")] = None,
    platform: Annotated[Platform | None, typer.Option(help="Which kind of operating system.")] = None,
    address: Annotated[str | None, typer.Option(help="Host name or IP address.")] = None,
    credential: Credential = None,
    no_credential: Annotated[bool, typer.Option("--no-credential", help="Take its own credential away.")] = False,
    add_connection: Annotated[list[str] | None, typer.Option(help=_CONNECTION_HELP)] = None,
    remove_connection: Annotated[list[str] | None, typer.Option(help="Kind or id of a connection.")] = None,
    add_group: Annotated[list[str] | None, typer.Option(help="Put it into this group.")] = None,
    remove_group: Annotated[list[str] | None, typer.Option(help="Take it out of this group.")] = None,
    add_tag: Annotated[list[str] | None, typer.Option(help="Add this tag.")] = None,
    remove_tag: Annotated[list[str] | None, typer.Option(help="Remove this tag.")] = None,
    role: Role = None,
    os_version: OsVersion = None,
    description: Description = None,
    var: Variables = None,
    remove_var: Annotated[list[str] | None, typer.Option(help="Remove this host variable.")] = None,
    json: Json = False,
) -> None:
    """Change a machine: what is not given stays; an empty text takes a text away.

    Examples:

      opsc assets edit web1 --address 192.0.2.11 --add-tag rack-7

      opsc assets edit web1 --remove-connection ssh --add-connection 'ssh port=2222 become=sudo'

      opsc assets edit db1 --credential "db key" --add-group Databases --remove-group Staging
    """
    from opsconductor.actor import local_actor
    from opsconductor.wiring import open_container

    given: dict[str, Any] = {
        "name": rename,
        "platform": platform,
        "address": address,
        "credential": credential,
        "role": role,
        "os_version": os_version,
        "description": description,
    }
    changes = {field: value for field, value in given.items() if value is not None}
    if no_credential:
        changes["credential"] = None
    lists = {
        "remove_connections": remove_connection,
        "add_groups": add_group,
        "remove_groups": remove_group,
        "add_tags": add_tag,
        "remove_tags": remove_tag,
        "remove_variables": remove_var,
    }
    changes |= {field: tuple(values) for field, values in lists.items() if values}
    if add_connection:
        changes["add_connections"] = tuple(parse_connection(text) for text in add_connection)
    if var:
        changes["add_variables"] = _variables(var)
    if not changes:
        raise InvalidInput("Nothing to change.", remedy="Give an option; `opsc assets edit --help` shows them.")
    with open_container() as container:
        asset = container.assets.edit(name, AssetEdit(**changes), local_actor())
    if json:
        print_json(asset)
        return
    say(f"Changed asset '{asset.name}'.")


@app.command()
def remove(
    names: Annotated[list[str], typer.Argument(help="Names of assets.")],
    json: Json = False,
) -> None:
    """Remove machines with their connections and host keys; refused for one that is another's jump host.

    Example: opsc assets remove web1 web2
    """
    from opsconductor.actor import local_actor
    from opsconductor.wiring import open_container

    with open_container() as container:
        removed = [container.assets.remove(name, local_actor()) for name in dict.fromkeys(names)]
    if json:
        print_json(removed)
        return
    for asset in removed:
        say(f"Removed asset '{asset.name}'.")


@app.command("list")
def list_(
    group: Annotated[str | None, typer.Option(help="Only those in this group, at any depth.")] = None,
    platform: Annotated[Platform | None, typer.Option(help="Only this platform.")] = None,
    tag: Annotated[str | None, typer.Option(help="Only those with this tag.")] = None,
    role: Annotated[str | None, typer.Option(help="Only those with this role.")] = None,
    search: Annotated[str | None, typer.Option(help="Part of the name, address, role or description.")] = None,
    json: Json = False,
) -> None:
    """Machines in the natural order of their names.

    Example: opsc assets list --group Production --platform linux
    """
    from opsconductor.domain.pages import LARGEST_PAGE
    from opsconductor.wiring import open_container

    wanted = AssetFilter(group=group, platform=platform, tag=tag, role=role, text=search)
    found: list[Asset] = []
    with open_container() as container:
        after = None
        while True:
            page = container.assets.list(wanted, after=after, limit=LARGEST_PAGE)
            found += page.items
            after = page.next
            if after is None:
                break
    if json:
        print_json(found)
        return
    rows = [
        (a.name, a.platform, a.address, ", ".join(a.groups), ", ".join(c.kind for c in a.connections), a.credential)
        for a in found
    ]
    table(["Name", "Platform", "Address", "Groups", "Connections", "Credential"], rows)


@app.command()
def show(name: Name, json: Json = False) -> None:
    """One machine: its connections, which credential each would use and why, its recorded host keys.

    Example: opsc assets show web1
    """
    from inventories.binding import Binder
    from opsconductor.cli.asset_view import connection_uses, show_asset
    from opsconductor.wiring import open_container

    with open_container() as container:
        asset = container.assets.get(name)
        groups = container.groups.list()
    uses = connection_uses(asset, Binder([asset], groups))
    if json:
        print_json({**asset.model_dump(mode="json"), "connections": uses})
        return
    show_asset(asset, uses)


def _variables(given: list[str] | None) -> dict[str, str]:
    found = {}
    for text in given or ():
        name, equals, value = text.partition("=")
        if not equals:
            raise InvalidInput(f"{text[:80]!a} is no host variable.", remedy="Give it as name=value.")
        found[name] = value
    return found
