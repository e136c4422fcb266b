# SPDX-License-Identifier: Apache-2.0
"""The Windows services of a simulated host: state, start, stop, the processes and ports that come with them."""

from __future__ import annotations

import asyncio
import ntpath
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from opsconductor.simulate.windows.failure import AccessDenied, WindowsError
from opsconductor.simulate.windows.fault import FaultBook, FaultKind
from opsconductor.simulate.windows.process import ProcessTable


class ServiceState(StrEnum):
    STOPPED = "stopped"
    START_PENDING = "start_pending"
    RUNNING = "running"
    STOP_PENDING = "stop_pending"
    PAUSED = "paused"


class StartMode(StrEnum):
    AUTO = "auto"
    #: Automatic, some minutes after the others.
    DELAYED = "delayed"
    MANUAL = "manual"
    DISABLED = "disabled"


def program_of(command_line: str) -> str:
    r"""The program's path in a service's command line: `"C:\a b\x.exe" --run` gives `C:\a b\x.exe`."""
    if command_line.startswith('"'):
        return command_line[1:].partition('"')[0]
    match = re.match(r"(.+?\.exe)(?:\s|$)", command_line, re.IGNORECASE)
    return match.group(1) if match else command_line.partition(" ")[0]


@dataclass
class Service:
    name: str
    display_name: str
    path: str
    state: ServiceState = ServiceState.STOPPED
    start_mode: StartMode = StartMode.AUTO
    username: str = "LocalSystem"
    description: str = ""
    dependencies: list[str] = field(default_factory=list)
    #: Further programs that run as long as the service does.
    processes: list[str] = field(default_factory=list)
    #: TCP ports that are open on the host's own address while the service runs.
    ports: list[int] = field(default_factory=list)
    start_delay: float = 0.05
    stop_delay: float = 0.05
    desktop_interact: bool = False
    can_pause: bool = False
    pid: int = 0

    @property
    def program(self) -> str:
        return program_of(self.path)

    @property
    def image(self) -> str:
        return ntpath.basename(self.program)

    @property
    def label(self) -> str:
        return f"{self.display_name} ({self.name})"


class ServiceManager:
    """The service control manager."""

    def __init__(self, processes: ProcessTable, faults: FaultBook, program_exists: Callable[[str], bool]) -> None:
        self._services: dict[str, Service] = {}
        self._processes, self._faults, self._program_exists = processes, faults, program_exists
        #: Awaited after a service started or stopped; the listener opens and closes ports here.
        self.on_change: Callable[[], Awaitable[None]] | None = None
        #: Told of a process that ends by itself after so many seconds.
        self.doom: Callable[[int, float], None] | None = None

    def __iter__(self) -> Iterator[Service]:
        return iter(sorted(self._services.values(), key=lambda service: service.name.lower()))

    def find(self, name: str) -> Service | None:
        """By service name, else by display name, whatever the case."""
        found = self._services.get(name.lower())
        return found or next((s for s in self if s.display_name.lower() == name.lower()), None)

    def open(self, name: str) -> Service | None:
        """The service as someone who wants to look at or change it gets it. Raises AccessDenied by fault."""
        if self._faults.strikes(FaultKind.SERVICE_ACCESS, name):
            raise AccessDenied(f"Failed to open service '{name}' (Access is denied, Win32ErrorCode 5 - 0x00000005)")
        return self.find(name)

    def add(self, service: Service) -> None:
        self._services[service.name.lower()] = service

    def remove(self, service: Service) -> None:
        del self._services[service.name.lower()]

    def dependents(self, service: Service) -> list[Service]:
        return [s for s in self if service.name.lower() in {d.lower() for d in s.dependencies}]

    def launch(self, service: Service) -> None:
        """Puts the service into the running state at once."""
        process = self._processes.spawn(service.program, user=service.username)
        service.pid, service.state = process.pid, ServiceState.RUNNING
        for program in service.processes:
            self._processes.spawn(program, user=service.username, parent=process.pid)

    async def start(self, service: Service) -> None:
        """Starts it after what it depends on. Raises WindowsError."""
        if service.state is ServiceState.RUNNING:
            return
        if service.state is ServiceState.PAUSED:
            service.state = ServiceState.RUNNING
            return
        fault = self._faults.strikes(FaultKind.SERVICE_START, service.name)
        if fault and fault.seconds:
            await asyncio.sleep(fault.seconds)
        reason = self._why_not(service)
        if reason is None and fault and (fault.message or not fault.seconds):
            reason = fault.message or "The service did not respond to the start or control request in a timely fashion"
        if reason:
            raise WindowsError(
                f"Service '{service.label}' cannot be started due to the following error: "
                f"Cannot start service {service.name} on computer '.'. {reason}"
            )
        for needed in (self.find(name) for name in service.dependencies):
            if needed is not None:
                await self.start(needed)
        service.state = ServiceState.START_PENDING
        await asyncio.sleep(service.start_delay)
        self.launch(service)
        if (fault := self._faults.strikes(FaultKind.SERVICE_DIES, service.name)) and self.doom is not None:
            self.doom(service.pid, fault.seconds)
        await self._changed()

    def _why_not(self, service: Service) -> str | None:
        if service.start_mode is StartMode.DISABLED:
            return "The service cannot be started, either because it is disabled"
        if not self._program_exists(service.program):
            return "The system cannot find the file specified"
        return None

    async def stop(self, service: Service, *, force: bool = False) -> None:
        """Stops it; with `force` what depends on it first. Raises WindowsError."""
        if service.state is ServiceState.STOPPED:
            return
        running = [s for s in self.dependents(service) if s.state is not ServiceState.STOPPED]
        if running and not force:
            raise WindowsError(
                f"Cannot stop service '{service.label}' because it has dependent services. "
                "It can only be stopped if the Force flag is set."
            )
        for dependent in running:
            await self.stop(dependent, force=True)
        fault = self._faults.strikes(FaultKind.SERVICE_STOP, service.name)
        if fault and fault.seconds:
            await asyncio.sleep(fault.seconds)
        if fault and (fault.message or not fault.seconds):
            raise WindowsError(
                f"Service '{service.label}' cannot be stopped due to the following error: "
                f"Cannot stop {service.name} service on computer '.'. {fault.message or ''}".rstrip()
            )
        service.state = ServiceState.STOP_PENDING
        await asyncio.sleep(service.stop_delay)
        self._processes.end(service.pid)
        service.state, service.pid = ServiceState.STOPPED, 0
        await self._changed()

    async def process_ended(self, pid: int) -> None:
        """A process went away; its service, if any, is stopped."""
        for service in self:
            if service.pid == pid:
                service.state, service.pid = ServiceState.STOPPED, 0
                await self._changed()

    def open_ports(self) -> set[int]:
        return {port for s in self if s.state is ServiceState.RUNNING for port in s.ports}

    async def _changed(self) -> None:
        if self.on_change is not None:
            await self.on_change()
