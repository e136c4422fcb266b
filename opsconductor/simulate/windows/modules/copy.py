# SPDX-License-Identifier: Apache-2.0
"""win_copy: the four jobs its action plugin asks for (query, single, explode, remote)."""

from __future__ import annotations

import base64
import binascii
import io
import ntpath
import time
import zipfile
from dataclasses import dataclass, field
from typing import Any

from opsconductor.simulate.windows.failure import ModuleFailed, WindowsError
from opsconductor.simulate.windows.filesystem import Entry
from opsconductor.simulate.windows.modules.run import Run, module


def _backup(run: Run, path: str) -> str | None:
    """Keeps a copy of the file beside it. The copy's path; None if there is no file."""
    files = run.host.files
    if not files.is_file(path):
        return None
    name = f"{files.full(path)}.{1200 + int(time.time()) % 5000}.{time.strftime('%Y%m%d-%H%M%S')}.bak"
    if not run.check_mode:
        files.write(name, files.read(path))
    return name


def _needs_file(run: Run, wanted: dict[str, Any], dest: str, *, force: bool) -> bool:
    files = run.host.files
    path = ntpath.join(dest, wanted["dest"])
    if files.is_directory(path):
        path = ntpath.join(path, ntpath.basename(str(wanted["src"]).replace("/", "\\")))
    entry = files.get(path)
    if entry is not None and entry.directory:
        raise ModuleFailed(f"cannot copy file to dest '{path}': object at path is already a directory")
    return entry is None or (force and entry.checksum() != wanted["checksum"])


def _query(run: Run, dest: str) -> dict[str, Any]:
    """Which of the named files and folders have to be sent."""
    arguments, files = run.arguments, run.host.files
    force = arguments.flag("force", True)
    missing = []
    for wanted in arguments.items("directories") or []:
        path = ntpath.join(dest, wanted["dest"])
        if files.is_file(path):
            raise ModuleFailed(f"cannot copy folder to dest '{path}': object at path is already a file")
        if not files.is_directory(path):
            missing.append(wanted)
    needed = [one for one in arguments.items("files") or [] if _needs_file(run, one, dest, force=force)]
    return {"files": needed, "directories": missing, "symlinks": []}


def _explode(run: Run, dest: str) -> dict[str, Any]:
    """Unpacks an archive whose member names are base64 of the real names; folders end in a slash."""
    files, source = run.host.files, run.arguments.required("src")
    if not files.is_file(source):
        raise ModuleFailed(f"Cannot expand src zip file: '{source}' as it does not exist")
    try:
        with zipfile.ZipFile(io.BytesIO(files.read(source))) as archive:
            for member in archive.namelist():
                name = base64.b64decode(member.rstrip("/"), validate=True).decode().replace("/", "\\")
                path = ntpath.join(dest, name)
                if member.endswith("/"):
                    files.make_directory(path)
                else:
                    files.make_directory(ntpath.dirname(path))
                    files.write(path, archive.read(member))
    except (zipfile.BadZipFile, binascii.Error) as error:
        raise WindowsError(f"The archive cannot be unpacked: {error}", "System.IO.InvalidDataException") from None
    return {"changed": True}


def _destination(run: Run, dest: str, basename: str) -> str:
    """The file's path under `dest`. The folder is made only where `dest` itself names a folder."""
    files = run.host.files
    inside = dest[-1:] in ("/", "\\") or files.is_directory(dest)
    target = ntpath.join(dest, basename) if inside else dest
    parent = ntpath.dirname(files.full(target))
    if files.is_file(parent):
        raise ModuleFailed(f"object at destination parent dir '{parent}' is currently a file", dest=target)
    if not files.is_directory(parent):
        if not inside:
            raise ModuleFailed(f"Destination directory '{parent}' does not exist", dest=target)
        if not run.check_mode:
            files.make_directory(parent)
    return target


def _single(run: Run, dest: str) -> dict[str, Any]:
    """Puts an uploaded file in its place."""
    files, source = run.host.files, run.arguments.required("src")
    if not files.is_file(source):
        raise ModuleFailed(f"Cannot copy src file: '{source}' as it does not exist")
    target = _destination(run, dest, run.arguments.text("_original_basename") or ntpath.basename(source))
    result: dict[str, Any] = {"changed": True}
    if run.arguments.flag("backup"):
        result["backup_file"] = _backup(run, target)
    files.write(target, files.read(source))
    return result


@dataclass
class _RemoteCopy:
    """A copy from one place of the host to another."""

    run: Run
    changed: bool = False
    diff: list[str] = field(default_factory=list)
    backup_file: str | None = None

    def file(self, source: Entry, target: str) -> None:
        files, run = self.run.host.files, self.run
        there = files.get(target)
        if there is not None and there.directory:
            raise ModuleFailed(f"cannot copy file from '{source.path}' to '{target}': dest is already a folder")
        force = run.arguments.flag("force", True)
        if there is not None and not (force and there.data != source.data):
            return
        parent = ntpath.dirname(files.full(target))
        if not files.is_directory(parent):
            self.folder(parent)
        if run.arguments.flag("backup"):
            self.backup_file = _backup(run, target)
        if there is not None:
            self.diff.append(f"-{target}\n")
        if not run.check_mode:
            files.write(target, files.read(source.path)).modified = source.modified
        self.diff.append(f"+{target}\n")
        self.changed = True

    def folder(self, target: str) -> None:
        if self.run.host.files.is_directory(target):
            return
        if not self.run.check_mode:
            self.run.host.files.make_directory(target)
        self.diff.append(f"+{target}\\\n")
        self.changed = True

    def tree(self, source: Entry, target: str) -> None:
        self.folder(target)
        for child in self.run.host.files.children(source.path):
            below = ntpath.join(target, child.name)
            if child.directory:
                self.tree(child, below)
            else:
                self.file(child, below)


def _remote(run: Run, dest: str) -> dict[str, Any]:
    files, path = run.host.files, run.arguments.required("src")
    source = files.get(path)
    if source is None:
        raise ModuleFailed(f"Cannot copy src file: '{path}' as it does not exist", src=path, dest=dest)
    copy = _RemoteCopy(run)
    result: dict[str, Any] = {"src": path, "dest": dest}
    if source.directory:
        target = dest if path[-1:] in ("/", "\\") else ntpath.join(dest, source.name)
        copy.tree(source, target)
        result |= {"operation": "folder_copy", "dest": target}
    else:
        target = _destination(run, dest, source.name)
        copy.file(source, target)
        checksum = source.checksum() if run.arguments.flag("force", True) else None
        result |= {"operation": "file_copy", "dest": target, "original_basename": source.name, "checksum": checksum}
    if copy.backup_file is not None:
        result["backup_file"] = copy.backup_file
    entry = files.get(target)
    there = entry is not None and (not run.check_mode or not entry.directory)
    below = [entry, *files.children(target, recurse=True)] if entry is not None else []
    result["size"] = sum(len(one.data) for one in below) if there else None
    if run.diff_mode:
        result["diff"] = {"prepared": "".join(copy.diff)}
    return {**result, "changed": copy.changed}


@module(
    "win_copy",
    "src dest content backup force remote_src decrypt local_follow files directories symlinks _copy_mode "
    "_original_basename",
    invocation=False,
)
async def win_copy(run: Run) -> dict[str, Any]:
    dest = run.arguments.required("dest")
    match run.arguments.choice("_copy_mode", ("explode", "query", "remote", "single"), "single"):
        case "query":
            return _query(run, dest)
        case "explode":
            return _explode(run, dest)
        case "remote":
            return _remote(run, dest)
    return _single(run, dest)
