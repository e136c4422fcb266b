# SPDX-License-Identifier: Apache-2.0
"""win_scheduled_task, win_scheduled_task_stat."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from opsconductor.simulate.windows.failure import ModuleFailed
from opsconductor.simulate.windows.modules.run import Run, module
from opsconductor.simulate.windows.scheduled_task import ScheduledTask

_ACTION = {"path", "arguments", "working_directory"}
_TRIGGERS = {
    "boot": set[str](),
    "logon": {"user_id"},
    "daily": {"start_boundary"},
    "time": {"start_boundary"},
    "weekly": {"start_boundary", "days_of_week", "weeks_interval"},
    "monthly": {"start_boundary", "days_of_month", "months_of_year", "run_on_last_day_of_month"},
}
_NEEDED = {
    "daily": {"start_boundary"},
    "time": {"start_boundary"},
    "weekly": {"start_boundary", "days_of_week"},
    "monthly": {"start_boundary", "days_of_month"},
}
_EVERY = {"type", "enabled", "end_boundary", "execution_time_limit", "repetition"}
_PLAIN = ("username", "run_level", "logon_type", "description")


def _entries(values: list[Any] | None, kind: str) -> list[dict[str, Any]]:
    """The options' entries without what is null, checked as the module's specification would."""
    found = [{key: value for key, value in entry.items() if value is not None} for entry in values or []]
    for entry in found:
        allowed = _ACTION if kind == "actions" else _EVERY | _TRIGGERS.get(str(entry.get("type")), set())
        if unknown := sorted(set(entry) - allowed):
            raise ModuleFailed(f"Unsupported parameters for (win_scheduled_task) module: {', '.join(unknown)}")
        needed = {"path"} if kind == "actions" else {"type"} | _NEEDED.get(str(entry.get("type")), set())
        if missing := sorted(needed - set(entry)):
            raise ModuleFailed(f"missing required arguments: {', '.join(missing)} found in {kind}")
    return found


def _key(run: Run) -> str:
    folder = (run.arguments.text("path") or "\\").rstrip("\\")
    return f"{folder}\\{run.arguments.required('name')}".lower()


@module("win_scheduled_task", f"name path state actions triggers enabled {' '.join(_PLAIN)}")
async def win_scheduled_task(run: Run) -> dict[str, Any]:
    arguments, tasks, key = run.arguments, run.host.scheduled_tasks, _key(run)
    old = tasks.get(key)
    if arguments.choice("state", ("absent", "present"), "present") == "absent":
        if old is not None and not run.check_mode:
            del tasks[key]
        return {"changed": old is not None}
    new = (
        ScheduledTask(**asdict(old))
        if old
        else ScheduledTask(arguments.required("name"), arguments.text("path") or "\\")
    )
    for kind in ("actions", "triggers"):
        if arguments.given(kind):
            setattr(new, kind, _entries(arguments.raw(kind), kind))
    if not new.actions:
        raise ModuleFailed("when creating a scheduled task, at least one action must be defined")
    for option in _PLAIN:
        if (value := arguments.text(option)) is not None:
            setattr(new, option, value)
    new.enabled = arguments.flag("enabled", new.enabled)
    if new.username and new.username.upper() != "SYSTEM" and run.host.accounts.get(new.username) is None:
        reason = "Some or all identity references could not be translated."
        raise ModuleFailed(f"Failed to translate '{new.username}' to a SecurityIdentifier: {reason}")
    changed = old is None or asdict(old) != asdict(new)
    if not run.check_mode:
        tasks[key] = new
    return {"changed": changed}


@module("win_scheduled_task_stat", "name path")
async def win_scheduled_task_stat(run: Run) -> dict[str, Any]:
    folder = run.arguments.text("path") or "\\"
    names = [task.name for task in run.host.scheduled_tasks.values() if task.path == folder]
    result: dict[str, Any] = {"folder_exists": bool(names) or folder == "\\", "folder_task_names": sorted(names)}
    result["folder_task_count"] = len(names)
    if not run.arguments.given("name"):
        return result
    task = run.host.scheduled_tasks.get(_key(run))
    if task is None:
        return {**result, "task_exists": False}
    actions = [
        {"Type": "TASK_ACTION_EXEC", "Id": None, "Path": one["path"], "Arguments": one.get("arguments"),
         "WorkingDirectory": one.get("working_directory")}
        for one in task.actions
    ]  # fmt: skip
    return {**result, "task_exists": True, "actions": actions, "principal": {"user_id": task.username}}
