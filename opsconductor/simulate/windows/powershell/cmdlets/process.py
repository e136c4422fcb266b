# SPDX-License-Identifier: Apache-2.0
"""Get-Process, Stop-Process, Start-Process, Wait-Process."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from opsconductor.simulate.windows.failure import NotSimulated
from opsconductor.simulate.windows.fault import FaultKind
from opsconductor.simulate.windows.powershell.cmdlets.binding import Call, cmdlet
from opsconductor.simulate.windows.powershell.error import CommandError
from opsconductor.simulate.windows.powershell.value import Thing, moment, property_of, text
from opsconductor.simulate.windows.process import Process

_PROCESS_ERROR = "Microsoft.PowerShell.Commands.ProcessCommandException"


def process_thing(process: Process) -> Thing:
    """A System.Diagnostics.Process."""
    return Thing(
        "System.Diagnostics.Process",
        {
            "Handles": 210,
            "NPM": 14_000,
            "PM": process.working_set // 2,
            "WS": process.working_set,
            "CPU": process.cpu_seconds,
            "Id": process.pid,
            "SI": 0,
            "ProcessName": process.name,
            "Name": process.name,
            "Path": process.path if "\\" in process.path else None,
            "StartTime": moment(process.started),
            "WorkingSet": process.working_set,
            "WorkingSet64": process.working_set,
            "PrivateMemorySize64": process.working_set // 2,
            "TotalProcessorTime": process.cpu_seconds,
            "Responding": True,
            "HasExited": False,
            "UserName": process.user,
            "Company": None,
            "MainWindowTitle": "",
        },
        text=f"System.Diagnostics.Process ({process.name})",
        shown=("Handles", "NPM", "PM", "WS", "CPU", "Id", "SI", "ProcessName"),
    )


def _no_process(what: str, identifier: str) -> CommandError:
    return CommandError(what, identifier, "ObjectNotFound", kind=_PROCESS_ERROR)


def _meant(call: Call) -> list[Process]:
    table, found = call.host.processes, []
    numbers = [*call.bound.texts("Id")]
    for item in [*(call.items or []), *([call.bound.get("InputObject")] if call.bound.has("InputObject") else [])]:
        numbers.append(text(property_of(item, "Id")))
    for number in numbers:
        process = table.get(int(number))
        if process is None:
            what = f"Cannot find a process with the process identifier {number}."
            call.fail(_no_process(what, "NoProcessFoundForGivenId"))
        else:
            found.append(process)
    for name in call.bound.texts("Name"):
        fits = table.find(name)
        if not fits and not set("*?") & set(name):
            what = f'Cannot find a process with the name "{name}". Verify the process name and call the cmdlet again.'
            call.fail(_no_process(what, "NoProcessFoundForGivenName"))
        found += fits
    return found


@cmdlet("Get-Process", "Name Id InputObject", "IncludeUserName FileVersionInfo Module")
async def get_process(call: Call) -> list[Any]:
    if call.bound.flag("FileVersionInfo") or call.bound.flag("Module"):
        raise NotSimulated("Get-Process -FileVersionInfo or -Module")
    everything = not (call.bound.has("Name") or call.bound.has("Id") or call.items or call.bound.has("InputObject"))
    processes = list(call.host.processes) if everything else _meant(call)
    return [process_thing(process) for process in sorted(processes, key=lambda one: one.name.lower())]


@cmdlet("Stop-Process", "Id Name InputObject", "Force PassThru")
async def stop_process(call: Call) -> list[Any]:
    gone = []
    for process in _meant(call):
        if call.host.faults.strikes(FaultKind.PROCESS_KILL, process.image):
            call.fail(
                CommandError(
                    f"Cannot stop process '{process.name} ({process.pid})' because of the following error: "
                    "Access is denied",
                    "CouldNotStopProcess",
                    "CloseError",
                    kind=_PROCESS_ERROR,
                )
            )
        elif not call.what_if:
            await call.host.end_process(process.pid)
            gone.append(process)
    return [process_thing(process) for process in gone] if call.bound.flag("PassThru") else []


@cmdlet(
    "Start-Process", "FilePath ArgumentList WorkingDirectory WindowStyle", "PassThru Wait NoNewWindow", by_position=2
)
async def start_process(call: Call) -> list[Any]:
    path = call.path(text(call.bound.get("FilePath")))
    if not call.host.files.is_file(path):
        raise CommandError(
            "This command cannot be run due to the error: The system cannot find the file specified.",
            "InvalidOperationException",
            "InvalidOperation",
        )
    process = call.host.processes.spawn(path, user=call.session.user)
    if call.bound.flag("Wait"):
        call.host.processes.end(process.pid)
    return [process_thing(process)] if call.bound.flag("PassThru") else []


@cmdlet("Wait-Process", "Name Id Timeout InputObject")
async def wait_process(call: Call) -> list[Any]:
    waited = {process.pid for process in _meant(call)}
    end = time.monotonic() + float(call.bound.get("Timeout") or 600)
    while any(call.host.processes.get(pid) for pid in waited):
        if time.monotonic() > end:
            raise CommandError(
                "This command stopped operation because a process is not stopped.", "ProcessNotTerminated"
            )
        await asyncio.sleep(0.1)
    return []
