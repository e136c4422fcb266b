# SPDX-License-Identifier: Apache-2.0
"""win_package: installs what an installer file of the host's description brings, and removes programs."""

from __future__ import annotations

import ntpath
from typing import Any

from opsconductor.simulate.windows.failure import ModuleFailed
from opsconductor.simulate.windows.fault import FaultKind
from opsconductor.simulate.windows.modules.run import Run, module
from opsconductor.simulate.windows.software import Program


def _installed(run: Run, product_id: str | None, path: str | None) -> Program | None:
    for program in run.host.programs.values():
        if product_id and product_id.lower() in (program.product_id.lower(), program.name.lower()):
            return program
        if path and program.installer.lower() == path.lower():
            return program
    return None


@module(
    "win_package",
    "path product_id state arguments expected_return_code creates_path creates_version creates_service provider "
    "log_path chdir wait_for_children checksum checksum_algorithm",
)
async def win_package(run: Run) -> dict[str, Any]:
    arguments, host = run.arguments, run.host
    path, product_id = arguments.text("path"), arguments.text("product_id")
    if not path and not product_id:
        raise ModuleFailed("one of the following is required: path, product_id")
    wanted = arguments.choice("state", ("absent", "present"), "present") == "present"
    found = _installed(run, product_id, path)
    there = found is not None or _created(run)
    if there == wanted:
        return {"reboot_required": False}
    if fault := host.faults.strikes(FaultKind.PACKAGE, product_id or path or ""):
        raise ModuleFailed(
            f"unexpected rc from '{path or product_id}': see rc, stdout, and stderr for more details",
            rc=fault.rc,
            reboot_required=False,
            stdout="",
            stderr="",
        )
    if wanted and not (path and host.files.is_file(path)):
        raise ModuleFailed(f"the file at the path '{path}' cannot be reached", reboot_required=False)
    if not run.check_mode:
        if wanted:
            name = product_id or ntpath.splitext(ntpath.basename(path or ""))[0]
            host.programs[name] = Program(name, product_id=product_id or "", installer=path or "")
        elif found is not None:
            del host.programs[found.name]
    return {"changed": True, "rc": 0, "reboot_required": False}


def _created(run: Run) -> bool:
    """True if what `creates_path` or `creates_service` names is there."""
    path, service = run.arguments.text("creates_path"), run.arguments.text("creates_service")
    return bool((path and run.host.files.get(path)) or (service and run.host.services.find(service)))
