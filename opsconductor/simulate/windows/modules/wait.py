# SPDX-License-Identifier: Apache-2.0
"""win_wait_for: a port or a file, with the host's own state."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any

from opsconductor.simulate.windows.failure import ModuleFailed, NotSimulated
from opsconductor.simulate.windows.modules.run import Run, module

_STATES = ("absent", "drained", "present", "started", "stopped")


def _reached(run: Run, state: str) -> bool:
    arguments, host = run.arguments, run.host
    port = arguments.number("port")
    if port is not None:
        is_open = int(port) in host.open_ports() | {run.winrm_port}
        return is_open == (state in ("started", "present"))
    path = arguments.text("path")
    if path is None:
        return True
    regex = arguments.text("regex", "search_regex", "regexp")
    found = host.files.get(path) is not None
    if regex and host.files.is_file(path):
        found = re.search(regex, host.files.read(path).decode("utf-8", "replace"), re.MULTILINE) is not None
    return found == (state != "absent")


def _what(run: Run, state: str) -> str:
    if run.arguments.given("port"):
        shown = "be stopped" if state in ("absent", "drained", "stopped") else "start listening"
        return f"{run.arguments.text('host') or '127.0.0.1'}:{run.arguments.text('port')} to {shown}"
    return f"{run.arguments.text('path')} to be {'absent' if state == 'absent' else 'present'}"


@module(
    "win_wait_for",
    "host port path state timeout delay sleep connect_timeout regex search_regex regexp exclude_hosts",
    invocation=False,
)
async def win_wait_for(run: Run) -> dict[str, Any]:
    arguments = run.arguments
    if arguments.given("port") and arguments.given("path"):
        raise ModuleFailed("port and path parameter can not both be passed to win_wait_for")
    own = {"127.0.0.1", "localhost", run.host.address, run.host.name.lower()}
    if arguments.given("host") and (arguments.text("host") or "").lower() not in own:
        raise NotSimulated("win_wait_for on another host's port")
    state = arguments.choice("state", _STATES, "started") or "started"
    began, attempts = time.monotonic(), 0
    await asyncio.sleep(arguments.number("delay", 0) or 0)
    if run.check_mode:
        return {"wait_attempts": 0, "elapsed": 0}
    if not (arguments.given("port") or arguments.given("path") or state == "drained"):
        await asyncio.sleep(arguments.number("timeout", 300) or 0)
        return {"wait_attempts": 0, "elapsed": time.monotonic() - began}
    limit, pause = arguments.number("timeout", 300) or 0, arguments.number("sleep", 1) or 1
    while True:
        attempts += 1
        elapsed = time.monotonic() - began
        if _reached(run, state):
            return {"wait_attempts": attempts, "elapsed": elapsed}
        if elapsed >= limit:
            message = f"timeout while waiting for {_what(run, state)}"
            raise ModuleFailed(message, wait_attempts=attempts, elapsed=elapsed)
        await asyncio.sleep(min(pause, max(limit - elapsed, 0.01)))
