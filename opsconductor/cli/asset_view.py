# SPDX-License-Identifier: Apache-2.0
"""An asset as `opsc assets show` prints it: what is known, and which credential each connection would use and why."""

from shlex import quote
from typing import Any

from inventories.binding import Binder
from opsconductor.cli.connection_text import connection_text
from opsconductor.cli.output import console, say, table
from opsconductor.domain.assets import RUNNABLE, Asset, Connection, ConnectionKind
from opsconductor.services.credential_uses import credential_use


def connection_uses(asset: Asset, binder: Binder) -> list[dict[str, Any]]:
    """One entry for each connection, in order of preference; JSON-ready.

    `credential` and `reason` say what would be used; a tie between groups has `tie` and `remedy` beside it.
    """
    preferred = asset.runnable_connection()
    return [
        {
            **connection.model_dump(mode="json"),
            "effective_address": connection.address or asset.address,
            "effective_port": connection.effective_port,
            "used_by_jobs": preferred is not None and connection.id == preferred.id,
            "use": _use(asset, connection, binder),
        }
        for connection in asset.connections
    ]


def _use(asset: Asset, connection: Connection, binder: Binder) -> dict[str, Any]:
    use, remedy = credential_use(asset, connection, binder)
    return use.model_dump(mode="json") | ({"remedy": remedy, "tie": True} if remedy else {})


def show_asset(asset: Asset, uses: list[dict[str, Any]]) -> None:
    """Print it for people."""
    say(asset.name, "bold")
    facts = [
        ("Platform", asset.platform),
        ("Address", asset.address),
        ("OS version", asset.os_version),
        ("Python", asset.interpreter),
        ("Role", asset.role),
        ("Tags", ", ".join(asset.tags)),
        ("Groups", ", ".join(asset.groups)),
        ("Credential", asset.credential),
        ("Description", asset.description),
        *((f"Variable {name}", value) for name, value in asset.variables.items()),
    ]
    table(["", ""], [(label, value) for label, value in facts if value])
    for connection, use in zip(asset.connections, uses, strict=True):
        console.print()
        _show_connection(connection, use)
    if not asset.connections:
        add = f"opsc assets edit {quote(asset.name)} --add-connection ssh"
        say(f"\nNo connection: nothing can run on it. Add one: {add}", "yellow")
    _show_host_keys(asset)


def _show_connection(connection: Connection, use: dict[str, Any]) -> None:
    place = "" if connection.kind is ConnectionKind.LOCAL else f" to {use['effective_address']}:{use['effective_port']}"
    role = "jobs run over it" if use["used_by_jobs"] else "" if connection.kind in RUNNABLE else "for checks only"
    say(f"Connection {connection_text(connection)}{place}" + (f"  ({role})" if role else ""))
    found = use["use"]
    if found.get("tie"):
        say(f"  Credential: undecided. {found['reason']}", "red")
    elif found["credential"]:
        say(f"  Credential: '{found['credential']}'. {found['reason']}")
    else:
        say(f"  Credential: none. {found['reason']}", None if connection.kind is ConnectionKind.LOCAL else "yellow")


def _show_host_keys(asset: Asset) -> None:
    for key in asset.host_keys:
        say(f"\nHost key {key.kind} {key.fingerprint}")
    if not asset.host_keys and any(c.kind is ConnectionKind.SSH for c in asset.connections):
        trust = f"opsc assets trust {quote(asset.name)}"
        say(f"\nNo SSH host key is recorded: jobs refuse to connect. Record it: {trust}", "yellow")
