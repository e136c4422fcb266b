# SPDX-License-Identifier: Apache-2.0
"""Files and folders: Get-Item, Get-ChildItem, Test-Path, Get-Content, Copy-Item, Get-FileHash, and their kin."""

from __future__ import annotations

import hashlib
import ntpath
from typing import Any

from opsconductor.simulate.windows.failure import NotSimulated
from opsconductor.simulate.windows.fault import wildcard
from opsconductor.simulate.windows.filesystem import Entry
from opsconductor.simulate.windows.powershell.cmdlets.binding import Call, cmdlet
from opsconductor.simulate.windows.powershell.error import CommandError
from opsconductor.simulate.windows.powershell.value import Thing, as_list, moment, property_of, text

_PATHS = ("Path", "LiteralPath", "FilePath")


def is_registry(path: str) -> bool:
    return path.upper().startswith(("HKLM:", "HKCU:", "HKEY_", "REGISTRY::"))


def file_thing(entry: Entry) -> Thing:
    """A FileInfo or DirectoryInfo."""
    values: dict[str, Any] = {
        "Mode": "d-----" if entry.directory else "-a----",
        "LastWriteTime": moment(entry.modified),
        "Length": None if entry.directory else len(entry.data),
        "Name": entry.name,
        "FullName": entry.path,
        "BaseName": entry.name if entry.directory else ntpath.splitext(entry.name)[0],
        "Extension": "" if entry.directory else ntpath.splitext(entry.name)[1],
        "Exists": True,
        "PSIsContainer": entry.directory,
        "CreationTime": moment(entry.created),
        "LastAccessTime": moment(entry.modified),
        "LastWriteTimeUtc": moment(entry.modified),
        "Attributes": "Directory" if entry.directory else "Archive",
        "DirectoryName": ntpath.dirname(entry.path),
        "PSPath": f"Microsoft.PowerShell.Core\\FileSystem::{entry.path}",
        "PSParentPath": f"Microsoft.PowerShell.Core\\FileSystem::{ntpath.dirname(entry.path)}",
        "IsReadOnly": False,
        "LinkType": "SymbolicLink" if entry.link else None,
        "Target": [entry.link] if entry.link else None,
    }
    version = {"FileVersion": None, "ProductVersion": None, "FileName": entry.path}
    values["VersionInfo"] = Thing("System.Diagnostics.FileVersionInfo", dict(version))
    kind = "System.IO.DirectoryInfo" if entry.directory else "System.IO.FileInfo"
    return Thing(kind, values, text=entry.path, shown=("Mode", "LastWriteTime", "Length", "Name"))


def _named(call: Call) -> list[str]:
    given = call.bound.texts(*_PATHS)
    for item in call.items or []:
        given.append(text(property_of(item, "FullName")) if isinstance(item, Thing) else text(item))
    return given


def not_found(path: str) -> CommandError:
    return CommandError(
        f"Cannot find path '{path}' because it does not exist.",
        "PathNotFound",
        "ObjectNotFound",
        target=path,
        kind="System.Management.Automation.ItemNotFoundException",
    )


def entries(call: Call) -> list[Entry]:
    """Entries meant by the call; notes an error for each plain path that is none."""
    found: list[Entry] = []
    for name in _named(call):
        path = call.path(name)
        fits = call.host.files.glob(path) if not call.bound.has("LiteralPath") else []
        if not fits and (entry := call.host.files.get(path)):
            fits = [entry]
        if not fits and not set("*?") & set(path):
            call.fail(not_found(path))
        found += fits
    return found


@cmdlet("Test-Path", "Path LiteralPath PathType", "IsValid")
async def test_path(call: Call) -> list[Any]:
    kind = text(call.bound.get("PathType")).lower() or "any"
    results = []
    for name in _named(call):
        if is_registry(name):
            results.append(call.host.registry.exists(name) and kind != "leaf")
            continue
        fits = call.host.files.glob(call.path(name))
        wanted = {"leaf": False, "container": True}.get(kind)
        results.append(any(wanted is None or entry.directory == wanted for entry in fits))
    return results


@cmdlet("Get-Item", "Path LiteralPath", "Force")
async def get_item(call: Call) -> list[Any]:
    names = _named(call)
    if any(is_registry(name) for name in names):
        return [_registry_key(call, name) for name in names]
    return [file_thing(entry) for entry in entries(call)]


def _registry_key(call: Call, name: str) -> Thing:
    if not call.host.registry.exists(name):
        raise not_found(name)
    return Thing(
        "Microsoft.Win32.RegistryKey", {"Name": name, "PSPath": name, "PSChildName": ntpath.basename(name)}, text=name
    )


