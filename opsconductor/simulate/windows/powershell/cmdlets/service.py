# SPDX-License-Identifier: Apache-2.0
"""Get-Service, Start-Service, Stop-Service, Restart-Service, Set-Service, New-Service."""

from __future__ import annotations

from typing import Any

from opsconductor.simulate.windows.fault import wildcard
from opsconductor.simulate.windows.powershell.cmdlets.binding import Call, cmdlet
from opsconductor.simulate.windows.powershell.error import CommandError
from opsconductor.simulate.windows.powershell.value import Thing, property_of, text
from opsconductor.simulate.windows.service import Service, StartMode

_STATUS = {
    "running": "Running",
    "stopped": "Stopped",
    "paused": "Paused",
    "start_pending": "StartPending",
    "stop_pending": "StopPending",
}
_START = {"auto": "Automatic", "delayed": "Automatic", "manual": "Manual", "disabled": "Disabled"}
_SERVICE_ERROR = "Microsoft.PowerShell.Commands.ServiceCommandException"


def service_thing(call: Call, service: Service) -> Thing:
    """A ServiceController."""
    host = call.host
    needed = [found for found in (host.services.find(name) for name in service.dependencies) if found is not None]
    return Thing(
        "System.ServiceProcess.ServiceController",
        {
            "Name": service.name,
            "ServiceName": service.name,
            "DisplayName": service.display_name,
            "Status": _STATUS[service.state],
            "StartType": _START[service.start_mode],
            "CanStop": service.state == "running",
            "CanPauseAndContinue": service.can_pause,
            "MachineName": ".",
            "ServicesDependedOn": [one.name for one in needed],
            "DependentServices": [one.name for one in host.services.dependents(service)],
        },
        text="System.ServiceProcess.ServiceController",
        shown=("Status", "Name", "DisplayName"),
    )


def _unknown(name: str) -> CommandError:
    return CommandError(
        f"Cannot find any service with service name '{name}'.",
        "NoServiceFoundForGivenName",
        "ObjectNotFound",
        target=name,
        kind=_SERVICE_ERROR,
    )


def _meant(call: Call) -> list[Service]:
    """The services named by parameter or pipeline; notes an error for each name without wildcard that is none."""
    found: list[Service] = []
    patterns = call.bound.texts("Name", "InputObject")
    if call.bound.has("DisplayName"):
        shown = call.bound.texts("DisplayName")
        return [s for s in call.host.services if any(wildcard(one, s.display_name) for one in shown)]
    if call.bound.has("InputObject"):
        patterns = [text(property_of(call.bound.get("InputObject"), "Name"))]
    for item in call.items or []:
        patterns.append(text(property_of(item, "Name")) if isinstance(item, Thing) else text(item))
    for pattern in patterns:
        fits = [s for s in call.host.services if wildcard(pattern, s.name)]
        if not fits and not set("*?") & set(pattern):
            call.fail(_unknown(pattern))
        found += fits
    return found


@cmdlet("Get-Service", "Name DisplayName InputObject Include Exclude", "DependentServices RequiredServices")
async def get_service(call: Call) -> list[Any]:
    everything = not call.bound.has("Name") and not call.bound.has("DisplayName") and not call.items
    services = list(call.host.services) if everything else _meant(call)
    left_out = call.bound.texts("Exclude")
    return [service_thing(call, s) for s in services if not any(wildcard(one, s.name) for one in left_out)]


async def _each(call: Call, *verbs: str) -> list[Any]:
    done = []
    for service in _meant(call):
        call.host.services.open(service.name)
        for verb in verbs if not call.what_if else ():
            if verb == "stop":
                await call.host.services.stop(service, force=call.bound.flag("Force"))
            else:
                await call.host.services.start(service)
        done.append(service)
    return [service_thing(call, service) for service in done] if call.bound.flag("PassThru") else []


@cmdlet("Start-Service", "Name DisplayName InputObject", "PassThru")
async def start_service(call: Call) -> list[Any]:
    return await _each(call, "start")


@cmdlet("Stop-Service", "Name DisplayName InputObject", "Force NoWait PassThru")
async def stop_service(call: Call) -> list[Any]:
    return await _each(call, "stop")


@cmdlet("Restart-Service", "Name DisplayName InputObject", "Force PassThru")
async def restart_service(call: Call) -> list[Any]:
    return await _each(call, "stop", "start")


@cmdlet("Set-Service", "Name DisplayName Description StartupType Status InputObject", "PassThru")
async def set_service(call: Call) -> list[Any]:
    modes = {"automatic": StartMode.AUTO, "manual": StartMode.MANUAL, "disabled": StartMode.DISABLED}
    changed = []
    for service in [one for one in [call.host.services.find(n) for n in call.bound.texts("Name")] if one]:
        changed.append(service)
        if call.bound.has("StartupType"):
            service.start_mode = modes[text(call.bound.get("StartupType")).lower()]
        if call.bound.has("Description"):
            service.description = text(call.bound.get("Description"))
        if call.bound.has("DisplayName"):
            service.display_name = text(call.bound.get("DisplayName"))
        status = text(call.bound.get("Status")).lower()
        if status == "running":
            await call.host.services.start(service)
        elif status == "stopped":
            await call.host.services.stop(service)
    if not changed:
        raise _unknown(text(call.bound.get("Name")))
    return [service_thing(call, service) for service in changed] if call.bound.flag("PassThru") else []


@cmdlet("New-Service", "Name BinaryPathName DisplayName Description StartupType DependsOn", by_position=2)
async def new_service(call: Call) -> list[Any]:
    name = text(call.bound.get("Name"))
    if call.host.services.find(name):
        raise CommandError(
            f"Service '{name}' cannot be created due to the following error: The specified service already exists",
            "CouldNotNewService",
            "PermissionDenied",
        )
    service = Service(
        name=name,
        display_name=text(call.bound.get("DisplayName")) or name,
        path=text(call.bound.get("BinaryPathName")),
        description=text(call.bound.get("Description")),
        dependencies=call.bound.texts("DependsOn"),
    )
    call.host.services.add(service)
    return [service_thing(call, service)]
