# SPDX-License-Identifier: Apache-2.0
"""Cmdlets that work on what comes down the pipeline, and those that write to a stream."""

from __future__ import annotations

import asyncio
import json
import re
from functools import cmp_to_key
from typing import Any

from opsconductor.simulate.windows.powershell import format as shape
from opsconductor.simulate.windows.powershell import operate
from opsconductor.simulate.windows.powershell.cmdlets.binding import Call, cmdlet
from opsconductor.simulate.windows.powershell.error import CommandError
from opsconductor.simulate.windows.powershell.syntax import Script
from opsconductor.simulate.windows.powershell.value import Thing, as_list, from_list, plain, property_of, text, truth

_OPERATORS = [
    "EQ",
    "NE",
    "GT",
    "GE",
    "LT",
    "LE",
    "Like",
    "NotLike",
    "Match",
    "NotMatch",
    "Contains",
    "NotContains",
    "In",
    "NotIn",
]


@cmdlet("Write-Output", "InputObject", "NoEnumerate", by_position=1)
async def write_output(call: Call) -> list[Any]:
    return as_list(call.bound.get("InputObject")) if call.bound.has("InputObject") else call.items or []


@cmdlet("Write-Host", "Object ForegroundColor BackgroundColor Separator", "NoNewline")
async def write_host(call: Call) -> list[Any]:
    shown = call.items if call.items is not None else as_list(call.bound.get("Object"))
    call.session.host_output.append(
        " ".join(text(one) for one in shown) + ("" if call.bound.flag("NoNewline") else "\n")
    )
    call.session.information.append(text(shown))
    return []


@cmdlet("Write-Error", "Message ErrorId Category Exception TargetObject")
async def write_error(call: Call) -> list[Any]:
    identifier = text(call.bound.get("ErrorId")) or "Microsoft.PowerShell.Commands.WriteErrorException"
    raise CommandError(text(call.bound.get("Message", "Exception")), identifier)


@cmdlet("Write-Warning", "Message")
async def write_warning(call: Call) -> list[Any]:
    call.session.warnings.append(text(call.bound.get("Message")))
    return []


@cmdlet("Write-Verbose", "Message")
async def write_verbose(call: Call) -> list[Any]:
    if text(call.session.read("VerbosePreference")).lower() == "continue" or call.bound.flag("Verbose"):
        call.session.verbose.append(text(call.bound.get("Message")))
    return []


@cmdlet("Write-Debug", "Message")
async def write_debug(call: Call) -> list[Any]:
    if text(call.session.read("DebugPreference")).lower() == "continue":
        call.session.debug.append(text(call.bound.get("Message")))
    return []


@cmdlet("Write-Information", "MessageData Tags")
async def write_information(call: Call) -> list[Any]:
    call.session.information.append(text(call.bound.get("MessageData")))
    return []


@cmdlet("Out-Null", "InputObject")
async def out_null(_call: Call) -> list[Any]:
    return []


@cmdlet("Out-String", "Width InputObject", "Stream")
async def out_string(call: Call) -> list[Any]:
    values = call.items if call.items is not None else as_list(call.bound.get("InputObject"))
    shown = shape.console(values)
    return list(shown.splitlines()) if call.bound.flag("Stream") else [shown]


def _test(call: Call, item: Any) -> bool:
    """`Where-Object Property -EQ value`; without operator the property's truth."""
    value = property_of(item, text(call.bound.get("Property")))
    for name in _OPERATORS:
        if call.bound.has(name):
            return truth(operate.binary(name.lower(), value, call.bound.get(name)))
    if call.bound.has("Value"):
        return operate.equal(value, call.bound.get("Value"))
    return truth(value)


@cmdlet("Where-Object", f"FilterScript Value Property InputObject {' '.join(_OPERATORS)}", "Not")
async def where_object(call: Call) -> list[Any]:
    script = call.bound.get("FilterScript")
    kept = []
    for item in call.items or []:
        if isinstance(script, Script):
            if truth(from_list(await call.evaluator.each(script, item))):
                kept.append(item)
            continue
        if script is not None:
            call.bound.values.setdefault("Property", script)
        if _test(call, item) != call.bound.flag("Not"):
            kept.append(item)
    return kept


