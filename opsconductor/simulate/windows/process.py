# SPDX-License-Identifier: Apache-2.0
"""The processes of a simulated Windows host."""

from __future__ import annotations

import itertools
import ntpath
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from opsconductor.simulate.windows.fault import wildcard


@dataclass(frozen=True, kw_only=True)
class Process:
    pid: int
    #: File name with extension: `stationcontroller.exe`.
    image: str
    path: str
    user: str
    parent: int = 4
    started: float = field(default_factory=time.time)
    working_set: int = 42_000_000
    cpu_seconds: float = 1.5

    @property
    def name(self) -> str:
        """The name as Get-Process shows it: without `.exe`."""
        stem, extension = ntpath.splitext(self.image)
        return stem if extension.lower() == ".exe" else self.image


class ProcessTable:
    """Running processes by pid."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1200, 4)
        self._running: dict[int, Process] = {}

    def __iter__(self) -> Iterator[Process]:
        return iter(list(self._running.values()))

    def get(self, pid: int) -> Process | None:
        return self._running.get(pid)

    def spawn(self, path: str, *, user: str = "SYSTEM", parent: int = 4) -> Process:
        """A new process of the program at `path` (full path or bare image name)."""
        image = ntpath.basename(path)
        if not ntpath.splitext(image)[1]:
            image += ".exe"
        process = Process(pid=next(self._numbers), image=image, path=path, user=user, parent=parent)
        self._running[process.pid] = process
        return process

    def find(self, pattern: str) -> list[Process]:
        """Processes by name, with wildcards; `x` and `x.exe` are the same name."""
        name = pattern[:-4] if pattern.lower().endswith(".exe") else pattern
        return [process for process in self if wildcard(name, process.name)]

    def end(self, pid: int) -> Process | None:
        """Ends the process and its children. None if there was none."""
        gone = self._running.pop(pid, None)
        if gone is not None:
            for child in [p for p in self if p.parent == pid]:
                self.end(child.pid)
        return gone
