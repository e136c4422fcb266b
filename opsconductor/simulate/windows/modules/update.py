# SPDX-License-Identifier: Apache-2.0
"""win_updates: the three operations its action plugin is made of. Start searches and installs, poll tells of it."""

from __future__ import annotations

import uuid
from typing import Any

from opsconductor.simulate.windows.description import UpdateDescription
from opsconductor.simulate.windows.failure import ModuleFailed, NotSimulated
from opsconductor.simulate.windows.fault import FaultKind
from opsconductor.simulate.windows.modules.run import Run, module

_DEFAULT = ["CriticalUpdates", "SecurityUpdates", "UpdateRollups"]
_STATES = ("installed", "searched", "downloaded")
#: Short names of categories that the module takes as well.
_LONG = {
    "criticalupdates": "critical updates",
    "securityupdates": "security updates",
    "updaterollups": "update rollups",
}


def _identifier(update: UpdateDescription) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, update.title))


def _fits(update: UpdateDescription, categories: list[str]) -> bool:
    wanted = {_LONG.get(one.lower(), one.lower()) for one in categories}
    return "*" in wanted or bool(wanted & {one.lower() for one in update.categories})


def _shown(update: UpdateDescription) -> dict[str, Any]:
    return {
        "id": _identifier(update),
        "title": update.title,
        "kb": [f"KB{number}" for number in update.kb],
        "categories": list(update.categories),
    }


def _work(run: Run) -> list[dict[str, Any]]:
    """Search and install; what the background process of the module would tell."""
    state = run.arguments.choice("state", _STATES, "installed") or "installed"
    if state == "downloaded":
        raise NotSimulated("win_updates with the state downloaded")
    categories = [str(one) for one in run.arguments.items("category_names") or _DEFAULT]
    offered = list(run.host.updates)
    chosen = [update for update in offered if _fits(update, categories)]
    others = [{"id": _identifier(u), "reasons": ["category_names"]} for u in offered if u not in chosen]
    told: list[dict[str, Any]] = [
        {"task": "search_result", "result": {"updates": [_shown(u) for u in offered], "filtered": others}}
    ]
    ended = {"changed": bool(chosen) and state != "searched", "reboot_required": False, "failed": False}
    if state == "installed" and not run.check_mode and chosen:
        results = [_install(run, update) for update in chosen]
        told.append({"task": "install_result", "result": {"info": results}})
        ended["reboot_required"] = any(update.wants_restart for update in chosen)
    return [*told, {"task": "exit", "result": ended}]


def _install(run: Run, update: UpdateDescription) -> dict[str, Any]:
    """Result code 2 is success, 4 a failure."""
    if fault := run.host.faults.strikes(FaultKind.PACKAGE, update.title):
        return {"id": _identifier(update), "result_code": 4, "hresult": fault.rc}
    run.host.updates.remove(update)
    return {"id": _identifier(update), "result_code": 2, "hresult": 0}


@module(
    "win_updates",
    "_operation _operation_options category_names state reboot reboot_timeout skip_optional server_selection",
)
async def win_updates(run: Run) -> dict[str, Any]:
    options = run.arguments.raw("_operation_options") or {}
    match run.arguments.choice("_operation", ("start", "cancel", "poll"), "start"):
        case "start" if options.get("wait"):
            raise NotSimulated("win_updates with async")
        case "start":
            task = uuid.uuid4().hex
            run.host.jobs[task] = {"output": _work(run)}
            return {"cancel_options": {"cancel_id": task, "task_pid": 0}, "poll_options": {"pipe_name": task}}
        case "poll":
            job = run.host.jobs.get(str(options.get("pipe_name")))
            if job is None:
                raise ModuleFailed("The update task is not running any more.")
            return {"output": job["output"]}
    run.host.jobs.pop(str(options.get("cancel_id")), None)
    return {}
