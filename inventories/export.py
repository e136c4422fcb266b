# SPDX-License-Identifier: Apache-2.0
"""Writes the asset database as text, without secrets: our YAML (which imports unchanged), Ansible YAML, CSV."""

import io
import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

from inventories.binding import Binder
from inventories.csv_format import write_rows
from inventories.naming import group_name, inventory_name
from inventories.slice import plain_vars
from inventories.snapshot import jump_args
from inventories.yaml_format import SCHEMA_VERSION
from inventories.yaml_text import yaml_text
from opsconductor.domain.assets import Asset, AssetGroup, Connection

_PREFERENCE_GAP = 10
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_BUILT_IN = frozenset({"all", "ungrouped"})


class ExportFormat(StrEnum):
    """What `export` can write."""

    YAML = "yaml"
    ANSIBLE = "ansible"
    CSV = "csv"


def export(assets: Sequence[Asset], groups: Sequence[AssetGroup], chosen: ExportFormat) -> str:
    """The text of the chosen format; the same for the same state."""
    match ExportFormat(chosen):
        case ExportFormat.ANSIBLE:
            return _ansible(assets, groups)
        case ExportFormat.CSV:
            stream = io.StringIO()
            write_rows(map(_row, assets), stream)
            return stream.getvalue()
        case ExportFormat.YAML:
            body = {"groups": [_group(group) for group in groups], "assets": [_asset(asset) for asset in assets]}
            return "---\n" + yaml_text({"schema_version": SCHEMA_VERSION, **body})


def _group(group: AssetGroup) -> dict[str, Any]:
    said = {
        "name": group.name,
        "parents": list(group.parents),
        "credential": group.credential,
        "critical": group.critical,
        "description": group.description,
    }
    return {key: value for key, value in said.items() if value}


def _asset(asset: Asset) -> dict[str, Any]:
    said: dict[str, Any] = {
        "name": asset.name,
        "platform": asset.platform.value,
        "address": asset.address,
        "os_version": asset.os_version,
        "role": asset.role,
        "tags": list(asset.tags),
        "description": asset.description,
        "credential": asset.credential,
        "groups": list(asset.groups),
        "connections": [_connection(c, place * _PREFERENCE_GAP) for place, c in enumerate(asset.connections)],
        "host_keys": [f"{key.kind} {key.public}" for key in asset.host_keys],
        "variables": dict(asset.variables),
    }
    # An empty list of connections says something: without it an import would add the platform's usual one.
    return {key: value for key, value in said.items() if value or key == "connections"}


def _connection(connection: Connection, usual: int) -> dict[str, Any]:
    become = connection.become.model_dump(exclude_none=True) if connection.become else None
    said: dict[str, Any] = {
        "kind": connection.kind.value,
        "preference": connection.preference if connection.preference != usual else None,
        "address": connection.address,
        "port": connection.port,
        "user": connection.user,
        "credential": connection.credential,
        "become": become,
        "jump": list(connection.jump) or None,
        "settings": dict(connection.settings) or None,
    }
    return {key: value for key, value in said.items() if value is not None}


def _row(asset: Asset) -> dict[str, str]:
    """The asset with its most preferred connection: a row holds one."""
    row: dict[str, Any] = {
        "name": asset.name,
        "address": asset.address,
        "platform": asset.platform.value,
        "os_version": asset.os_version,
        "role": asset.role,
        "tags": "|".join(asset.tags),
        "description": asset.description,
        "groups": "|".join(asset.groups),
        "credential": asset.credential,
    }
    if asset.connections:
        first = asset.connections[0]
        row |= {"connection": first.kind.value, "port": first.port, "user": first.user, "jump": "|".join(first.jump)}
        row |= first.settings
        if first.become:
            row |= {"become": first.become.method, "become_user": first.become.user}
            row["become_credential"] = first.become.credential
    return {key: str(value) for key, value in row.items() if value not in (None, "")}


def _ansible(assets: Sequence[Asset], groups: Sequence[AssetGroup]) -> str:
    """A YAML inventory for plain Ansible, with the groups' own names where Ansible can take them."""
    # Which credential applies is no matter here, and a tie must not keep anybody from exporting.
    bare = [a.model_copy(update={"credential": None}) for a in assets]
    binder = Binder(bare, [group.model_copy(update={"credential": None}) for group in groups])
    names = _group_names(groups)
    children: dict[str, Any] = {}
    for group in groups:
        body = {
            "children": {names[child]: None for child in group.children},
            "hosts": {inventory_name(asset.name): None for asset in assets if group.name in asset.groups},
        }
        children[names[group.name]] = {key: value for key, value in body.items() if value} or None
    hosts = {inventory_name(asset.name): _host(asset, binder) for asset in bare}
    everything: dict[str, Any] = {"hosts": hosts or None, "children": children or None}
    return "---\n" + yaml_text({"all": {k: v for k, v in everything.items() if v}}, unsafe=True)


def _host(asset: Asset, binder: Binder) -> dict[str, Any]:
    connection = asset.runnable_connection()
    if connection is None:
        return {"ansible_host": asset.address}
    target = binder.bind_over(asset, connection)
    found = plain_vars(target) | jump_args(target)
    return found if asset.name == inventory_name(asset.name) else found | {"opsc_asset": asset.name}


def _group_names(groups: Iterable[AssetGroup]) -> dict[str, str]:
    """Group name → a name Ansible takes; two groups never share one."""
    names: dict[str, str] = {}
    for group in groups:
        plain = re.sub(r"[^A-Za-z0-9_]+", "_", group.name).strip("_")
        fit = _IDENTIFIER.fullmatch(plain) and plain.lower() not in _BUILT_IN and plain not in names.values()
        names[group.name] = plain if fit else group_name(group.name)
    return names
