# SPDX-License-Identifier: Apache-2.0
"""win_regedit, win_reg_stat."""

from __future__ import annotations

from typing import Any

from opsconductor.simulate.windows.modules.run import Run, module
from opsconductor.simulate.windows.registry import RegistryValue

_NAMES = {"string": "REG_SZ", "dword": "REG_DWORD", "qword": "REG_QWORD", "multistring": "REG_MULTI_SZ"}
_NAMES |= {"expandstring": "REG_EXPAND_SZ", "binary": "REG_BINARY", "none": "REG_NONE"}


def _data(value: Any, kind: str) -> Any:
    if kind in ("dword", "qword"):
        return int(str(value), 0) if value is not None else 0
    if kind == "multistring":
        return value if isinstance(value, list) else [value]
    return "" if value is None else str(value)


@module("win_regedit", "path key name entry value data type datatype state delete_key")
async def win_regedit(run: Run) -> dict[str, Any]:
    arguments, registry = run.arguments, run.host.registry
    path, name = arguments.required("path", "key"), arguments.text("name", "entry", "value")
    result = {"changed": False, "data_changed": False, "data_type_changed": False}
    key = registry.get(path)
    if arguments.choice("state", ("absent", "present"), "present") == "absent":
        return {**result, "changed": _remove(run, path, name)}
    kind = arguments.text("type", "datatype") or "string"
    old = key.values.get((name or "").lower()) if key else None
    data = _data(arguments.raw("data"), kind)
    touches_value = name is not None or arguments.given("data")
    if old is not None and touches_value:
        result["data_changed"], result["data_type_changed"] = old.data != data, old.kind != kind
    new = key is None or (touches_value and old is None)
    result["changed"] = new or result["data_changed"] or result["data_type_changed"]
    if result["changed"] and not run.check_mode:
        made = registry.make(path)
        if touches_value:
            made.values[(name or "").lower()] = RegistryValue(name or "", data, kind)
    return result


def _remove(run: Run, path: str, name: str | None) -> bool:
    registry = run.host.registry
    key = registry.get(path)
    if name is None and run.arguments.flag("delete_key", True):
        there = registry.exists(path)
        if there and not run.check_mode:
            registry.remove(path)
        return there
    there = key is not None and (name or "").lower() in key.values
    if key is not None and there and not run.check_mode:
        del key.values[(name or "").lower()]
    return there


@module("win_reg_stat", "path key name entry value property", invocation=False)
async def win_reg_stat(run: Run) -> dict[str, Any]:
    arguments, registry = run.arguments, run.host.registry
    path, name = arguments.required("path", "key"), arguments.text("name", "entry", "value", "property")
    if not registry.exists(path):
        return {"exists": False}
    key = registry.get(path)
    values = key.values if key else {}
    if name is None:
        shown = {
            value.name: {"raw_value": value.data, "value": value.data, "type": _NAMES.get(value.kind, value.kind)}
            for value in values.values()
        }
        return {"exists": True, "properties": shown, "sub_keys": registry.subkeys(path)}
    found = values.get(name.lower())
    if found is None:
        return {"exists": False}
    return {"exists": True, "raw_value": found.data, "value": found.data, "type": _NAMES.get(found.kind, found.kind)}
