# SPDX-License-Identifier: Apache-2.0
"""win_service, win_service_info."""

from __future__ import annotations

from typing import Any

from opsconductor.simulate.windows.failure import ModuleFailed, WindowsError
from opsconductor.simulate.windows.fault import wildcard
from opsconductor.simulate.windows.modules.run import Arguments, Run, module
from opsconductor.simulate.windows.service import Service, ServiceManager, ServiceState, StartMode

_STATES = ("absent", "paused", "started", "stopped", "restarted")
_CHANGES = ("description", "display_name", "dependencies", "path", "start_mode", "state", "username", "password")
_SYSTEM = {"localsystem", "system", "nt authority\\system"}


def _view(service: Service) -> dict[str, Any]:
    """The part of a service that win_service compares."""
    return {
        "name": service.name,
        "display_name": service.display_name,
        "description": service.description or None,
        "dependencies": list(service.dependencies),
        "desktop_interact": service.desktop_interact,
        "path": service.path,
        "start_mode": str(service.start_mode),
        "username": "NT AUTHORITY\\SYSTEM" if service.username.lower() in _SYSTEM else service.username,
        "state": {"running": "started"}.get(service.state, str(service.state)),
    }


def _configure(arguments: Arguments, service: Service, *, check_mode: bool) -> tuple[bool, dict[str, Any]]:
    """Applies the settings. Returns whether one differs, and how the service then looks."""
    wanted: dict[str, Any] = {}
    for name in ("description", "display_name", "path", "username"):
        value = arguments.text(name)
        if value is not None and getattr(service, name) != value:
            same_account = name == "username" and {value.lower(), service.username.lower()} <= _SYSTEM
            if not same_account:
                wanted[name] = value
    mode = arguments.choice("start_mode", tuple(StartMode))
    if mode is not None and service.start_mode != mode:
        wanted["start_mode"] = StartMode(mode)
    if arguments.given("desktop_interact") and arguments.flag("desktop_interact") != service.desktop_interact:
        wanted["desktop_interact"] = arguments.flag("desktop_interact")
    named = arguments.items("dependencies")
    if named is not None:
        after = _dependencies(service, [str(one) for one in named], arguments.text("dependency_action") or "set")
        if after != service.dependencies:
            wanted["dependencies"] = after
    if not check_mode:
        for name, value in wanted.items():
            setattr(service, name, value)
    return bool(wanted), {**_view(service), **wanted}


def _dependencies(service: Service, named: list[str], action: str) -> list[str]:
    if action == "add":
        return service.dependencies + [one for one in named if one not in service.dependencies]
    if action == "remove":
        return [one for one in service.dependencies if one not in named]
    return named


async def _bring(services: ServiceManager, service: Service, state: str, *, force: bool, check_mode: bool) -> bool:
    """Takes the service into the state. Returns whether something changed."""
    running = service.state in (ServiceState.RUNNING, ServiceState.START_PENDING)
    match state:
        case "started" if not running:
            if not check_mode:
                await _attempt("start", service, services.start(service))
        case "stopped" if service.state is not ServiceState.STOPPED:
            if not check_mode:
                await _attempt("stop", service, services.stop(service, force=force))
        case "restarted":
            if not check_mode:
                await _attempt("restart", service, services.stop(service, force=force))
                await _attempt("restart", service, services.start(service))
        case "paused" if service.state is not ServiceState.PAUSED:
            if not service.can_pause:
                raise ModuleFailed(f"failed to pause service {service.name}: The service does not support pausing")
            if not check_mode:
                service.state = ServiceState.PAUSED
        case _:
            return False
    return True


async def _attempt(verb: str, service: Service, work: Any) -> None:
    try:
        await work
    except WindowsError as error:
        raise ModuleFailed(f"failed to {verb} service {service.name}: {error}") from None