@cmdlet("Get-ChildItem", "Path Filter LiteralPath Include Exclude Depth", "Recurse File Directory Force Name Hidden", 2)
async def get_child_item(call: Call) -> list[Any]:
    names = _named(call) or [call.session.location]
    found: list[Entry] = []
    for name in names:
        if is_registry(name):
            base = call.host.registry.full(name)
            return [_registry_key(call, f"{base}\\{one}") for one in call.host.registry.subkeys(name)]
        path = call.path(name)
        entry = call.host.files.get(path)
        if entry is not None and entry.directory:
            found += call.host.files.children(path, recurse=call.bound.flag("Recurse"))
        else:
            fits = call.host.files.glob(path)
            if not fits and not set("*?") & set(path):
                call.fail(not_found(path))
            found += fits
    patterns, left_out = call.bound.texts("Filter", "Include"), call.bound.texts("Exclude")
    kept = [e for e in found if not patterns or any(wildcard(one, e.name) for one in patterns)]
    kept = [e for e in kept if not any(wildcard(one, e.name) for one in left_out)]
    if call.bound.flag("File") or call.bound.flag("Directory"):
        kept = [e for e in kept if e.directory == call.bound.flag("Directory")]
    return [entry.name if call.bound.flag("Name") else file_thing(entry) for entry in kept]


@cmdlet("Get-Content", "Path LiteralPath Encoding TotalCount Tail ReadCount", "Raw Wait")
async def get_content(call: Call) -> list[Any]:
    lines: list[Any] = []
    for entry in entries(call):
        content = call.host.files.read(entry.path).decode("utf-8-sig", "replace")
        lines += [content] if call.bound.flag("Raw") else content.splitlines()
    if call.bound.has("TotalCount"):
        lines = lines[: int(call.bound.get("TotalCount"))]
    return lines[-int(call.bound.get("Tail")) :] if call.bound.has("Tail") else lines


async def _put_content(call: Call, *, append: bool) -> list[Any]:
    values = as_list(call.bound.get("Value", "InputObject")) or (call.items or [])
    end = "" if call.bound.flag("NoNewline") else "\r\n"
    data = "".join(text(one) + end for one in values).encode()
    for name in call.bound.texts(*_PATHS):
        if not call.what_if:
            call.host.files.write(call.path(name), data, append=append)
    return []


@cmdlet("Set-Content", "Path Value LiteralPath Encoding", "Force NoNewline", by_position=2)
async def set_content(call: Call) -> list[Any]:
    return await _put_content(call, append=False)


@cmdlet("Add-Content", "Path Value LiteralPath Encoding", "Force NoNewline", by_position=2)
async def add_content(call: Call) -> list[Any]:
    return await _put_content(call, append=True)


@cmdlet("Out-File", "FilePath Encoding InputObject Width LiteralPath", "Append Force NoNewline")
async def out_file(call: Call) -> list[Any]:
    return await _put_content(call, append=call.bound.flag("Append"))


@cmdlet("New-Item", "Path ItemType Name Value Type", "Force")
async def new_item(call: Call) -> list[Any]:
    path = text(call.bound.get("Path"))
    if call.bound.has("Name"):
        path = ntpath.join(path or call.session.location, text(call.bound.get("Name")))
    if is_registry(path):
        call.host.registry.make(path)
        return [_registry_key(call, path)]
    path = call.path(path)
    if call.what_if:
        return []
    directory = text(call.bound.get("ItemType", "Type")).lower() in ("directory", "container")
    there, force = call.host.files.get(path), call.bound.flag("Force")
    if there is not None and not (force and there.directory == directory):
        raise CommandError(
            f"An item with the specified name {path} already exists.", "DirectoryExist", "ResourceExists", target=path
        )
    if directory:
        return [file_thing(call.host.files.make_directory(path))]
    if text(call.bound.get("ItemType", "Type")).lower() == "symboliclink":
        return [file_thing(call.host.files.make_link(path, text(call.bound.get("Value"))))]
    if force:
        call.host.files.make_directory(ntpath.dirname(path))
    return [file_thing(call.host.files.write(path, text(call.bound.get("Value")).encode()))]


@cmdlet("New-Item-Directory", "Path", "Force")
async def make_directory(call: Call) -> list[Any]:
    return [file_thing(call.host.files.make_directory(call.path(text(call.bound.get("Path")))))]


