# SPDX-License-Identifier: Apache-2.0
"""One control group per host, on machines with cgroup v2 alone and on those with v1 beside it."""

import contextlib
import os
import time
from pathlib import Path


def roots(mountinfo: str) -> tuple[Path, ...]:
    """Return the mount points where systemd keeps its units: the v2 hierarchy and v1's name=systemd beside it."""
    found = []
    for line in mountinfo.splitlines():
        place, _, filesystem = line.partition(" - ")
        kind, _, options = filesystem.split(" ", 2)
        if kind == "cgroup2" or (kind == "cgroup" and "name=systemd" in options):
            found.append(Path(place.split()[4]))
    return tuple(found)


def machine_roots() -> tuple[Path, ...]:
    """Return this machine's roots."""
    return roots(Path("/proc/self/mountinfo").read_text())


def groups(name: str) -> tuple[Path, ...]:
    """Return the folders of the group *name*, one per root."""
    return tuple(root / name for root in machine_roots())


def processes(name: str) -> set[int]:
    """Return the process ids in the group and its children, as the machine counts them."""
    found: set[int] = set()
    for group in groups(name):
        for folder in _tree(group):
            with contextlib.suppress(OSError):
                found.update(map(int, (folder / "cgroup.procs").read_text().split()))
    return found - {0}


def _tree(group: Path) -> list[Path]:
    """Return the group and those below, parents first; os.walk bears with groups that vanish while a host ends."""
    return [Path(folder) for folder, _, _ in os.walk(group)]


def remove(name: str, patience: float = 5.0) -> None:
    """Remove the group and its children; the last processes of a killed host may need some of *patience* (s) to go."""
    deadline = time.monotonic() + patience
    for group in groups(name):
        while group.exists():
            for folder in reversed(_tree(group)):
                with contextlib.suppress(OSError):
                    folder.rmdir()
            if time.monotonic() > deadline:
                break
            time.sleep(0.02)


def create(name: str) -> None:
    """Make the group empty and new: one that held a systemd before refuses processes under cgroup v2."""
    remove(name)
    for group in groups(name):
        group.mkdir(exist_ok=True)


def join(name: str) -> None:
    """Move the calling process into the group."""
    for group in groups(name):
        (group / "cgroup.procs").write_text("0")
