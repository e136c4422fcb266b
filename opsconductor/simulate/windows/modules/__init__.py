# SPDX-License-Identifier: Apache-2.0
"""What each simulated module does and answers. An unknown module fails, naming itself as not simulated."""

from __future__ import annotations

import asyncio
from typing import Any

from opsconductor.simulate.windows.failure import ModuleFailed, NotSimulated, WindowsError
from opsconductor.simulate.windows.fault import FaultKind
from opsconductor.simulate.windows.host import SimulatedWindowsHost
from opsconductor.simulate.windows.journal import masked
from opsconductor.simulate.windows.modules import (
    archive,
    background,
    chocolatey,
    command,
    copy,
    download,
    facts,
    feature,
    file,
    firewall,
    line,
    machine,
    network,
    package,
    path,
    powershell,
    process,
    registry,
    scheduled_task,
    service,
    share,
    update,
    user,
    wait,
)
from opsconductor.simulate.windows.modules.run import MODULES, Arguments, Module, Run
from opsconductor.simulate.windows.payload import Call

__all__ = ["MODULES", "run_module"]

_SIMULATIONS = (
    archive, background, chocolatey, command, copy, download, facts, feature, file, firewall, line, machine,
    network, package, path, powershell, process, registry, scheduled_task, service, share, update, user, wait,
)  # fmt: skip


async def run_module(host: SimulatedWindowsHost, call: Call, user: str, winrm_port: int) -> dict[str, Any]:
    """The module's result, `failed` included. Never raises for what the host or the simulator cannot do."""
    fault = host.faults.strikes(FaultKind.MODULE, call.name)
    if fault and fault.seconds:
        await asyncio.sleep(fault.seconds)
    if fault and (fault.message is not None or fault.result is not None):
        return {"changed": False, "failed": True, "msg": fault.message or "failed by a fault", **(fault.result or {})}
    found = MODULES.get(call.name)
    if found is None:
        return _failed(str(NotSimulated(f"The module {call.qualified_name}")))
    return await _simulate(host, call, found, user, winrm_port)


async def _simulate(
    host: SimulatedWindowsHost, call: Call, found: Module, user: str, winrm_port: int
) -> dict[str, Any]:
    arguments = Arguments(call.qualified_name, call.arguments)
    invocation = {"invocation": {"module_args": masked(arguments.as_dict())}} if found.invocation else {}
    run = Run(
        host=host,
        arguments=arguments,
        check_mode=call.check_mode,
        diff_mode=bool(call.control.get("diff")),
        verbosity=int(call.control.get("verbosity") or 0),
        user=user,
        winrm_port=winrm_port,
        environment=call.environment,
        module=call.name,
    )
    try:
        arguments.refuse_unknown(found.options)
        if run.check_mode and not found.check_mode:
            message = f"remote module ({call.name}) does not support check mode"
            return {"changed": False, "skipped": True, "msg": message, **invocation}
        return {"changed": False, **await found.simulation(run), **invocation}
    except ModuleFailed as error:
        return {**_failed(str(error)), **error.values, **invocation}
    except NotSimulated as error:
        return {**_failed(str(error)), **invocation}
    except WindowsError as error:
        return {
            **_failed(f"Unhandled exception while executing module: {error}"),
            "exception": f"{error}\r\nAt line:1 char:1\r\n    + FullyQualifiedErrorId : {error.kind}\r\n",
        }


def _failed(message: str) -> dict[str, Any]:
    return {"changed": False, "failed": True, "msg": message}
