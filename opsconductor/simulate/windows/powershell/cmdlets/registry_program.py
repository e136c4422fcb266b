# SPDX-License-Identifier: Apache-2.0
"""reg.exe export and import: keys as text, as the registry editor writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from opsconductor.simulate.windows.failure import NotSimulated
from opsconductor.simulate.windows.powershell.cmdlets.native import Ran, program
from opsconductor.simulate.windows.powershell.session import Session
from opsconductor.simulate.windows.registry import Registry, RegistryValue

_HEAD = "Windows Registry Editor Version 5.00"
_HIVES = {"HKLM": "HKEY_LOCAL_MACHINE", "HKCU": "HKEY_CURRENT_USER", "HKCR": "HKEY_CLASSES_ROOT", "HKU": "HKEY_USERS"}
_HEX = {"hex": "binary", "hex(2)": "expandstring", "hex(7)": "multistring", "hex(b)": "qword"}
_MISSING = "ERROR: The system was unable to find the specified registry key or value.\n"


@program("reg")
async def reg(session: Session, words: list[str], _items: list[Any] | None) -> Ran:
    registry, files = session.host.registry, session.host.files
    match [word.lower() for word in words]:
        case ["export", _, _, *_]:
            if not registry.exists(words[1]):
                return Ran("", 1, _MISSING)
            text = "\r\n".join([_HEAD, "", *_exported(registry, words[1]), ""])
            files.write(words[2], b"\xff\xfe" + text.encode("utf-16-le"))
        case ["import", _]:
            if not files.is_file(words[1]):
                return Ran("", 1, "ERROR: Error opening the file. There may be a disk or file system error.\n")
            _imported(registry, files.read(words[1]).decode("utf-16"))
        case _:
            raise NotSimulated(f"reg {' '.join(words)}")
    return Ran("The operation completed successfully.\n")


def _exported(registry: Registry, path: str) -> Iterator[str]:
    hive, _, rest = registry.full(path).partition(":")
    yield f"[{_HIVES.get(hive, hive)}{rest}]"
    key = registry.get(path)
    for value in key.values.values() if key else ():
        yield ("@" if not value.name else f'"{_escaped(value.name)}"') + "=" + _written(value)
    yield ""
    for name in registry.subkeys(path):
        yield from _exported(registry, f"{path}\\{name}")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _written(value: RegistryValue) -> str:
    match value.kind:
        case "dword":
            return f"dword:{value.data:08x}"
        case "string":
            return f'"{_escaped(str(value.data))}"'
        case "qword":
            data = int(value.data).to_bytes(8, "little")
        case "expandstring":
            data = f"{value.data}\0".encode("utf-16-le")
        case "multistring":
            data = "".join(f"{one}\0" for one in [*value.data, ""]).encode("utf-16-le")
        case _:
            data = bytes.fromhex(re.sub(r"hex:|[ ,]", "", str(value.data)))
    kind = next(mark for mark, name in _HEX.items() if name == value.kind)
    return f"{kind}:{','.join(f'{byte:02x}' for byte in data)}"


def _imported(registry: Registry, text: str) -> None:
    values: dict[str, RegistryValue] = {}
    for line in text.splitlines():
        if line.startswith("["):
            values = registry.make(line[1:-1]).values
        elif "=" in line:
            found = re.fullmatch(r'(?:@|"((?:[^"\\]|\\.)*)")=(.*)', line)
            if found is None:
                raise NotSimulated(f"The line {line!r} of a file of the registry")
            name = re.sub(r"\\(.)", r"\1", found[1] or "")
            values[name.lower()] = _read(name, found[2])


def _read(name: str, written: str) -> RegistryValue:
    if written.startswith('"'):
        return RegistryValue(name, re.sub(r"\\(.)", r"\1", written[1:-1]))
    mark, _, digits = written.partition(":")
    if mark == "dword":
        return RegistryValue(name, int(digits, 16), "dword")
    data, kind = bytes.fromhex(digits.replace(",", "")), _HEX[mark]
    plain: Any = ",".join(f"{byte:02x}" for byte in data)
    if kind == "qword":
        plain = int.from_bytes(data, "little")
    elif kind == "expandstring":
        plain = data.decode("utf-16-le")[:-1]
    elif kind == "multistring":
        plain = data.decode("utf-16-le")[:-1].split("\0")[:-1]
    return RegistryValue(name, plain, kind)
