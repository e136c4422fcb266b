# SPDX-License-Identifier: Apache-2.0
"""win_wait_for_process."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any

from opsconductor.simulate.windows.failure import ModuleFailed
from opsconductor.simulate.windows.modules.run import Run, module
from opsconductor.simulate.windows.process import Process


def _matching(run: Run) -> list[Process]:
    arguments = run.arguments
    exact = {str(name).lower() for name in arguments.items("process_name_exact") or []}
    pattern, pid, owner = arguments.text("process_name_pattern"), arguments.number("pid"), arguments.text("owner")
    return [
        process
        for process in run.host.processes
        if (not exact or process.name.lower() in exact)
        and (pattern is None or re.search(pattern, process.name, re.IGNORECASE))
        and (pid is None or process.pid == int(pid))
        and (owner is None or process.user.lower() == owner.lower())
    ]


@module(
    "win_wait_for_process",
    "process_name_exact process_name_pattern sleep process_min_count pid owner pre_wait_delay post_wait_delay state "
    "timeout",
)
async def win_wait_for_process(run: Run) -> dict[str, Any]:
    arguments = run.arguments
    if not any(arguments.given(name) for name in ("process_name_exact", "process_name_pattern", "pid", "owner")):
        raise ModuleFailed("one of the following is required: owner, pid, process_name_exact, process_name_pattern")
    wanted = arguments.choice("state", ("absent", "present"), "present")
    least, began = int(arguments.number("process_min_count", 1) or 1), time.monotonic()
    await asyncio.sleep(arguments.number("pre_wait_delay", 0) or 0)
    limit, pause = arguments.number("timeout", 300) or 0, arguments.number("sleep", 1) or 1
    while True:
        found = _matching(run)
        elapsed = time.monotonic() - began
        shown = [{"name": one.name, "pid": one.pid, "owner": one.user} for one in found]
        if (len(found) < least) if wanted == "absent" else (len(found) >= least):
            await asyncio.sleep(arguments.number("post_wait_delay", 0) or 0)
            return {"elapsed": elapsed, "matched_processes": shown}
        if elapsed >= limit:
            problem = "still running" if wanted == "absent" else "not running in the required number"
            raise ModuleFailed(
                f"Timeout while waiting for processes: they are {problem}.", elapsed=elapsed, matched_processes=shown
            )
        await asyncio.sleep(min(pause, max(limit - elapsed, 0.01)))