@cmdlet("Remove-Item", "Path LiteralPath Include Exclude", "Recurse Force")
async def remove_item(call: Call) -> list[Any]:
    for name in [one for one in _named(call) if is_registry(one)]:
        if not call.host.registry.exists(name):
            call.fail(not_found(name))
        call.host.registry.remove(name)
    if any(is_registry(name) for name in _named(call)):
        return []
    for entry in entries(call):
        below = call.host.files.children(entry.path)
        if entry.directory and below and not call.bound.flag("Recurse"):
            raise CommandError(
                f"{entry.path} has children and the Recurse parameter was not specified.",
                "DirectoryNotEmpty",
                "WriteError",
            )
        if not call.what_if:
            call.host.files.remove(entry.path)
    return []


def _target(call: Call, entry: Entry, destination: str) -> str:
    return ntpath.join(destination, entry.name) if call.host.files.is_directory(destination) else destination


def _copy(call: Call, entry: Entry, target: str) -> None:
    files = call.host.files
    if not entry.directory:
        files.write(target, files.read(entry.path)).modified = entry.modified
        return
    files.make_directory(target)
    if call.bound.flag("Recurse"):
        for child in files.children(entry.path):
            _copy(call, child, ntpath.join(target, child.name))


@cmdlet(
    "Copy-Item",
    "Path Destination LiteralPath Include Exclude Filter",
    "Recurse Force PassThru Container",
    by_position=2,
)
async def copy_item(call: Call) -> list[Any]:
    destination = call.path(text(call.bound.get("Destination")) or call.session.location)
    made = []
    for entry in entries(call):
        target = _target(call, entry, destination)
        if not call.what_if:
            _copy(call, entry, target)
            made.append(call.host.files.get(target))
    return [file_thing(entry) for entry in made if entry] if call.bound.flag("PassThru") else []


@cmdlet("Move-Item", "Path Destination LiteralPath", "Force PassThru", by_position=2)
async def move_item(call: Call) -> list[Any]:
    destination = call.path(text(call.bound.get("Destination")))
    for entry in entries(call):
        target = _target(call, entry, destination)
        if call.bound.flag("Force") and call.host.files.is_file(target):
            call.host.files.remove(target)
        call.host.files.move(entry.path, target)
    return []


@cmdlet("Rename-Item", "Path NewName LiteralPath", "Force PassThru", by_position=2)
async def rename_item(call: Call) -> list[Any]:
    for entry in entries(call):
        new = ntpath.join(ntpath.dirname(entry.path), text(call.bound.get("NewName")))
        call.host.files.move(entry.path, new)
    return []


@cmdlet("Get-FileHash", "Path Algorithm LiteralPath", by_position=2)
async def get_file_hash(call: Call) -> list[Any]:
    algorithm = text(call.bound.get("Algorithm")).upper() or "SHA256"
    if algorithm not in ("SHA1", "SHA256", "SHA384", "SHA512", "MD5"):
        raise NotSimulated(f"Get-FileHash -Algorithm {algorithm}")
    hashes = []
    for entry in entries(call):
        digest = hashlib.new(algorithm.lower(), call.host.files.read(entry.path)).hexdigest().upper()
        values = {"Algorithm": algorithm, "Hash": digest, "Path": entry.path}
        hashes.append(Thing("Microsoft.Powershell.Utility.FileHash", dict(values)))
    return hashes


@cmdlet("Join-Path", "Path ChildPath AdditionalChildPath", by_position=2)
async def join_path(call: Call) -> list[Any]:
    return [
        one.rstrip("\\") + "\\" + text(call.bound.get("ChildPath")).lstrip("\\") for one in call.bound.texts("Path")
    ]


@cmdlet("Split-Path", "Path LiteralPath", "Leaf Parent Qualifier NoQualifier")
async def split_path(call: Call) -> list[Any]:
    names = _named(call)
    if call.bound.flag("Leaf"):
        return [ntpath.basename(name.rstrip("\\")) for name in names]
    if call.bound.flag("Qualifier"):
        return [ntpath.splitdrive(name)[0] for name in names]
    return [_parent(name) for name in names]


def _parent(path: str) -> str:
    """The folder above; nothing above a drive or a share."""
    bare = path.rstrip("\\")
    above = ntpath.dirname(bare)
    return "" if ntpath.splitdrive(bare)[1] == "" or above == bare else above


@cmdlet("Resolve-Path", "Path LiteralPath")
async def resolve_path(call: Call) -> list[Any]:
    return [Thing("System.Management.Automation.PathInfo", {"Path": e.path}, text=e.path) for e in entries(call)]


@cmdlet("Set-Location", "Path LiteralPath")
async def set_location(call: Call) -> list[Any]:
    path = call.path(_named(call)[0])
    if not call.host.files.is_directory(path):
        raise not_found(path)
    call.session.location = path
    return []


@cmdlet("Get-Location")
async def get_location(call: Call) -> list[Any]:
    return [Thing("System.Management.Automation.PathInfo", {"Path": call.session.location}, text=call.session.location)]
