# SPDX-License-Identifier: Apache-2.0
"""Get-WindowsFeature, Get-WindowsOptionalFeature, and Get-Command, which tells whether there are such."""

from __future__ import annotations

from typing import Any

from opsconductor.simulate.windows.failure import NotSimulated
from opsconductor.simulate.windows.fault import wildcard
from opsconductor.simulate.windows.powershell.cmdlets.binding import CMDLETS, Call, cmdlet
from opsconductor.simulate.windows.powershell.error import CommandError
from opsconductor.simulate.windows.powershell.value import Thing

#: Cmdlets that Windows Server alone has.
_SERVER = frozenset({"get-windowsfeature"})


@cmdlet("Get-WindowsFeature", "Name")
async def get_windows_feature(call: Call) -> list[Any]:
    if call.host.description.client:
        message = "The target of the specified cmdlet cannot be a Windows client-based operating system."
        raise CommandError(message, "WindowsClient", "DeviceError")
    names = call.bound.texts("Name") or ["*"]
    return [
        Thing(
            "Microsoft.Windows.ServerManager.Commands.Feature",
            {
                "Name": one.name,
                "DisplayName": one.display_name or one.name,
                "Installed": one.installed,
                "InstallState": "Installed" if one.installed else "Available",
                "DependsOn": list(one.needs),
            },
            text=one.name,
        )
        for one in call.host.features
        if any(wildcard(name, one.name) for name in names)
    ]


@cmdlet("Get-WindowsOptionalFeature", "FeatureName", "Online")
async def get_windows_optional_feature(call: Call) -> list[Any]:
    if not call.bound.flag("Online"):
        raise NotSimulated("Get-WindowsOptionalFeature without -Online")
    names = call.bound.texts("FeatureName") or ["*"]
    return [
        Thing(
            "Microsoft.Dism.Commands.FeatureObject",
            {"FeatureName": one.name, "State": "Enabled" if one.installed else "Disabled"},
            text=one.name,
        )
        for one in call.host.optional_features
        if any(wildcard(name, one.name) for name in names)
    ]


@cmdlet("Get-Command", "Name")
async def get_command(call: Call) -> list[Any]:
    found = []
    for name in call.bound.texts("Name"):
        known = CMDLETS.get(name.lower())
        if known is None:
            raise NotSimulated(f"Get-Command {name}")
        if call.host.description.client and name.lower() in _SERVER:
            message = f"The term '{name}' is not recognized as the name of a cmdlet, function, or operable program."
            raise CommandError(message, "CommandNotFoundException", "ObjectNotFound")
        found.append(Thing("System.Management.Automation.CmdletInfo", {"Name": known.name, "CommandType": "Cmdlet"}))
    return found
