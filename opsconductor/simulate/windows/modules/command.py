# SPDX-License-Identifier: Apache-2.0
"""win_shell, win_command."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

from opsconductor.simulate.windows.failure import ModuleFailed, NotSimulated
from opsconductor.simulate.windows.modules.run import Run, module
from opsconductor.simulate.windows.powershell import run_script
from opsconductor.simulate.windows.powershell.cmdlets.native import run_line
from opsconductor.simulate.windows.powershell.session import Session

_OPTIONS = "_raw_params chdir creates removes output_encoding_override"


def _stamp(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _skipped(run: Run, command: str) -> dict[str, Any] | None:
    creates, removes = run.arguments.text("creates"), run.arguments.text("removes")
    reason = None
    if creates and run.host.files.glob(creates):
        reason = f"skipped, since {creates} exists"
    elif removes and not run.host.files.glob(removes):
        reason = f"skipped, since {removes} does not exist"
    return {"cmd": command, "rc": 0, "skipped": True, "msg": reason} if reason else None


def _ended(command: str, began: float, stdout: str, stderr: str, rc: int) -> dict[str, Any]:
    end = time.time()
    result = {
        "changed": True,
        "cmd": command,
        "stdout": stdout,
        "stderr": stderr,
        "rc": rc,
        "start": _stamp(began),
        "end": _stamp(end),
        "delta": str(dt.timedelta(seconds=end - began)),
    }
    if rc != 0:
        raise ModuleFailed("non-zero return code", **result)
    return result


@module("win_shell", f"{_OPTIONS} executable no_profile", invocation=False, check_mode=False)
async def win_shell(run: Run) -> dict[str, Any]:
    command = (run.arguments.text("_raw_params") or "").strip()
    if not command:
        raise ModuleFailed("win_shell needs a command")
    if skipped := _skipped(run, command):
        return skipped
    began, executable = time.time(), (run.arguments.text("executable") or "powershell").lower()
    if executable in ("cmd", "cmd.exe"):
        ran = await run_line(Session(run.host, run.user), command)
        return _ended(command, began, ran.output.replace("\n", "\r\n"), ran.error, ran.exit_code)
    if "powershell" not in executable:
        raise NotSimulated(f"win_shell with the executable {executable}")
    outcome = await run_script(run.host, command, user=run.user, location=run.arguments.text("chdir"))
    return _ended(command, began, outcome.console(), outcome.error_text(), outcome.exit_code)


@module("win_command", f"{_OPTIONS} cmd argv stdin", check_mode=False)
async def win_command(run: Run) -> dict[str, Any]:
    words = run.arguments.items("argv")
    command = " ".join(f'"{one}"' if " " in str(one) else str(one) for one in words or [])
    command = command or (run.arguments.text("_raw_params", "cmd") or "").strip()
    if not command:
        raise ModuleFailed("one of the following is required: _raw_params, argv, cmd")
    if skipped := _skipped(run, command):
        return skipped
    began, session, stdin = time.time(), Session(run.host, run.user), run.arguments.text("stdin")
    session.location = run.arguments.text("chdir") or session.location
    ran = await run_line(session, command, stdin.splitlines() if stdin else None)
    return _ended(command, began, ran.output.replace("\n", "\r\n"), ran.error, ran.exit_code)
