# SPDX-License-Identifier: Apache-2.0
"""How many slices this machine carries at a time: by its processors, and by the memory that is free now (Linux).

Both are taken as the kernel grants them to this process: a container's own limits count.
"""

import os
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from opsconductor.domain.jobs import Slice
from opsconductor.settings import Settings

_MEGABYTE = 1024 * 1024
#: Share of the free memory that slices may take: the rest is for whatever else grows.
_SHARE = 0.8
#: How long a slice takes until it has all the memory it needs.
_GROWTH = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Machine:
    """What there is."""

    processors: float
    free: int  #: bytes of memory that can still be taken


class Room:
    """How much more may start; shrinks with every start. Where nothing runs there is room for one batch, however
    large."""

    def __init__(self, capacity: "Capacity", machine: Machine, live: int, growing: Iterable[int]) -> None:
        """`growing`: numbers of targets of slices that were started just now and have not taken their memory yet."""
        self.capacity = capacity
        self.most = capacity.most(machine)
        self.slices = self.most - live
        self.memory = int(machine.free * _SHARE) - sum(map(capacity.need, growing))
        self.idle = not live
        self.reason = ""
        #: What somebody waits for, so that nothing that comes later takes it away.
        self.kept: tuple[int, int] | None = None

    def full(self) -> str | None:
        """Why nothing more may start, or None."""
        return None if self.kept is None and self._fits(1, self.capacity.need(1)) else self.reason

    def holds(self, lanes: Collection[Slice]) -> bool:
        """Whether the slices of a batch may start. Where they may not, what there is is kept for them: smaller ones
        would take it for ever."""
        return self.grants(*self.need(lanes))

    def grants(self, slices: int, memory: int) -> bool:
        """The same for so many slices that take so many bytes of memory together."""
        if self.kept is None and not self._fits(slices, memory):
            self.kept = slices, memory
        return self.kept is None

    def take(self, lanes: Collection[Slice]) -> None:
        """The slices have been started."""
        if lanes:
            self.idle = False
            slices, memory = self.need(lanes)
            self.slices -= slices
            self.memory -= memory

    def need(self, lanes: Collection[Slice]) -> tuple[int, int]:
        """How many slices a batch takes, and bytes of memory."""
        return len(lanes), sum(self.capacity.need(len(lane.targets)) for lane in lanes)

    def _fits(self, slices: int, memory: int) -> bool:
        if self.idle:
            return True
        if slices > self.slices:
            self.reason = f"capacity: this machine runs {self.most} slices at a time"
        elif memory > self.memory:
            self.reason = "capacity: not enough free memory for another slice"
        else:
            return True
        return False


class Capacity:
    """Computes the room from the settings and the machine."""

    def __init__(self, settings: Settings, look: Callable[[], Machine] | None = None) -> None:
        self.settings = settings
        self.look = look or machine

    def room(self, live: Iterable[tuple[int, datetime | None]], now: datetime) -> Room:
        """What may start beside the live slices: of each the number of its targets, and since when it runs."""
        running = list(live)
        growing = [targets for targets, since in running if since is None or now - since < _GROWTH]
        return Room(self, self.look(), len(running), growing)

    def need(self, targets: int) -> int:
        """Bytes of memory that a slice with so many targets takes."""
        settings = self.settings
        return (settings.slice_memory + settings.fork_memory * min(targets, settings.forks)) * _MEGABYTE

    def most(self, machine: Machine) -> int:
        """Slices at a time that the processors allow, or the setting says."""
        return self.settings.max_slices or max(1, round(machine.processors * self.settings.slices_per_cpu))


def machine() -> Machine:
    """This machine as it is now."""
    return Machine(processors=_processors(), free=_free())


def _processors() -> float:
    found = float(len(os.sched_getaffinity(0)))
    for folder in _cgroups("cpu"):
        quota = (
            _text(folder / "cpu.max") or f"{_text(folder / 'cpu.cfs_quota_us')} {_text(folder / 'cpu.cfs_period_us')}"
        )
        allowed, _, period = quota.partition(" ")
        if allowed.isdigit() and period.isdigit() and int(period):
            found = min(found, int(allowed) / int(period))
    return found


def _free() -> int:
    lines = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines())
    free = int(lines["MemAvailable"].split()[0]) * 1024
    for folder in _cgroups("memory"):
        limit = _text(folder / "memory.max") or _text(folder / "memory.limit_in_bytes")
        used = _text(folder / "memory.current") or _text(folder / "memory.usage_in_bytes")
        if limit.isdigit() and used.isdigit():
            free = min(free, max(0, int(limit) - int(used)))
    return free


def _cgroups(controller: str) -> Iterable[Path]:
    """The folders of this process's control groups that may limit it, whichever version there is."""
    root = Path("/sys/fs/cgroup")
    for line in _text(Path("/proc/self/cgroup")).splitlines():
        _, names, path = line.split(":", 2)
        if not names:
            base = root
        elif controller in names.split(","):
            base = root / controller
        else:
            continue
        folder = base / path.lstrip("/")
        yield from (at for at in (folder, *folder.parents) if at == base or base in at.parents)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""