def _new_service(run: Run, name: str) -> Service:
    path = run.arguments.text("path")
    if not path:
        raise ModuleFailed(
            f"Service '{name}' is not installed, need to set 'path' to create a new service", exists=False
        )
    return Service(name=name, display_name=run.arguments.text("display_name") or name, path=path)


def _result(run: Run, service: Service, after: dict[str, Any], state: str | None) -> dict[str, Any]:
    shown = {"started": "running", "restarted": "running"}.get(state or after["state"], state or after["state"])
    return {
        "exists": True,
        **{
            key: after[key]
            for key in ("name", "display_name", "description", "dependencies", "desktop_interact", "path")
        },
        "start_mode": str(after["start_mode"]),
        "username": "LocalSystem" if str(after["username"]).lower() in _SYSTEM else after["username"],
        "state": shown.replace("_", ""),
        "can_pause_and_continue": service.can_pause,
        "depended_by": [other.name for other in run.host.services.dependents(service)],
    }


@module(
    "win_service",
    "name state start_mode path display_name description username password dependencies dependency_action "
    "desktop_interact force_dependent_services update_password",
)
async def win_service(run: Run) -> dict[str, Any]:
    arguments, services = run.arguments, run.host.services
    name, state = arguments.required("name"), arguments.choice("state", _STATES)
    force = arguments.flag("force_dependent_services")
    try:
        service = services.open(name)
    except WindowsError as error:
        raise WindowsError(f'Exception calling ".ctor" with "2" argument(s): "{error}"', error.kind) from None
    before: dict[str, Any] | str = _view(service) if service else ""
    if state == "absent":
        return await _remove(run, service, before, force=force)
    if service is None and not any(arguments.given(option) for option in _CHANGES):
        return {"exists": False, "diff": {"before": "", "after": ""}} if run.diff_mode else {"exists": False}
    created = service is None
    service = service or _new_service(run, name)
    if created and not run.check_mode:
        services.add(service)
    changed, after = _configure(arguments, service, check_mode=run.check_mode)
    if state is not None:
        moved = await _bring(services, service, state, force=force, check_mode=run.check_mode)
        changed, after["state"] = changed or moved, state
    result = _result(run, service, after, state)
    if run.diff_mode:
        result["diff"] = {"before": before, "after": after}
    return {**result, "changed": changed or created}


async def _remove(run: Run, service: Service | None, before: Any, *, force: bool) -> dict[str, Any]:
    if service is not None and not run.check_mode:
        await _attempt("stop", service, run.host.services.stop(service, force=force))
        run.host.services.remove(service)
    result: dict[str, Any] = {"exists": False, "changed": service is not None}
    return {**result, "diff": {"before": before, "after": ""}} if run.diff_mode else result


@module("win_service_info", "name")
async def win_service_info(run: Run) -> dict[str, Any]:
    pattern = run.arguments.text("name") or "*"
    found = [s for s in run.host.services if wildcard(pattern, s.name) or wildcard(pattern, s.display_name)]
    return {"exists": bool(found), "services": [_information(run, service) for service in found]}


def _information(run: Run, service: Service) -> dict[str, Any]:
    running = service.state is ServiceState.RUNNING
    return {
        **_view(service),
        "checkpoint": 0,
        "controls_accepted": ["stop", "shutdown"] if running else [],
        "dependency_of": [other.name for other in run.host.services.dependents(service)],
        "error_control": "normal",
        "failure_actions": [],
        "failure_actions_on_non_crash_failure": False,
        "failure_command": None,
        "failure_reboot_msg": None,
        "failure_reset_period_sec": 0,
        "launch_protection": "none",
        "load_order_group": "",
        "pre_shutdown_timeout_ms": 180_000,
        "preferred_node": None,
        "process_id": service.pid,
        "required_privileges": [],
        "service_exit_code": 0,
        "service_flags": [],
        "service_type": "win32_own_process",
        "sid_info": "none",
        "triggers": [],
        "wait_hint_ms": 0,
        "win32_exit_code": 0,
    }
