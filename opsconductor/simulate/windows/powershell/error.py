# SPDX-License-Identifier: Apache-2.0
"""Errors inside a simulated PowerShell, and the ways out of a script."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from opsconductor.simulate.windows.powershell.value import Thing


@dataclass(frozen=True)
class ErrorRecord:
    """One error, terminating or not."""

    message: str
    identifier: str = "RuntimeException"
    category: str = "NotSpecified"
    #: The command that met it.
    activity: str = ""
    target: Any = None
    #: The .NET exception's type.
    kind: str = "System.Management.Automation.RuntimeException"

    def as_thing(self) -> Thing:
        exception = Thing(
            self.kind, {"Message": self.message, "HResult": -2146233087}, text=f"{self.kind}: {self.message}"
        )
        category = Thing(
            "System.Management.Automation.ErrorCategoryInfo",
            {"Category": self.category, "Activity": self.activity, "Reason": self.kind.rpartition(".")[2]},
        )
        values = {
            "Exception": exception,
            "CategoryInfo": category,
            "FullyQualifiedErrorId": self.identifier,
            "TargetObject": self.target,
        }
        return Thing("System.Management.Automation.ErrorRecord", values, text=self.message)

    def console(self) -> str:
        head = f"{self.activity} : {self.message}" if self.activity else self.message
        return (
            f"{head}\r\n    + CategoryInfo          : {self.category}: (:) [{self.activity}], "
            f"{self.kind.rpartition('.')[2]}\r\n    + FullyQualifiedErrorId : {self.identifier}\r\n \r\n"
        )


class CommandError(Exception):
    """What a cmdlet raises: an error that ends the cmdlet but not the script, unless the preference says so."""

    def __init__(
        self, message: str, identifier: str = "RuntimeException", category: str = "NotSpecified", **more: Any
    ) -> None:
        super().__init__(message)
        self.record = ErrorRecord(message, identifier, category, **more)


class Terminating(Exception):
    """An error that ends the script unless it is caught."""

    def __init__(self, record: ErrorRecord) -> None:
        super().__init__(record.message)
        self.record = record
        #: Output before the error.
        self.values: list[Any] = []


@dataclass
class LeaveScript(Exception):
    """return, exit, break or continue on its way out."""

    kind: str
    values: list[Any] = field(default_factory=list)
