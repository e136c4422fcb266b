# SPDX-License-Identifier: Apache-2.0
"""What somebody gives to add or change assets, connections and groups; the services check it."""

from enum import StrEnum

from pydantic import Field

from opsconductor.domain.assets import Become, ConnectionKind, HostKey
from opsconductor.domain.base import Frozen, Platform


class Change(StrEnum):
    """What saving something did."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


class ConnectionSpec(Frozen):
    """A connection to be stored; the service gives it an id."""

    kind: ConnectionKind
    preference: int | None = Field(default=None, ge=0, le=10_000)  #: lowest first; None: after those before it
    address: str | None = None
    port: int | None = Field(default=None, ge=0, le=65535)
    user: str | None = None
    credential: str | None = None
    become: Become | None = None
    jump: tuple[str, ...] = ()
    settings: dict[str, str] = Field(default_factory=dict)


class AssetSpec(Frozen):
    """An asset to be stored."""

    name: str
    platform: Platform
    address: str
    os_version: str | None = None
    role: str | None = None
    tags: tuple[str, ...] = ()
    description: str | None = None
    credential: str | None = None
    groups: tuple[str, ...] = ()
    #: None: the platform's usual one (ssh for Linux, winrm for Windows).
    connections: tuple[ConnectionSpec, ...] | None = None
    host_keys: tuple[HostKey, ...] = ()
    variables: dict[str, str] = Field(default_factory=dict)


class AssetFilter(Frozen):
    """Which assets a list shows; None leaves that side open."""

    group: str | None = None  #: in this group at any depth
    platform: Platform | None = None
    role: str | None = None
    tag: str | None = None
    text: str | None = None  #: part of the name, address, role or description, case ignored


class AssetEdit(Frozen):
    """Changes to an asset: only the fields that were given are changed; the lists are changed in this order:
    replaced, removed from, added to."""

    name: str | None = None
    platform: Platform | None = None
    address: str | None = None
    os_version: str | None = None
    role: str | None = None
    description: str | None = None
    credential: str | None = None
    tags: tuple[str, ...] | None = None
    remove_tags: tuple[str, ...] = ()
    add_tags: tuple[str, ...] = ()
    groups: tuple[str, ...] | None = None
    remove_groups: tuple[str, ...] = ()
    add_groups: tuple[str, ...] = ()
    connections: tuple[ConnectionSpec, ...] | None = None
    remove_connections: tuple[str, ...] = ()  #: ids or kinds
    add_connections: tuple[ConnectionSpec, ...] = ()
    host_keys: tuple[HostKey, ...] | None = None
    variables: dict[str, str] | None = None
    remove_variables: tuple[str, ...] = ()
    add_variables: dict[str, str] = Field(default_factory=dict)


class GroupSpec(Frozen):
    """An asset group to be stored."""

    name: str
    parents: tuple[str, ...] = ()
    credential: str | None = None
    critical: bool = False
    description: str | None = None
    assets: tuple[str, ...] = ()  #: put into it, beside those that are


class GroupEdit(Frozen):
    """Changes to an asset group: only the fields that were given are changed."""

    name: str | None = None
    credential: str | None = None
    critical: bool | None = None
    description: str | None = None
    add_parents: tuple[str, ...] = ()
    remove_parents: tuple[str, ...] = ()
    add_assets: tuple[str, ...] = ()
    remove_assets: tuple[str, ...] = ()
