# SPDX-License-Identifier: Apache-2.0
"""A run's place on this machine: a numbered slot with an address range and names of its own, held by a file lock."""

import fcntl
import ipaddress
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.lab.errors import LabError
from tests.lab.tool import run

STATE = Path("/run/opsconductor-lab")
RANGE = ipaddress.IPv4Network("10.231.0.0/16")
SUBNETS: tuple[ipaddress.IPv4Network, ...] = tuple(RANGE.subnets(new_prefix=22))  # 64 runs of up to 1020 hosts


@dataclass(frozen=True)
class Slot:
    """One of the 64 places; every name a run gives to something of the kernel's follows from its number."""

    number: int

    @property
    def folder(self) -> Path:
        """The run's state, a tmpfs while the run lives."""
        return STATE / str(self.number)

    @property
    def lock_file(self) -> Path:
        """Locked while the run lives, by whoever owns its hosts; never deleted."""
        return STATE / f"{self.number}.lock"

    @property
    def bridge(self) -> str:
        """The network device that joins the run's hosts."""
        return f"opsc-lab{self.number}"

    @property
    def subnet(self) -> ipaddress.IPv4Network:
        """The run's address range."""
        return SUBNETS[self.number]

    @property
    def gateway(self) -> str:
        """The machine's own address on the bridge, with the prefix length."""
        return f"{self.subnet[1]}/{self.subnet.prefixlen}"

    def address(self, index: int) -> str:
        """Return the address of the host *index* (0, 1, …)."""
        return str(self.subnet[index + 10])

    def hardware_address(self, index: int) -> str:
        """Return the MAC address that goes with address(index): a stale ARP entry then fits the next host there too."""
        return f"02:6c:61:{self.number:02x}:{index >> 8:02x}:{index & 255:02x}"

    def label(self, index: int) -> str:
        """Return the machine-wide name of the host *index*, for its network namespace, control group and container."""
        return f"opsc-lab-{self.number}-{index}"

    def cable(self, index: int) -> str:
        """Return the machine's end of the host's network cable."""
        return f"opscl{self.number}-{index}"


def every() -> Iterator[Slot]:
    """Yield all slots."""
    return (Slot(number) for number in range(len(SUBNETS)))


def lock(slot: Slot, *, wait: bool = False) -> int | None:
    """Return the descriptor that holds the slot's lock, or None when a live run has it."""
    STATE.mkdir(mode=0o755, parents=True, exist_ok=True)
    descriptor = os.open(slot.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def claim() -> tuple[Slot, int]:
    """Return a free slot and its lock's descriptor; slots with leftovers or foreign routes are passed over."""
    taken = _routes()
    for slot in every():
        if slot.folder.exists() or any(slot.subnet.overlaps(network) for network in taken):
            continue
        descriptor = lock(slot)
        if descriptor is not None:
            return slot, descriptor
    raise LabError(f"all {len(SUBNETS)} lab slots are taken: see python -m tests.lab list, then prune")


def _routes() -> list[ipaddress.IPv4Network]:
    rows = json.loads(run(["ip", "-json", "-4", "route", "show"]) or "[]")
    return [ipaddress.IPv4Network(row["dst"], strict=False) for row in rows if row["dst"] != "default"]
