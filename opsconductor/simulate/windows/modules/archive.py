# SPDX-License-Identifier: Apache-2.0
"""win_zip and win_unzip, for zip files."""

from __future__ import annotations

import io
import ntpath
import time
import zipfile
from typing import Any

from opsconductor.simulate.windows.failure import ModuleFailed, NotSimulated, WindowsError
from opsconductor.simulate.windows.filesystem import Entry
from opsconductor.simulate.windows.modules.run import Run, module


def _pack(run: Run, source: Entry, contents_only: bool) -> bytes:
    """A zip file of the file, of the folder, or of what is in the folder."""
    files, packed = run.host.files, io.BytesIO()
    base = source.path if contents_only else ntpath.dirname(source.path)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in files.children(source.path, recurse=True) if source.directory else [source]:
            name = ntpath.relpath(entry.path, base).replace("\\", "/")
            when = time.localtime(entry.modified)[:6]
            if entry.directory:
                if not files.children(entry.path):
                    archive.writestr(zipfile.ZipInfo(f"{name}/", when), b"")
            else:
                archive.writestr(zipfile.ZipInfo(name, when), files.read(entry.path))
    return packed.getvalue()


@module("win_zip", "src dest")
async def win_zip(run: Run) -> dict[str, Any]:
    files, given = run.host.files, run.arguments.required("src")
    contents_only = given.endswith("\\*")
    source, dest = files.get(given.removesuffix("\\*")), run.arguments.required("dest")
    if source is None:
        raise ModuleFailed(f"The source file or directory '{given}' does not exist.")
    if not dest.lower().endswith(".zip"):
        raise ModuleFailed(f"The destination zip file path '{dest}' need to be zip file path.")
    if files.get(dest) is not None:
        return {"changed": False, "msg": f"The destination zip file '{dest}' already exists."}
    if not run.check_mode:
        files.write(dest, _pack(run, source, contents_only))
    return {"changed": True}


def _place(dest: str, name: str) -> str:
    """Where a member goes. Raises WindowsError for one that leads out of the folder."""
    place = ntpath.normpath(ntpath.join(dest, name.replace("/", "\\")))
    if not place.lower().startswith(ntpath.normpath(dest).rstrip("\\").lower() + "\\"):
        raise WindowsError(f"Filename contains relative paths which would extract outside the destination: {place}")
    return place


@module("win_unzip", "src dest creates", invocation=False)
async def win_unzip(run: Run) -> dict[str, Any]:
    files, source = run.host.files, run.arguments.required("src")
    dest, creates = run.arguments.required("dest"), run.arguments.text("creates")
    result = {"src": source, "dest": dest, "removed": False}
    if creates and files.get(creates):
        return {**result, "skipped": True, "msg": f"The file or directory '{creates}' already exists."}
    if not files.is_file(source):
        raise ModuleFailed(f"File '{source}' does not exist.", **result)
    if not source.lower().endswith(".zip"):
        raise NotSimulated(f"Unpacking {source}")
    try:
        with zipfile.ZipFile(io.BytesIO(files.read(source))) as archive:
            members = archive.infolist()
            for member in members if not run.check_mode else ():
                _unpack(run, archive, member, dest)
    except (WindowsError, zipfile.BadZipFile) as error:
        message = f"Error unzipping '{source}' to '{dest}'!. Method: System.IO.Compression.ZipFile, Exception: {error}"
        raise ModuleFailed(message, **result) from None
    return {**result, "changed": bool(members)}


def _unpack(run: Run, archive: zipfile.ZipFile, member: zipfile.ZipInfo, dest: str) -> None:
    files, place = run.host.files, _place(dest, member.filename)
    if member.is_dir():
        files.make_directory(place)
        return
    files.make_directory(ntpath.dirname(place))
    files.write(place, archive.read(member)).modified = time.mktime((*member.date_time, 0, 0, -1))
