# SPDX-License-Identifier: Apache-2.0
"""Get-SmbShare."""

from __future__ import annotations

from typing import Any

from opsconductor.simulate.windows.powershell.cmdlets.binding import Call, cmdlet
from opsconductor.simulate.windows.powershell.error import CommandError
from opsconductor.simulate.windows.powershell.value import Thing


@cmdlet("Get-SmbShare", "Name")
async def get_smb_share(call: Call) -> list[Any]:
    shares = call.host.shares
    wanted = call.bound.texts("Name")
    for name in wanted:
        if name.lower() not in shares:
            message = f"No MSFT_SMBShare objects found with property 'Name' equal to '{name}'."
            call.fail(CommandError(message, "CmdletizationQuery_NotFound_Name", "ObjectNotFound"))
    return [
        Thing(
            "Microsoft.Management.Infrastructure.CimInstance#ROOT/Microsoft/Windows/SMB/MSFT_SmbShare",
            {"Name": share.name, "Path": share.path, "Description": share.description},
            text=share.name,
        )
        for share in shares.values()
        if not wanted or share.name.lower() in [name.lower() for name in wanted]
    ]
