# SPDX-License-Identifier: Apache-2.0
"""Faults armed on a simulated Windows host, counted down as they strike."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from opsconductor.simulate.windows.failure import DescriptionError


class FaultKind(StrEnum):
    #: The TCP connection is cut when a WSMan verb arrives (target: create, command, send, receive, signal, delete).
    DROP = "drop"
    #: The TCP connection is cut when a module (target) starts, or with `effect` right after it did its work.
    MODULE_DROP = "module_drop"
    #: The host goes down for good when a module (target) starts.
    HOST_DOWN = "host_down"
    #: The listener is closed: connections are refused, until cleared or for `seconds`.
    REFUSE = "refuse"
    #: Connections are accepted and never answered.
    UNREACHABLE = "unreachable"
    #: Every HTTP request waits `seconds`.
    SLOW = "slow"
    #: A WSMan verb (target) is answered by a WSMan fault with `code` and `message`.
    WSMAN = "wsman"
    #: Every logon is refused.
    WRONG_PASSWORD = "wrong_password"
    #: A module (target) waits `seconds` and, if a `message` or `result` is given, fails with it.
    MODULE = "module"
    SERVICE_START = "service_start"
    SERVICE_STOP = "service_stop"
    #: The service (target) starts well and its process ends after `seconds`.
    SERVICE_DIES = "service_dies"
    #: The service (target) may not be opened.
    SERVICE_ACCESS = "service_access"
    #: A path (target) may not be written; with `read` it may not be read either.
    FILE_ACCESS = "file_access"
    #: A path (target) cannot be written: another process has it open.
    FILE_LOCK = "file_lock"
    #: A path (target) cannot be written: the disk is full.
    DISK_FULL = "disk_full"
    #: A process (target) cannot be ended.
    PROCESS_KILL = "process_kill"
    #: A package (target) fails to install or to go, with `rc`.
    PACKAGE = "package"
    #: A reboot is refused.
    REBOOT = "reboot"


class FaultDescription(BaseModel):
    """One fault as a state file or the control channel gives it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: FaultKind
    target: str = "*"
    #: How often it strikes; None: until cleared.
    times: int | None = Field(default=None, ge=1)
    #: How many matching occasions pass before it strikes.
    after: int = Field(default=0, ge=0)
    seconds: float = Field(default=0.0, ge=0)
    message: str | None = None
    code: int = 5
    rc: int = 1603
    result: dict[str, Any] | None = None
    effect: bool = False
    read: bool = False


def read_fault(value: Any) -> FaultDescription:
    """One fault from a mapping. Raises DescriptionError."""
    try:
        return FaultDescription.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "fault"
        raise DescriptionError(
            f"The fault cannot be used: {where}: {first['msg']}.",
            remedy=f"Kinds: {', '.join(FaultKind)}.",
        ) from None


def wildcard(pattern: str, text: str) -> bool:
    """Windows wildcard match (`*`, `?`), whatever the case. Brackets are plain characters."""
    expression = "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in pattern)
    return re.fullmatch(expression, text, re.IGNORECASE | re.DOTALL) is not None


@dataclass
class _Armed:
    fault: FaultDescription
    passed: int = 0
    struck: int = 0


@dataclass
class FaultBook:
    """The faults of one host."""

    _armed: list[_Armed] = field(default_factory=list)

    def arm(self, fault: FaultDescription) -> None:
        self._armed.append(_Armed(fault))

    def clear(self) -> None:
        self._armed.clear()

    def __iter__(self) -> Iterator[FaultDescription]:
        return iter([armed.fault for armed in self._armed])

    def strikes(self, kind: FaultKind, target: str = "") -> FaultDescription | None:
        """The first armed fault of that kind whose target fits. Counts it; a used-up fault is gone."""
        for armed in self._armed:
            fault = armed.fault
            if fault.kind is not kind or not wildcard(fault.target, target):
                continue
            if armed.passed < fault.after:
                armed.passed += 1
                continue
            armed.struck += 1
            if fault.times is not None and armed.struck >= fault.times:
                self._armed.remove(armed)
            return fault
        return None

    def view(self) -> list[dict[str, Any]]:
        """JSON-ready list for the control channel."""
        return [{**a.fault.model_dump(mode="json"), "passed": a.passed, "struck": a.struck} for a in self._armed]
