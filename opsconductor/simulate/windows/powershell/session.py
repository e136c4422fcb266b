# SPDX-License-Identifier: Apache-2.0
"""A PowerShell session: variables, streams, preferences."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from opsconductor.simulate.windows.host import SimulatedWindowsHost
from opsconductor.simulate.windows.powershell.error import ErrorRecord, Terminating
from opsconductor.simulate.windows.powershell.syntax import Script
from opsconductor.simulate.windows.powershell.value import Thing, lookup, put

_QUIET = {"silentlycontinue", "ignore", "0"}


@dataclass
class Session:
    """What outlives a single statement."""

    host: SimulatedWindowsHost
    user: str
    variables: dict[str, Any] = field(default_factory=dict)
    functions: dict[str, Script] = field(default_factory=dict)
    errors: list[ErrorRecord] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    verbose: list[str] = field(default_factory=list)
    debug: list[str] = field(default_factory=list)
    information: list[str] = field(default_factory=list)
    #: What Write-Host and native programs put on the console.
    host_output: list[str] = field(default_factory=list)
    location: str = "C:\\Users"
    last_exit_code: int | None = None
    last_ok: bool = True
    #: Messages of the errors that try/catch dealt with, newest first: `$Error`.
    caught: list[ErrorRecord] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.location = self.host.environment["USERPROFILE"]
        put(self.variables, "ErrorActionPreference", self.variables.get("ErrorActionPreference", "Continue"))

    def read(self, name: str, scope: str = "") -> Any:
        """A variable; null if it was never set."""
        if scope == "env":
            return lookup(self.host.environment, name)
        match name.lower():
            case "true" | "false":
                return name.lower() == "true"
            case "null":
                return None
            case "?":
                return self.last_ok
            case "lastexitcode":
                return self.last_exit_code
            case "error":
                return [record.as_thing() for record in [*self.caught, *reversed(self.errors)]]
            case "pwd":
                return Thing("System.Management.Automation.PathInfo", {"Path": self.location}, text=self.location)
            case "pid":
                return 4242
            case "pshome":
                return r"C:\Windows\System32\WindowsPowerShell\v1.0"
            case "psversiontable":
                version = Thing("System.Version", {"Major": 5, "Minor": 1, "Build": 20348}, text="5.1.20348.2400")
                return {"PSVersion": version, "PSEdition": "Desktop"}
        return lookup(self.variables, name)

    def write(self, name: str, value: Any, scope: str = "") -> None:
        if scope == "env":
            put(self.host.environment, name, "" if value is None else str(value))
        elif name.lower() != "null":
            put(self.variables, name, value)

    def report(self, record: ErrorRecord, action: str | None = None) -> None:
        """A non-terminating error under the preference `action`. Raises Terminating under Stop."""
        self.last_ok = False
        preference = (action or str(self.read("ErrorActionPreference"))).lower()
        if preference in _QUIET:
            self.caught.insert(0, record)
            return
        if preference == "stop":
            raise Terminating(record)
        self.errors.append(record)
