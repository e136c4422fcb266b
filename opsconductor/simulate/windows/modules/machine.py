# SPDX-License-Identifier: Apache-2.0
"""win_hostname, win_timezone."""

from __future__ import annotations

from typing import Any

from opsconductor.simulate.windows.failure import ModuleFailed
from opsconductor.simulate.windows.modules.run import Run, module

#: What `tzutil /l` lists here: enough of it to tell a zone that Windows knows from one that it does not.
ZONES = frozenset(
    {
        "UTC", "GMT Standard Time", "W. Europe Standard Time", "Central Europe Standard Time", "Romance Standard Time",
        "Eastern Standard Time", "Central Standard Time", "Pacific Standard Time", "Tokyo Standard Time",
        "India Standard Time",
    }
)  # fmt: skip


@module("win_hostname", "name")
async def win_hostname(run: Run) -> dict[str, Any]:
    name, host = run.arguments.required("name"), run.host
    # The module compares with the name in use: one that waits for a restart is set again.
    differs = name.lower() != host.computer_name.lower()
    if differs and not run.check_mode:
        host.rename(name)
    return {"changed": differs, "old_name": host.computer_name, "reboot_required": differs}


@module("win_timezone", "timezone")
async def win_timezone(run: Run) -> dict[str, Any]:
    wanted, host = run.arguments.required("timezone"), run.host
    before = host.timezone
    if wanted != before and wanted.removesuffix("_dstoff") not in ZONES:
        message = f"The specified timezone: {wanted} isn't supported on the machine."
        raise ModuleFailed(message, previous_timezone=before, timezone=wanted)
    if wanted != before and not run.check_mode:
        host.timezone = wanted
    return {"changed": wanted != before, "previous_timezone": before, "timezone": wanted}
