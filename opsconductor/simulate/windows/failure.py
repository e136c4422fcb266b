# SPDX-License-Identifier: Apache-2.0
"""How things go wrong inside a simulated Windows host, and how the simulator itself goes wrong."""

from typing import Any

from opsconductor.errors import Conflict, InvalidInput, NotFound


class DescriptionError(InvalidInput):
    """The description of the simulated hosts cannot be used."""

    code = "simulator-description"


class PortTaken(Conflict):
    """A port that a simulated host needs is in use."""

    code = "simulator-port-taken"


class UnknownHost(NotFound):
    """There is no such simulated host."""

    code = "simulator-unknown-host"


class ModuleFailed(Exception):
    """A module ends with `failed` and a message of its own; `values` join the result."""

    def __init__(self, message: str, **values: Any) -> None:
        super().__init__(message)
        self.values = values


class WindowsError(Exception):
    """An error of the simulated operating system, as .NET would word it."""

    def __init__(self, message: str, kind: str = "System.InvalidOperationException") -> None:
        super().__init__(message)
        self.kind = kind


class AccessDenied(WindowsError):
    """The simulated account may not do that."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "System.UnauthorizedAccessException")


class NotSimulated(Exception):
    """Asked for something that the simulator cannot do. Always a failure, never a guess."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is not simulated by this simulated Windows host")


class ConnectionLost(Exception):
    """A fault wants the TCP connection gone without an answer."""


class LogonFailed(Exception):
    """A task wants to run as an account that cannot log on."""
