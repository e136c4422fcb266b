# SPDX-License-Identifier: Apache-2.0
"""The machine: CIM classes, registry properties, dates, ports, reboot."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from opsconductor.simulate.windows.failure import NotSimulated
from opsconductor.simulate.windows.fault import FaultKind, wildcard
from opsconductor.simulate.windows.host import PRODUCT
from opsconductor.simulate.windows.powershell import operate
from opsconductor.simulate.windows.powershell.cmdlets.binding import Call, cmdlet
from opsconductor.simulate.windows.powershell.cmdlets.file import file_thing, not_found
from opsconductor.simulate.windows.powershell.error import CommandError
from opsconductor.simulate.windows.powershell.value import Thing, moment, property_of, text
from opsconductor.simulate.windows.registry import RegistryValue

_CIM = "Microsoft.Management.Infrastructure.CimInstance"
_CONDITION = re.compile(
    r"\s*(\w+)\s*(=|<>|!=|<=|>=|<|>|like)\s*('(?:[^'\\]|\\.|'')*'|\"[^\"]*\"|-?\d+|true|false)\s*", re.IGNORECASE
)
_MODES = {"auto": "Auto", "delayed": "Auto", "manual": "Manual", "disabled": "Disabled"}
_STATES = {"start_pending": "Start Pending", "stop_pending": "Stop Pending"}
_WQL = {"=": "eq", "<>": "ne", "!=": "ne", "<": "lt", ">": "gt", "<=": "le", ">=": "ge", "like": "like"}


def _services(call: Call) -> list[dict[str, Any]]:
    return [
        {
            "ProcessId": service.pid,
            "Name": service.name,
            "StartMode": _MODES[service.start_mode],
            "State": _STATES.get(service.state, str(service.state).capitalize()),
            "Status": "OK",
            "ExitCode": 0,
            "DisplayName": service.display_name,
            "PathName": service.path,
            "StartName": service.username,
            "Description": service.description,
            "Started": service.state == "running",
            "DelayedAutoStart": service.start_mode == "delayed",
            "SystemName": call.host.name.upper(),
        }
        for service in call.host.services
    ]


def _processes(call: Call) -> list[dict[str, Any]]:
    return [
        {
            "ProcessId": process.pid,
            "Name": process.image,
            "HandleCount": 210,
            "WorkingSetSize": process.working_set,
            "ExecutablePath": process.path if "\\" in process.path else None,
            "CommandLine": process.path,
            "ParentProcessId": process.parent,
            "CreationDate": moment(process.started),
        }
        for process in call.host.processes
    ]


def _machine(call: Call) -> dict[str, list[dict[str, Any]]]:
    host = call.host
    used = host.files.used()
    return {
        "win32_operatingsystem": [
            {
                "Caption": "Microsoft Windows Server 2022 Standard (simulated)",
                "Version": "10.0.20348",
                "BuildNumber": "20348",
                "CSName": host.computer_name,
                "LastBootUpTime": moment(host.booted),
                "LocalDateTime": dt.datetime.now(dt.UTC),
                "TotalVisibleMemorySize": 8 * 1024 * 1024,
                "FreePhysicalMemory": 4 * 1024 * 1024,
                "OSArchitecture": "64-bit",
            }
        ],
        "win32_computersystem": [
            {
                "Name": host.computer_name,
                "DNSHostName": host.computer_name,
                "Domain": host.description.domain or "WORKGROUP",
                "Manufacturer": PRODUCT,
                "Model": PRODUCT,
                "TotalPhysicalMemory": 8 * 1024**3,
                "PartOfDomain": bool(host.description.domain),
                "NumberOfLogicalProcessors": 4,
            }
        ],
        "win32_logicaldisk": [
            {
                "DeviceID": "C:",
                "DriveType": 3,
                "Size": host.files.capacity,
                "FreeSpace": host.files.capacity - used,
                "VolumeName": "",
            }
        ],
        "win32_processor": [
            {
                "DeviceID": "CPU0",
                "Name": f"{PRODUCT} CPU",
                "LoadPercentage": 3,
                "NumberOfCores": 4,
                "NumberOfLogicalProcessors": 4,
            }
        ],
        "win32_pagefileusage": [{"Name": r"C:\pagefile.sys", "AllocatedBaseSize": 1280, "CurrentUsage": 80}],
        "win32_networkadapterconfiguration": [
            {"Description": PRODUCT, "IPEnabled": True, "IPAddress": [host.address], "MACAddress": host.mac.upper()}
        ],
        "win32_quickfixengineering": [
            {"HotFixID": number, "InstalledOn": day, "Description": "Update"}
            for number, day in host.description.hotfixes.items()
        ],
        "win32_bios": [{"Manufacturer": PRODUCT, "SerialNumber": host.machine_id}],
    }


def _literal(raw: str) -> Any:
    if raw.lower() in ("true", "false"):
        return raw.lower() == "true"
    if raw[0] not in "'\"":
        return int(raw)
    return raw[1:-1].replace("\\\\", "\\").replace("''", "'").replace("\\'", "'")


def _matches(entry: dict[str, Any], condition: str) -> bool:
    """A WQL condition: comparisons with AND and OR (AND binds closer), no brackets."""
    at, result, group = 0, False, True
    while True:
        match = _CONDITION.match(condition, at)
        if not match:
            raise NotSimulated(f"The WQL condition {condition!r}")
        wanted = _literal(match[3])
        value = property_of(entry, match[1])
        if match[2].lower() == "like":
            hit = wildcard(str(wanted).replace("%", "*").replace("_", "?"), text(value))
        else:
            hit = bool(
                operate.binary(_WQL[match[2].lower()], text(value) if isinstance(wanted, str) else value, wanted)
            )
        group, at = group and hit, match.end()
        word = re.compile(r"(and|or)\b", re.IGNORECASE).match(condition, at)
        if not word:
            if at != len(condition):
                raise NotSimulated(f"The WQL condition {condition!r}")
            return result or group
        if word[1].lower() == "or":
            result, group = result or group, True
        at = word.end()


def _instances(call: Call, name: str, condition: str) -> list[Any]:
    low = name.lower()
    classes = {"win32_service": _services, "win32_process": _processes}
    entries = classes[low](call) if low in classes else _machine(call).get(low)
    if entries is None:
        raise NotSimulated(f"The CIM class {name}")
    kept = [entry for entry in entries if not condition or _matches(entry, condition)]
    shown = {"win32_service": ("ProcessId", "Name", "StartMode", "State", "Status", "ExitCode")}.get(low, ())
    return [
        Thing(f"{_CIM}#root/cimv2/{name}", entry, text=f"{name} ({next(iter(entry.values()))})", shown=shown)
        for entry in kept
    ]


@cmdlet("Get-CimInstance", "ClassName Filter Property Query Namespace ComputerName OperationTimeoutSec", "KeyOnly")
async def get_cim_instance(call: Call) -> list[Any]:
    name, condition = text(call.bound.get("ClassName")), text(call.bound.get("Filter"))
    if call.bound.has("Query"):
        query = re.fullmatch(
            r"\s*select\s+.+?\s+from\s+(\w+)(?:\s+where\s+(.+))?\s*", text(call.bound.get("Query")), re.I | re.S
        )
        if not query:
            raise NotSimulated(f"The WQL query {text(call.bound.get('Query'))!r}")
        name, condition = query[1], query[2] or ""
    if call.bound.has("ComputerName") or call.bound.has("Namespace"):
        raise NotSimulated("Get-CimInstance -ComputerName or -Namespace")
    return _instances(call, name, condition)


@cmdlet("Invoke-CimMethod", "InputObject MethodName Arguments")
async def invoke_cim_method(call: Call) -> list[Any]:
    """Rename of Win32_ComputerSystem."""
    machine, given = call.bound.get("InputObject"), call.bound.get("Arguments") or {}
    named = text(property_of(machine, "DNSHostName")) == call.host.computer_name
    if not named or text(call.bound.get("MethodName")).lower() != "rename" or list(given) != ["Name"]:
        raise NotSimulated(f"Invoke-CimMethod {text(call.bound.get('MethodName'))}")
    call.host.rename(text(given["Name"]))
    return [Thing(f"{_CIM}#MethodParameters", {"ReturnValue": 0})]


@cmdlet("Get-WmiObject", "Class Property Filter Query Namespace")
async def get_wmi_object(call: Call) -> list[Any]:
    return _instances(call, text(call.bound.get("Class")), text(call.bound.get("Filter")))


def _values(call: Call, path: str) -> Thing:
    key = call.host.registry.get(path)
    if key is None:
        if not call.host.registry.exists(path):
            raise not_found(path)
        return Thing("System.Management.Automation.PSCustomObject", {"PSPath": path})
    values = {value.name or "(default)": value.data for value in key.values.values()}
    return Thing("System.Management.Automation.PSCustomObject", {**values, "PSPath": key.path})


@cmdlet("Get-ItemProperty", "Path Name LiteralPath", by_position=2)
async def get_item_property(call: Call) -> list[Any]:
    found: list[Thing] = []
    for path in call.bound.texts("Path", "LiteralPath"):
        if path.endswith("\\*"):
            found += [_values(call, f"{path[:-2]}\\{name}") for name in call.host.registry.subkeys(path[:-2])]
        elif path.upper().startswith("HK") or path.lower().startswith("registry::"):
            found.append(_values(call, path))
        else:
            entry = call.host.files.get(call.path(path))
            if entry is None:
                raise not_found(path)
            found.append(file_thing(entry))
    for name in call.bound.texts("Name"):
        for thing in found:
            if thing.get(name) is None:
                message = f"Property {name} does not exist at path {thing.get('PSPath')}."
                raise CommandError(message, "System.Management.Automation.PSArgumentException", "InvalidArgument")
    return found


@cmdlet("Get-ItemPropertyValue", "Path Name LiteralPath", by_position=2)
async def get_item_property_value(call: Call) -> list[Any]:
    return [thing.get(text(call.bound.get("Name"))) for thing in await get_item_property(call)]


@cmdlet("Set-ItemProperty", "Path Name Value Type LiteralPath", "Force", by_position=3)
async def set_item_property(call: Call) -> list[Any]:
    path, name = text(call.bound.get("Path", "LiteralPath")), text(call.bound.get("Name"))
    if not call.host.registry.exists(path):
        raise not_found(path)
    data = call.bound.get("Value")
    kind = text(call.bound.get("Type")).lower() or ("dword" if isinstance(data, int) else "string")
    call.host.registry.make(path).values[name.lower()] = RegistryValue(name, data, kind)
    return []


@cmdlet("Get-Date", "Format UFormat Date")
async def get_date(call: Call) -> list[Any]:
    now = dt.datetime.now(dt.UTC)
    return [operate.format_moment(now, text(call.bound.get("Format")))] if call.bound.has("Format") else [now]


@cmdlet("Get-ComputerInfo", "Property")
async def get_computer_info(call: Call) -> list[Any]:
    return [
        Thing(
            "ComputerInfo",
            {"CsName": call.host.name.upper(), "OsName": _machine(call)["win32_operatingsystem"][0]["Caption"]},
        )
    ]


@cmdlet("Get-Host")
async def get_host(_call: Call) -> list[Any]:
    return [Thing("InternalHost", {"Name": PRODUCT, "Version": "5.1.20348.2400"})]


@cmdlet("Test-NetConnection", "ComputerName Port", "InformationLevel")
async def test_net_connection(call: Call) -> list[Any]:
    target, port = text(call.bound.get("ComputerName")) or "localhost", int(call.bound.get("Port") or 0)
    own = {"localhost", "127.0.0.1", call.host.address, call.host.name.lower()}
    if target.lower() not in own:
        raise NotSimulated("Test-NetConnection to another machine")
    return [
        Thing(
            "TestNetConnectionResult",
            {"ComputerName": target, "RemotePort": port, "TcpTestSucceeded": port in call.host.open_ports()},
        )
    ]


@cmdlet("Get-NetTCPConnection", "LocalPort State LocalAddress OwningProcess")
async def get_net_tcp_connection(call: Call) -> list[Any]:
    wanted = {int(one) for one in call.bound.texts("LocalPort")}
    found = [
        Thing(
            "NetTCPConnection",
            {"LocalAddress": call.host.address, "LocalPort": p, "State": "Listen", "OwningProcess": s.pid},
        )
        for s in call.host.services
        for p in s.ports
        if s.state == "running" and (not wanted or p in wanted)
    ]
    if wanted and not found:
        raise CommandError(
            "No matching MSFT_NetTCPConnection objects found by CIM query.", "CmdletizationQuery_NotFound"
        )
    return found


@cmdlet("Restart-Computer", "ComputerName Delay", "Force Wait")
async def restart_computer(call: Call) -> list[Any]:
    if call.host.faults.strikes(FaultKind.REBOOT):
        raise CommandError(
            "Failed to restart the computer with the following error message: Access is denied.",
            "RestartcomputerFailed",
        )
    call.host.in_background(call.host.restart_after(0.5))
    return []


@cmdlet("Add-Type", "AssemblyName")
async def add_type(call: Call) -> list[Any]:
    """Assemblies are there; code in C# is not compiled."""
    for name in call.bound.texts("AssemblyName"):
        if name.lower() not in ("system.io.compression", "system.io.compression.filesystem"):
            raise NotSimulated(f"Add-Type -AssemblyName {name}")
    return []
