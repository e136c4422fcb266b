# SPDX-License-Identifier: Apache-2.0
"""The files of a simulated Windows host, in memory, case-preserving and case-insensitive."""

from __future__ import annotations

import hashlib
import ntpath
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from opsconductor.simulate.windows.failure import AccessDenied, WindowsError
from opsconductor.simulate.windows.fault import FaultBook, FaultKind, wildcard

IO_ERROR = "System.IO.IOException"


@dataclass
class Entry:
    """A file or a folder."""

    path: str
    directory: bool
    data: bytes = b""
    created: float = field(default_factory=time.time)
    modified: float = field(default_factory=time.time)
    owner: str = "BUILTIN\\Administrators"
    #: Access rules as they were asked for; recorded, not enforced.
    access: list[dict[str, Any]] = field(default_factory=list)
    inherits: bool = True
    #: What a symbolic link points to; empty: it is none. Nothing is read or written through a link.
    link: str = ""

    @property
    def name(self) -> str:
        return ntpath.basename(self.path)

    def checksum(self, algorithm: str = "sha1") -> str:
        return hashlib.new(algorithm, self.data).hexdigest()


class FileSystem:
    """Paths may contain %VARIABLES%. Raises WindowsError with .NET's wording."""

    def __init__(self, environment: dict[str, str], faults: FaultBook, capacity: int) -> None:
        self._entries: dict[str, Entry] = {}
        self._environment = {key.lower(): value for key, value in environment.items()}
        self._faults, self.capacity = faults, capacity
        #: Says whether a program file is in use by a running process.
        self.in_use: Callable[[str], bool] = lambda _path: False
        self.make_directory("C:\\")

    def full(self, path: str) -> str:
        """Absolute, normalized path; variables replaced; relative paths start in C:\\."""
        for name, value in self._environment.items():
            token = f"%{name}%"
            while (at := path.lower().find(token)) >= 0:
                path = path[:at] + value + path[at + len(token) :]
        path = path.removeprefix("\\\\?\\")
        return ntpath.normpath(ntpath.join("C:\\", path.replace("/", "\\")))

    def _key(self, path: str) -> str:
        return self.full(path).rstrip("\\").lower()

    def __iter__(self) -> Iterator[Entry]:
        return iter(sorted(self._entries.values(), key=lambda entry: entry.path.lower()))

    def get(self, path: str) -> Entry | None:
        return self._entries.get(self._key(path)) if path else None

    def is_file(self, path: str) -> bool:
        entry = self.get(path)
        return entry is not None and not entry.directory

    def is_directory(self, path: str) -> bool:
        entry = self.get(path)
        return entry is not None and entry.directory

    def used(self) -> int:
        return sum(len(entry.data) for entry in self._entries.values())

    def children(self, path: str, *, recurse: bool = False) -> list[Entry]:
        prefix = self._key(path) + "\\"
        below = [e for key, e in self._entries.items() if key.startswith(prefix)]
        if not recurse:
            below = [e for e in below if "\\" not in self._key(e.path)[len(prefix) :]]
        return sorted(below, key=lambda entry: entry.path.lower())

    def glob(self, pattern: str) -> list[Entry]:
        """Entries whose path fits; a wildcard in the last part does not cross folders."""
        full = self.full(pattern)
        if "*" not in full and "?" not in full:
            entry = self.get(full)
            return [entry] if entry else []
        folder, name = ntpath.split(full)
        return [entry for entry in self.children(folder) if wildcard(name, entry.name)]

    def make_directory(self, path: str) -> Entry:
        """Creates the folder and its parents; no error if it is there."""
        full = self.full(path)
        found = self.get(full)
        if found is not None:
            if not found.directory:
                raise WindowsError(f"An item with the specified name {full} already exists.", IO_ERROR)
            return found
        parent = ntpath.dirname(full)
        if parent != full:
            self.make_directory(parent)
            self._guard(full)
        entry = Entry(full, directory=True)
        self._entries[self._key(full)] = entry
        return entry

    def read(self, path: str) -> bytes:
        entry = self.get(path)
        if entry is None:
            raise WindowsError(f"Could not find file '{self.full(path)}'.", "System.IO.FileNotFoundException")
        if entry.directory:
            raise AccessDenied(f"Access to the path '{entry.path}' is denied.")
        for fault in self._faults:
            if fault.kind is FaultKind.FILE_ACCESS and fault.read and wildcard(fault.target, entry.path):
                self._faults.strikes(FaultKind.FILE_ACCESS, entry.path)
                raise AccessDenied(f"Access to the path '{entry.path}' is denied.")
        return entry.data

    def write(self, path: str, data: bytes, *, append: bool = False) -> Entry:
        """Replaces (or extends) the file; the folder must be there."""
        full = self.full(path)
        if not self.is_directory(ntpath.dirname(full)):
            raise WindowsError(f"Could not find a part of the path '{full}'.", "System.IO.DirectoryNotFoundException")
        if self.is_directory(full):
            raise AccessDenied(f"Access to the path '{full}' is denied.")
        self._guard(full)
        entry = self.get(full) or Entry(full, directory=False)
        content = entry.data + data if append else data
        if self.used() - len(entry.data) + len(content) > self.capacity:
            raise WindowsError("There is not enough space on the disk.", IO_ERROR)
        entry.data, entry.modified = content, time.time()
        self._entries[self._key(full)] = entry
        return entry

    def make_link(self, path: str, target: str) -> Entry:
        """Creates a symbolic link where nothing is; it is a folder where its target is one."""
        full = self.full(path)
        if not self.is_directory(ntpath.dirname(full)):
            raise WindowsError(f"Could not find a part of the path '{full}'.", "System.IO.DirectoryNotFoundException")
        self._guard(full)
        entry = Entry(full, directory=self.is_directory(target), link=target)
        self._entries[self._key(full)] = entry
        return entry

    def remove(self, path: str) -> None:
        """Removes the file, or the folder with all below it."""
        key = self._key(path)
        doomed = [k for k in self._entries if k == key or k.startswith(key + "\\")]
        for one in doomed:
            self._guard(self._entries[one].path)
        for one in doomed:
            del self._entries[one]

    def move(self, source: str, destination: str) -> None:
        """Renames a file or folder; a program in use may be renamed, as on Windows."""
        old, new = self._key(source), self.full(destination)
        if self.get(new) is not None:
            raise WindowsError("Cannot create a file when that file already exists.", IO_ERROR)
        for key in [k for k in self._entries if k == old or k.startswith(old + "\\")]:
            entry = self._entries.pop(key)
            entry.path = new + entry.path[len(self.full(source)) :]
            self._entries[self._key(entry.path)] = entry

    def _guard(self, full: str) -> None:
        fault = self._faults.strikes(FaultKind.FILE_ACCESS, full)
        if fault:
            raise AccessDenied(f"Access to the path '{full}' is denied.")
        if self._faults.strikes(FaultKind.DISK_FULL, full):
            raise WindowsError("There is not enough space on the disk.", IO_ERROR)
        locked = self._faults.strikes(FaultKind.FILE_LOCK, full)
        if locked or (self.is_file(full) and self.in_use(full)):
            raise WindowsError(
                f"The process cannot access the file '{full}' because it is being used by another process.", IO_ERROR
            )
