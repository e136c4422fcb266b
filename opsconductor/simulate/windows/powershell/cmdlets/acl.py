# SPDX-License-Identifier: Apache-2.0
"""Get-Acl and Set-Acl. Owner, rules and inheritance are kept with the file or folder, not enforced."""

from __future__ import annotations

from typing import Any

from opsconductor.simulate.windows import sddl
from opsconductor.simulate.windows.failure import NotSimulated
from opsconductor.simulate.windows.filesystem import Entry
from opsconductor.simulate.windows.powershell.cmdlets.binding import Call, cmdlet
from opsconductor.simulate.windows.powershell.cmdlets.file import entries
from opsconductor.simulate.windows.powershell.value import Thing, text

_KINDS = {True: "System.Security.AccessControl.DirectorySecurity", False: "System.Security.AccessControl.FileSecurity"}


def security(entry: Entry) -> Thing:
    """A copy of the entry's security, as on Windows: it counts once Set-Acl has been told."""
    values = {
        "Path": entry.path,
        "Owner": entry.owner,
        "Access": list(entry.access),
        "AreAccessRulesProtected": not entry.inherits,
    }
    thing = Thing(_KINDS[entry.directory], values)
    thing.methods["setsecuritydescriptorsddlform"] = lambda form: _take(thing, text(form))
    return thing


def _take(thing: Thing, form: str) -> None:
    """All of the text replaces what was there."""
    told = sddl.parse(form)
    thing.properties |= {"Access": list(told.rules), "AreAccessRulesProtected": told.protected}
    thing.properties |= {"Owner": told.owner} if told.owner else {}
    thing.properties |= {"Group": told.group} if told.group else {}


@cmdlet("Get-Acl", "Path LiteralPath")
async def get_acl(call: Call) -> list[Any]:
    return [security(entry) for entry in entries(call)]


@cmdlet("Set-Acl", "Path AclObject LiteralPath", by_position=2)
async def set_acl(call: Call) -> list[Any]:
    wanted = call.bound.get("AclObject")
    if not isinstance(wanted, Thing) or wanted.kind not in _KINDS.values():
        raise NotSimulated(f"Set-Acl -AclObject {text(wanted)}")
    for entry in entries(call):
        if not call.what_if:
            entry.owner = wanted.get("Owner")
            entry.access = list(wanted.get("Access"))
            entry.inherits = not wanted.get("AreAccessRulesProtected")
    return []
