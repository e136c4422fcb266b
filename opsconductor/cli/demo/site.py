# SPDX-License-Identifier: Apache-2.0
"""What the demonstration is about: the hosts, the service on them, and the new file."""

import hashlib
from dataclasses import dataclass, field

SENTENCE = (
    "Connect to {count} Windows systems in group 'CIS servers', check if stationcontroller.exe is running, "
    "stop the service, copy new file, restart service, verify startup, and log results"
)
SERVICE = "stationcontroller"
PROGRAM = r"C:\Program Files\CIS\stationcontroller.exe"
FILE = "stationcontroller.exe"
OLD_VERSION, NEW_VERSION = "2.1.2", "2.1.3"
GROUP = "CIS servers"
CREDENTIAL = "CIS administrator"
#: Of 25 hosts, these seven have the service stopped beforehand.
STOPPED_BEFORE = (3, 7, 11, 14, 18, 21, 24)


def program(version: str) -> bytes:
    """A stand-in for a program file: 300 kB that say what they are."""
    head = f"MZ StationController {version}: a stand-in for a program, made by the demonstration.\r\n".encode()
    body = hashlib.sha256(version.encode()).digest()
    return head + body * ((300_000 - len(head)) // len(body))


@dataclass(frozen=True)
class Site:
    """The simulated plant: `count` hosts, `denied` names the one whose copy fails."""

    count: int = 25
    denied: int | None = None
    name: str = "CIS-SRV-{:02}"
    address: str = "127.24.1.1"
    port: int = 5985
    stopped: tuple[int, ...] = field(default=STOPPED_BEFORE)

    @property
    def names(self) -> list[str]:
        """The hosts' names in order."""
        return [self.name.format(n) for n in range(1, self.count + 1)]

    @property
    def stopped_names(self) -> set[str]:
        """Hosts whose service is stopped before the job."""
        return {self.name.format(n) for n in self.stopped if n <= self.count}

    @property
    def denied_name(self) -> str | None:
        """The host whose copy is denied."""
        return self.name.format(self.denied) if self.denied else None

    def state(self) -> dict[str, object]:
        """The state file of the simulated Windows hosts."""
        import base64

        service = {
            "path": f'"{PROGRAM}"',
            "display_name": "CIS Station Controller",
            "start_delay": 0.3,
            "stop_delay": 0.2,
        }
        state: dict[str, object] = {
            "schema_version": 1,
            "defaults": {
                "services": {SERVICE: service},
                "files": {PROGRAM: {"base64": base64.b64encode(program(OLD_VERSION)).decode()}},
            },
        }
        hosts: dict[str, object] = {}
        if stopped := [str(n) for n in self.stopped if n <= self.count]:
            hosts[",".join(stopped)] = {"services": {SERVICE: {"state": "stopped"}}}
        return state | {"hosts": hosts}
