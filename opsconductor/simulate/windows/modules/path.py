# SPDX-License-Identifier: Apache-2.0
"""win_path: the machine's search path, which the registry holds."""

from __future__ import annotations

from typing import Any

from opsconductor.simulate.windows.failure import NotSimulated
from opsconductor.simulate.windows.modules.run import Run, module
from opsconductor.simulate.windows.registry import RegistryValue

KEY = r"HKLM:\SYSTEM\CurrentControlSet\Control\Session Manager\Environment"
DEFAULT = r"%SystemRoot%\system32;%SystemRoot%"


@module("win_path", "name elements scope state", invocation=False)
async def win_path(run: Run) -> dict[str, Any]:
    arguments = run.arguments
    if arguments.choice("scope", ("machine", "user"), "machine") == "user":
        raise NotSimulated("win_path with the scope user")
    name = arguments.text("name") or "PATH"
    values = run.host.registry.make(KEY).values
    value = values.get(name.lower()) or RegistryValue(name.title(), DEFAULT, "expandstring")
    old = [one for one in str(value.data).split(";") if one]
    meant = {one.rstrip("\\").lower() for one in arguments.items("elements") or []}
    if arguments.choice("state", ("absent", "present"), "present") == "absent":
        new = [one for one in old if one.rstrip("\\").lower() not in meant]
    else:
        there = {one.rstrip("\\").lower() for one in old}
        new = old + [one for one in arguments.items("elements") or [] if one.rstrip("\\").lower() not in there]
    if not run.check_mode:
        values[name.lower()] = value
        value.data = ";".join(new)
    return {"changed": new != old, "path_value": ";".join(new)}
