# SPDX-License-Identifier: Apache-2.0
"""win_share."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from opsconductor.simulate.windows.failure import ModuleFailed
from opsconductor.simulate.windows.modules.run import Run, module
from opsconductor.simulate.windows.share import Share

_RIGHTS = {"full": "Full", "change": "Change", "read": "Read"}


@module("win_share", "name path state description full change read", invocation=False)
async def win_share(run: Run) -> dict[str, Any]:
    arguments, shares = run.arguments, run.host.shares
    name = arguments.required("name")
    old = shares.get(name.lower())
    if arguments.choice("state", ("absent", "present"), "present") == "absent":
        if old is not None and not run.check_mode:
            del shares[name.lower()]
        return {"changed": old is not None, "actions": [f"Remove-SmbShare -Force -Name {name}"] if old else []}
    path = run.host.files.full(arguments.required("path"))
    if not run.host.files.is_directory(path):
        raise ModuleFailed(f"{path} directory does not exist on the host")
    access = {
        account.strip(): right
        for option, right in _RIGHTS.items()
        for account in (arguments.text(option) or "").split(",")
        if account.strip()
    }
    new = Share(name, path, arguments.text("description") or "", access)
    changed = old is None or asdict(old) != asdict(new)
    if not run.check_mode:
        shares[name.lower()] = new
    return {"changed": changed, "actions": [f"New-SmbShare -Name {name} -Path {path}"] if changed else []}