@cmdlet("ForEach-Object", "Process Begin End MemberName InputObject")
async def foreach_object(call: Call) -> list[Any]:
    body, output = call.bound.get("Process", "MemberName"), []
    for name, items in (("Begin", [None]), ("", call.items or []), ("End", [None])):
        script = call.bound.get(name) if name else body
        for item in items if script is not None else []:
            if isinstance(script, Script):
                output += await call.evaluator.each(script, item)
            elif f"{text(script)}".lower() == "tostring":
                output.append(text(item))
            else:
                output += as_list(property_of(item, text(script)))
    return output


async def _column(call: Call, item: Any, wanted: Any) -> tuple[str, Any]:
    """Name and value of one selected property; a hashtable calculates it."""
    if not isinstance(wanted, dict):
        return text(wanted), property_of(item, text(wanted))
    found = {str(key).lower()[0]: value for key, value in wanted.items()}
    name, how = found.get("n", found.get("l")), found.get("e")
    if isinstance(how, Script):
        return text(name), from_list(await call.evaluator.each(how, item))
    return text(name), property_of(item, text(how))


@cmdlet("Select-Object", "Property First Last Skip ExpandProperty ExcludeProperty InputObject Index", "Unique Wait")
async def select_object(call: Call) -> list[Any]:
    items = list(call.items if call.items is not None else as_list(call.bound.get("InputObject")))
    items = items[int(call.bound.get("Skip") or 0) :]
    if call.bound.has("First"):
        items = items[: int(call.bound.get("First"))]
    if call.bound.has("Last"):
        items = items[-int(call.bound.get("Last")) :]
    if call.bound.has("Index"):
        items = [items[int(at)] for at in as_list(call.bound.get("Index")) if int(at) < len(items)]
    if call.bound.has("ExpandProperty"):
        return [one for item in items for one in as_list(property_of(item, text(call.bound.get("ExpandProperty"))))]
    wanted = as_list(call.bound.get("Property"))
    if wanted:
        items = [await _picked(call, item, wanted) for item in items]
    if call.bound.flag("Unique"):
        seen: dict[str, Any] = {}
        for item in items:
            seen.setdefault(json.dumps(plain(item), default=str), item)
        items = list(seen.values())
    return items


async def _picked(call: Call, item: Any, wanted: list[Any]) -> Thing:
    values: dict[str, Any] = {}
    for one in wanted:
        if text(one) == "*" and isinstance(item, Thing):
            values |= item.properties
            continue
        name, value = await _column(call, item, one)
        known = next((key for key in getattr(item, "properties", {}) if key.lower() == name.lower()), name)
        values[known] = value
    left_out = {name.lower() for name in call.bound.texts("ExcludeProperty")}
    kept = {key: value for key, value in values.items() if key.lower() not in left_out}
    return Thing("System.Management.Automation.PSCustomObject", kept)


@cmdlet("Sort-Object", "Property", "Descending Unique")
async def sort_object(call: Call) -> list[Any]:
    names = call.bound.texts("Property")

    def compare(left: Any, right: Any) -> int:
        for name in names or [""]:
            one, other = (property_of(left, name), property_of(right, name)) if name else (left, right)
            if operate.binary("lt", one, other):
                return -1
            if operate.binary("gt", one, other):
                return 1
        return 0

    return sorted(call.items or [], key=cmp_to_key(compare), reverse=call.bound.flag("Descending"))


@cmdlet("Measure-Object", "Property InputObject", "Sum Average Maximum Minimum Line Word Character")
async def measure_object(call: Call) -> list[Any]:
    items, name = call.items or [], text(call.bound.get("Property"))
    numbers = [property_of(item, name) if name else item for item in items]
    values: dict[str, Any] = {"Count": len(items), "Average": None, "Sum": None, "Maximum": None, "Minimum": None}
    if call.bound.flag("Sum"):
        values["Sum"] = sum(float(one) for one in numbers)
    if call.bound.flag("Average"):
        values["Average"] = sum(float(one) for one in numbers) / (len(numbers) or 1)
    if call.bound.flag("Maximum"):
        values["Maximum"] = max(numbers, default=None)
    if call.bound.flag("Minimum"):
        values["Minimum"] = min(numbers, default=None)
    return [Thing("Microsoft.PowerShell.Commands.GenericMeasureInfo", {**values, "Property": name or None})]


