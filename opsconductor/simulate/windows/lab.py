# SPDX-License-Identifier: Apache-2.0
"""A number of simulated Windows hosts in one process, each on a loopback address of its own."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from opsconductor.simulate.windows.description import LabDescription
from opsconductor.simulate.windows.failure import DescriptionError, UnknownHost
from opsconductor.simulate.windows.fault import read_fault
from opsconductor.simulate.windows.host import SimulatedWindowsHost
from opsconductor.simulate.windows.listener import Listener
from opsconductor.simulate.windows.logon import Doors
from opsconductor.simulate.windows.snapshot import host_view

DEFAULT_ADDRESS = "127.23.1.1"
DEFAULT_PORT = 5985
DEFAULT_USER = "Administrator"


def addresses_from(first: str, count: int) -> list[str]:
    """`count` addresses counted up from `first`, without those that end in 0 or 255. Raises DescriptionError."""
    try:
        start = ipaddress.IPv4Address(first)
    except ValueError:
        raise DescriptionError(f"{first} is no IPv4 address.", remedy=f"Give one like {DEFAULT_ADDRESS}.") from None
    found: list[str] = []
    while len(found) < count:
        if not start.is_loopback:
            raise DescriptionError(
                f"{start} is no loopback address.",
                remedy="Simulated hosts listen on this machine only: choose a first address in 127.0.0.0/8 with room.",
            )
        if int(start) % 256 not in (0, 255):
            found.append(str(start))
        start += 1
    return found


class SimulatedWindowsLab:
    """The hosts and their listeners.

    Hosts are named by `name` with their number: win01 … (`{:02}` fills the number in). `context` makes it HTTPS.
    """

    def __init__(
        self,
        count: int,
        *,
        password: str,
        address: str = DEFAULT_ADDRESS,
        port: int = DEFAULT_PORT,
        user: str = DEFAULT_USER,
        name: str = "win{:02}",
        description: LabDescription | None = None,
        doors: Doors | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        if count < 1:
            raise DescriptionError("At least one simulated host is needed.", remedy="Give --count 1 or more.")
        told = description or LabDescription()
        names = [name.format(number) for number in range(1, count + 1)]
        if unused := told.unused(names):
            raise DescriptionError(
                f"The state file describes hosts that do not exist: {', '.join(unused)}.",
                remedy=f"The {count} hosts are {names[0]} to {names[-1]}, or their numbers 1 to {count}.",
            )
        doors = doors or Doors(basic=context is not None)
        self.port, self.user, self.tls = port, user, context is not None
        self.hosts: list[SimulatedWindowsHost] = []
        self._listeners: dict[str, Listener] = {}
        for number, where in enumerate(addresses_from(address, count), 1):
            one = names[number - 1]
            host = SimulatedWindowsHost(one, where, told.host(one, number), user, password)
            self.hosts.append(host)
            self._listeners[one.lower()] = Listener(host, port, doors, context)

    async def start(self) -> None:
        """Opens all ports or none. Raises PortTaken."""
        try:
            for listener in self._listeners.values():
                await listener.start()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        for listener in self._listeners.values():
            await listener.close()
        for host in self.hosts:
            with suppress(asyncio.CancelledError):
                await host.close()

    def _listener(self, name: str) -> Listener:
        found = self._listeners.get(name.lower())
        if found is None and name.isdigit() and 1 <= int(name) <= len(self.hosts):
            found = self._listeners[self.hosts[int(name) - 1].name.lower()]
        if found is None:
            raise UnknownHost(
                f"There is no simulated host {name}.",
                remedy=f"There are {self.hosts[0].name} to {self.hosts[-1].name}.",
            )
        return found

    def host(self, name: str) -> SimulatedWindowsHost:
        """By name or number. Raises UnknownHost."""
        return self._listener(name).host

    # -- what the control channel offers ------------------------------------------------------------------------

    def inventory(self) -> list[dict[str, Any]]:
        """Name, address and port of each host."""
        scheme = "https" if self.tls else "http"
        return [{"name": h.name, "address": h.address, "port": self.port, "scheme": scheme} for h in self.hosts]

    def state(self, name: str) -> dict[str, Any]:
        return host_view(self.host(name))

    def requests(self, name: str, module: str | None = None) -> list[dict[str, Any]]:
        return self.host(name).journal.view(module)

    def _meant(self, name: str) -> Sequence[Listener]:
        return list(self._listeners.values()) if name == "*" else [self._listener(name)]

    async def fault(self, name: str, fault: Any) -> None:
        """Arms a fault on one host or on all (`*`). Raises DescriptionError, UnknownHost."""
        told = read_fault(fault)
        for listener in self._meant(name):
            await listener.arm(told)

    async def clear_faults(self, name: str) -> None:
        """Disarms all faults of one host or of all (`*`); refused listeners open again."""
        for listener in self._meant(name):
            listener.host.faults.clear()
            await listener.accept()
