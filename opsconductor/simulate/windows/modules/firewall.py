# SPDX-License-Identifier: Apache-2.0
"""win_firewall, win_firewall_rule."""

from __future__ import annotations

from typing import Any

from opsconductor.simulate.windows.failure import ModuleFailed
from opsconductor.simulate.windows.firewall import PROFILES, FirewallRule
from opsconductor.simulate.windows.modules.run import Run, module

_FIELDS = ("description", "protocol", "localport", "remoteport", "localip", "remoteip", "program")


@module("win_firewall", "profiles state", invocation=False)
async def win_firewall(run: Run) -> dict[str, Any]:
    firewall, wanted = run.host.firewall, run.arguments.choice("state", ("disabled", "enabled")) == "enabled"
    if not run.arguments.given("state"):
        raise ModuleFailed("missing required arguments: state")
    chosen = run.arguments.items("profiles") or list(PROFILES)
    for profile in chosen:
        if profile not in PROFILES:
            raise ModuleFailed(f"value of profiles must be one or more of: {', '.join(PROFILES)}. Got: {profile}")
    changed = any(firewall.profiles[profile] is not wanted for profile in chosen)
    if not run.check_mode:
        firewall.profiles |= dict.fromkeys(chosen, wanted)
    return {"changed": changed, "enabled": wanted, "profiles": chosen, "state": run.arguments.text("state")}


@module("win_firewall_rule", f"name state enabled enable direction action profiles profile {' '.join(_FIELDS)}")
async def win_firewall_rule(run: Run) -> dict[str, Any]:
    arguments, firewall = run.arguments, run.host.firewall
    name = arguments.required("name")
    found = firewall.named(name)
    if arguments.choice("state", ("absent", "present"), "present") == "absent":
        if not run.check_mode:
            firewall.rules = [rule for rule in firewall.rules if rule not in found]
        return {"changed": bool(found)}
    wanted: dict[str, Any] = {field: arguments.text(field) for field in _FIELDS}
    wanted |= {"direction": arguments.choice("direction", ("in", "out"))}
    wanted |= {"action": arguments.choice("action", ("allow", "block"))}
    wanted["enabled"] = arguments.flag("enabled") if arguments.given("enabled") else None
    wanted = {field: value for field, value in wanted.items() if value is not None}
    if {"localport", "remoteport"} & set(wanted) and "protocol" not in wanted:
        raise ModuleFailed("protocol must be set to use localport or remoteport")
    rules = found or [FirewallRule(name)]
    changed = not found or any(getattr(rule, field) != value for rule in found for field, value in wanted.items())
    if not run.check_mode:
        for rule in rules:
            for field, value in wanted.items():
                setattr(rule, field, value)
        if not found:
            firewall.rules.append(rules[0])
    return {"changed": changed}
