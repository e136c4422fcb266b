# SPDX-License-Identifier: Apache-2.0
"""Local accounts: Get-LocalUser, Get-LocalGroup, Get-LocalGroupMember."""

from __future__ import annotations

from typing import Any

from opsconductor.simulate.windows.account import User
from opsconductor.simulate.windows.fault import wildcard
from opsconductor.simulate.windows.powershell.cmdlets.binding import Call, cmdlet
from opsconductor.simulate.windows.powershell.error import CommandError
from opsconductor.simulate.windows.powershell.value import Thing, text

_NAMESPACE = "Microsoft.PowerShell.Commands"


def _sid(call: Call, user: User) -> Thing:
    value = call.host.accounts.sid(user)
    return Thing("System.Security.Principal.SecurityIdentifier", {"Value": value}, text=value)


def _not_found(kind: str, name: str) -> CommandError:
    return CommandError(
        f"{kind} {name} was not found.",
        f"{kind}NotFound",
        "ObjectNotFound",
        target=name,
        kind=f"{_NAMESPACE}.{kind}NotFoundException",
    )


def _named(call: Call, kind: str, names: list[str]) -> list[str]:
    """Those of `names` that the call means; notes an error for each plain name that is none."""
    patterns = call.bound.texts("Name")
    for pattern in patterns:
        if not set("*?") & set(pattern) and not any(wildcard(pattern, name) for name in names):
            call.fail(_not_found(kind, pattern))
    return [name for name in names if not patterns or any(wildcard(pattern, name) for pattern in patterns)]


@cmdlet("Get-LocalUser", "Name")
async def get_local_user(call: Call) -> list[Any]:
    users = {user.name: user for user in sorted(call.host.accounts, key=lambda user: user.name.lower())}
    return [
        Thing(
            f"{_NAMESPACE}.LocalUser",
            {
                "Name": name,
                "FullName": users[name].full_name,
                "Description": users[name].description,
                "Enabled": users[name].enabled,
                "SID": _sid(call, users[name]),
                "PrincipalSource": "Local",
                "ObjectClass": "User",
            },
            text=name,
            shown=("Name", "Enabled", "Description"),
        )
        for name in _named(call, "User", list(users))
    ]


@cmdlet("Get-LocalGroup", "Name")
async def get_local_group(call: Call) -> list[Any]:
    groups = call.host.accounts.groups
    return [
        Thing(
            f"{_NAMESPACE}.LocalGroup",
            {"Name": name, "Description": groups[name], "PrincipalSource": "Local", "ObjectClass": "Group"},
            text=name,
            shown=("Name", "Description"),
        )
        for name in _named(call, "Group", sorted(groups, key=str.lower))
    ]


@cmdlet("Get-LocalGroupMember", "Name Group Member")
async def get_local_group_member(call: Call) -> list[Any]:
    name = text(call.bound.get("Name", "Group"))
    group = next((one for one in call.host.accounts.groups if one.lower() == name.lower()), None)
    if group is None:
        raise _not_found("Group", name)
    return [
        Thing(
            f"{_NAMESPACE}.LocalPrincipal",
            {
                "Name": f"{call.host.name.upper()}\\{user.name}",
                "SID": _sid(call, user),
                "PrincipalSource": "Local",
                "ObjectClass": "User",
            },
            text=user.name,
        )
        for user in call.host.accounts
        if group in user.groups
    ]
