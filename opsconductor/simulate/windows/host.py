# SPDX-License-Identifier: Apache-2.0
"""One simulated Windows host: everything that a task can see or change."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from opsconductor.simulate.windows.account import Accounts, User
from opsconductor.simulate.windows.description import FileDescription, HostDescription
from opsconductor.simulate.windows.fault import FaultBook
from opsconductor.simulate.windows.feature import Feature, Features
from opsconductor.simulate.windows.filesystem import Entry, FileSystem
from opsconductor.simulate.windows.firewall import Firewall
from opsconductor.simulate.windows.journal import Journal
from opsconductor.simulate.windows.process import ProcessTable
from opsconductor.simulate.windows.registry import Registry, RegistryValue
from opsconductor.simulate.windows.scheduled_task import ScheduledTask
from opsconductor.simulate.windows.service import Service, ServiceManager, ServiceState, StartMode
from opsconductor.simulate.windows.share import Share
from opsconductor.simulate.windows.software import Chocolatey, Offer, Program, Programs

PRODUCT = "OpsConductor simulated Windows host"
#: Where Windows keeps the name it will have and the name it has.
NAMES = r"HKLM:\SYSTEM\CurrentControlSet\Control\ComputerName"
DESKTOP_READY = r"HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon\AutoLogonChecked"


class SimulatedWindowsHost:
    """The state model. Owns no socket; the listener does."""

    def __init__(self, name: str, address: str, description: HostDescription, user: str, password: str) -> None:
        self.name, self.address, self.description, self.user = name, address, description, user
        digest = hashlib.sha256(name.encode()).digest()
        sid = "-".join(str(int.from_bytes(digest[i : i + 4], "big")) for i in (0, 4, 8))
        self.machine_id = str(uuid.UUID(bytes=digest[:16]))
        self.mac = "00:50:56:" + ":".join(f"{byte:02x}" for byte in digest[:3])
        self.environment = self._environment(user)
        self.faults, self.journal, self.processes = FaultBook(), Journal(), ProcessTable()
        self.accounts = Accounts(name, f"S-1-5-21-{sid}")
        self.files = FileSystem(self.environment, self.faults, description.disk_bytes)
        self.files.in_use = self._in_use
        self.registry, self.chocolatey = Registry(), Chocolatey()
        self.services = ServiceManager(self.processes, self.faults, self.files.is_file)
        self.services.doom = lambda pid, seconds: self.in_background(self._end_after(pid, seconds))
        self.programs = Programs(self.registry)
        self.features, self.optional_features = Features(), Features()
        self.timezone, self.updates = description.timezone, list(description.updates)
        self.firewall = Firewall()
        #: By name and by folder with name, in lower case.
        self.shares: dict[str, Share] = {}
        self.scheduled_tasks: dict[str, ScheduledTask] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.made = time.time()
        self.booted = self.made - 86_400
        self.boots = 0
        self.online = True
        #: Set by the listener: takes the host away and brings it back.
        self.restart: Callable[[], Awaitable[None]] | None = None
        #: Set by the listener: takes the host away for good.
        self.switch_off: Callable[[], Awaitable[None]] | None = None
        self._background: set[asyncio.Task[None]] = set()
        self._settle(password)
        for kind in ("ComputerName", "ActiveComputerName"):
            self._set_name(kind, name.upper())

    def _environment(self, user: str) -> dict[str, str]:
        home = f"C:\\Users\\{user}"
        return {
            "COMPUTERNAME": self.name.upper(),
            "USERNAME": user,
            "USERDOMAIN": self.name.upper(),
            "USERPROFILE": home,
            "TEMP": f"{home}\\AppData\\Local\\Temp",
            "TMP": f"{home}\\AppData\\Local\\Temp",
            "SystemDrive": "C:",
            "SystemRoot": r"C:\Windows",
            "windir": r"C:\Windows",
            "ProgramFiles": r"C:\Program Files",
            "ProgramFiles(x86)": r"C:\Program Files (x86)",
            "ProgramData": r"C:\ProgramData",
            "PROCESSOR_ARCHITECTURE": "AMD64",
            "OS": "Windows_NT",
            "PSModulePath": r"C:\Windows\system32\WindowsPowerShell\v1.0\Modules",
        }

    # -- from the description to the state ---------------------------------------------------------------------

    def _settle(self, password: str) -> None:
        told = self.description
        self.accounts.add(User(self.user, password, groups=["Administrators"], rid=500))
        self.accounts.groups.update(told.groups)
        for name, user in told.users.items():
            own = user.password_file.read_text(encoding="utf-8").strip() if user.password_file else password
            self.accounts.add(
                User(
                    name,
                    own,
                    user.full_name,
                    user.description,
                    list(user.groups),
                    user.enabled,
                    self.accounts.next_rid(),
                )
            )
        self.files.make_directory(self.environment["TEMP"])
        for path, file in told.files.items():
            self._settle_file(path, file)
        for name, program in told.programs.items():
            self.programs[name] = Program(
                name, program.version, program.publisher, program.product_id, program.installer
            )
        for name, offer in told.chocolatey.source.items():
            self.chocolatey.offers[name.lower()] = Offer(name, tuple(offer.versions), offer.files, offer.configuration)
        self.chocolatey.installed = {name.lower(): version for name, version in told.chocolatey.installed.items()}
        self.chocolatey.pinned = {name.lower(): version for name, version in told.chocolatey.pinned.items()}
        for path, values in told.registry.items():
            key = self.registry.make(path)
            for name, data in values.items():
                key.values[name.lower()] = RegistryValue(name, data, "dword" if isinstance(data, int) else "string")
        self._settle_features()
        self._settle_services()
        for path in told.processes:
            self.processes.spawn(path)
        for fault in told.faults:
            self.faults.arm(fault)

    def _settle_file(self, path: str, file: FileDescription) -> None:
        if file.directory:
            self.files.make_directory(path)
            return
        data = (file.content or "").encode()
        if file.base64 is not None:
            data = base64.b64decode(file.base64)
        elif file.size is not None:
            data = b"\0" * file.size
        self._put(path, data).modified -= file.age

    def _put(self, path: str, data: bytes) -> Entry:
        self.files.make_directory(self.files.full(path).rpartition("\\")[0] + "\\")
        return self.files.write(path, data)

    def _settle_features(self) -> None:
        for known, described in (
            (self.features, self.description.features),
            (self.optional_features, self.description.optional_features),
        ):
            for name, told in described.items():
                known.add(Feature(name, told.display_name, told.installed, list(told.needs), told.wants_restart))

    def _settle_services(self) -> None:
        for name, told in self.description.services.items():
            service = Service(
                name=name,
                display_name=told.display_name or name,
                path=told.path,
                start_mode=told.start_mode,
                username=told.username,
                description=told.description,
                dependencies=list(told.dependencies),
                processes=list(told.processes),
                ports=list(told.ports),
                start_delay=told.start_delay,
                stop_delay=told.stop_delay,
            )
            self.services.add(service)
            if not self.files.is_file(service.program):
                self._put(service.program, f"simulated program {service.image}\n".encode())
            if told.state is ServiceState.RUNNING:
                self.services.launch(service)
            else:
                service.state = told.state

    # -- the name ----------------------------------------------------------------------------------------------

    @property
    def computer_name(self) -> str:
        """The name in use; another one that was set counts from the next start on."""
        key = self.registry.make(rf"{NAMES}\ActiveComputerName")
        return str(key.values["computername"].data)

    def rename(self, name: str) -> None:
        """Sets the name that it has from the next start on."""
        self._set_name("ComputerName", name.upper())

    def _set_name(self, kind: str, name: str) -> None:
        self.registry.make(rf"{NAMES}\{kind}").values["computername"] = RegistryValue("ComputerName", name)

    # -- what hosts do -----------------------------------------------------------------------------------------

    def _in_use(self, path: str) -> bool:
        return any(process.path.lower() == path.lower() for process in self.processes)

    def in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs `work` beside the requests; it ends with the lab."""
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def close(self) -> None:
        for task in list(self._background):
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)

    async def end_process(self, pid: int) -> bool:
        """Ends the process; a service of its stops. False if there was none."""
        gone = self.processes.end(pid)
        if gone is not None:
            await self.services.process_ended(pid)
        return gone is not None

    async def _end_after(self, pid: int, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self.end_process(pid)

    def shut_down(self) -> None:
        """Everything that runs is gone."""
        self.online = False
        for process in self.processes:
            self.processes.end(process.pid)
        for service in self.services:
            service.state, service.pid = ServiceState.STOPPED, 0
        self.registry.remove(DESKTOP_READY)

    def boot(self) -> None:
        """Comes up with a new boot time and the automatic services."""
        self.booted, self.online, self.boots = time.time(), True, self.boots + 1
        self._set_name(
            "ActiveComputerName", str(self.registry.make(rf"{NAMES}\ComputerName").values["computername"].data)
        )
        self.environment["COMPUTERNAME"] = self.computer_name
        for path in self.description.processes:
            self.processes.spawn(path)
        for service in self.services:
            if service.start_mode in (StartMode.AUTO, StartMode.DELAYED) and self.files.is_file(service.program):
                self.services.launch(service)
        self.registry.make(DESKTOP_READY)

    async def restart_after(self, delay: float) -> None:
        """Goes down after `delay` seconds and comes back."""
        await asyncio.sleep(delay)
        if self.restart is not None:
            await self.restart()

    async def switch_off_after(self, delay: float) -> None:
        """Goes down after `delay` seconds and stays away."""
        await asyncio.sleep(delay)
        if self.switch_off is not None:
            await self.switch_off()

    def open_ports(self) -> set[int]:
        return self.services.open_ports() if self.online else set()
