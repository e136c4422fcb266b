# SPDX-License-Identifier: Apache-2.0
"""win_feature, win_optional_feature."""

from __future__ import annotations

from typing import Any

from opsconductor.simulate.windows.failure import ModuleFailed
from opsconductor.simulate.windows.feature import Feature, Features
from opsconductor.simulate.windows.modules.run import Run, module


def _names(run: Run) -> list[str]:
    names = [str(name) for name in run.arguments.items("name") or []]
    if not names:
        raise ModuleFailed("missing required arguments: name")
    return names


def _to_change(features: Features, names: list[str], *, wanted: bool) -> list[Feature]:
    found = [one for name in names for one in (features.to_install(name) if wanted else features.to_remove(name))]
    return list({one.name: one for one in found}.values())


@module("win_feature", "name state include_sub_features include_management_tools source", invocation=False)
async def win_feature(run: Run) -> dict[str, Any]:
    names, features = _names(run), run.host.features
    wanted = run.arguments.choice("state", ("absent", "present"), "present") == "present"
    if run.host.description.client:
        raise ModuleFailed(
            "This version of Windows does not support the cmdlets Install-WindowsFeature or Add-WindowsFeature"
        )
    unknown = [name for name in names if features.get(name) is None]
    if unknown:
        what = "ArgumentNotValid: The role, role service, or feature name is not valid"
        verb = "install" if wanted else "uninstall"
        raise ModuleFailed(f"Failed to {verb} Windows Feature: {what}: '{unknown[0]}'. The name was not found.")
    changing = _to_change(features, names, wanted=wanted)
    if not run.check_mode:
        for one in changing:
            one.installed = wanted
    return {
        "changed": bool(changing),
        "feature_result": [
            {
                "id": at,
                "display_name": one.display_name or one.name,
                "message": [],
                "reboot_required": one.wants_restart,
                "skip_reason": "NotSkipped",
                "success": True,
            }
            for at, one in enumerate(changing, 1)
        ],
        "success": True,
        "exitcode": "Success" if changing else "NoChangeNeeded",
        "reboot_required": any(one.wants_restart for one in changing),
        "failed": False,
    }


@module("win_optional_feature", "name state source include_parent")
async def win_optional_feature(run: Run) -> dict[str, Any]:
    names, features = _names(run), run.host.optional_features
    wanted = run.arguments.choice("state", ("absent", "present"), "present") == "present"
    for name in names:
        if features.get(name) is None:
            raise ModuleFailed(f"Failed to find feature '{name}'")
    changing = _to_change(features, names, wanted=wanted)
    if not run.check_mode:
        for one in changing:
            one.installed = wanted
    restart = not run.check_mode and any(one.wants_restart for one in changing)
    return {"changed": bool(changing), "reboot_required": restart}