@cmdlet("Group-Object", "Property", "NoElement AsHashTable")
async def group_object(call: Call) -> list[Any]:
    groups: dict[str, list[Any]] = {}
    for item in call.items or []:
        groups.setdefault(text(property_of(item, text(call.bound.get("Property")))), []).append(item)
    kind = "Microsoft.PowerShell.Commands.GroupInfo"
    return [Thing(kind, {"Count": len(found), "Name": name, "Group": found}) for name, found in groups.items()]


@cmdlet(
    "Select-String", "Pattern Path LiteralPath InputObject", "Quiet SimpleMatch CaseSensitive AllMatches", by_position=2
)
async def select_string(call: Call) -> list[Any]:
    lines: list[tuple[str, str]] = [("InputStream", text(item)) for item in call.items or []]
    for name in call.bound.texts("Path", "LiteralPath"):
        for entry in call.host.files.glob(call.path(name)):
            content = call.host.files.read(entry.path).decode("utf-8-sig", "replace")
            lines += [(entry.path, line) for line in content.splitlines()]
    pattern = text(call.bound.get("Pattern"))
    expression = re.escape(pattern) if call.bound.flag("SimpleMatch") else pattern
    flags = re.NOFLAG if call.bound.flag("CaseSensitive") else re.IGNORECASE
    hits = [(at, path, line) for at, (path, line) in enumerate(lines, 1) if re.search(expression, line, flags)]
    if call.bound.flag("Quiet"):
        return [bool(hits)]
    kind = "Microsoft.PowerShell.Commands.MatchInfo"
    return [Thing(kind, {"LineNumber": at, "Line": line, "Path": path}, text=line) for at, path, line in hits]


@cmdlet("ConvertTo-Json", "InputObject Depth", "Compress AsArray")
async def convert_to_json(call: Call) -> list[Any]:
    value = call.bound.get("InputObject") if call.bound.has("InputObject") else from_list(call.items or [])
    depth = int(call.bound.get("Depth") or 2)
    indent = None if call.bound.flag("Compress") else 4
    separators = (",", ":") if indent is None else (",", ":  ")
    return [json.dumps(plain(value, depth), indent=indent, separators=separators)]


def _from_json(value: Any) -> Any:
    if isinstance(value, dict):
        kind = "System.Management.Automation.PSCustomObject"
        return Thing(kind, {key: _from_json(one) for key, one in value.items()})
    return [_from_json(one) for one in value] if isinstance(value, list) else value


@cmdlet("ConvertFrom-Json", "InputObject")
async def convert_from_json(call: Call) -> list[Any]:
    source = call.bound.texts("InputObject") or [text(one) for one in call.items or []]
    try:
        return as_list(_from_json(json.loads("\n".join(source))))
    except json.JSONDecodeError as error:
        raise CommandError(f"Invalid JSON primitive: {error}.", "System.ArgumentException") from None


@cmdlet("Format-Table", "Property", "AutoSize HideTableHeaders Wrap")
async def format_table(call: Call) -> list[Any]:
    return [shape.table(call.items or [], call.bound.texts("Property"))]


@cmdlet("Format-List", "Property", "Force")
async def format_list(call: Call) -> list[Any]:
    return [shape.listing(call.items or [], call.bound.texts("Property"))]


@cmdlet("Get-Variable", "Name", "ValueOnly")
async def get_variable(call: Call) -> list[Any]:
    name = text(call.bound.get("Name"))
    value = call.session.read(name)
    if value is None:
        raise CommandError(f"Cannot find a variable with the name '{name}'.", "VariableNotFound", "ObjectNotFound")
    return [value] if call.bound.flag("ValueOnly") else [Thing("PSVariable", {"Name": name, "Value": value})]


@cmdlet("Set-Variable", "Name Value Scope", "Force", by_position=2)
async def set_variable(call: Call) -> list[Any]:
    value = call.bound.get("Value") if call.bound.has("Value") else from_list(call.items or [])
    call.session.write(text(call.bound.get("Name")), value)
    return []


@cmdlet("Set-StrictMode", "Version", "Off")
async def set_strict_mode(_call: Call) -> list[Any]:
    return []


@cmdlet("Start-Sleep", "Seconds Milliseconds")
async def start_sleep(call: Call) -> list[Any]:
    await asyncio.sleep(float(call.bound.get("Seconds") or 0) + float(call.bound.get("Milliseconds") or 0) / 1000)
    return []
