# SPDX-License-Identifier: Apache-2.0
"""How arguments reach a cmdlet's parameters, and the register of cmdlets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from opsconductor.simulate.windows.failure import NotSimulated
from opsconductor.simulate.windows.host import SimulatedWindowsHost
from opsconductor.simulate.windows.powershell.error import CommandError, ErrorRecord
from opsconductor.simulate.windows.powershell.session import Session
from opsconductor.simulate.windows.powershell.value import as_list, text, truth

if TYPE_CHECKING:
    from opsconductor.simulate.windows.powershell.call import Caller

_COMMON = ("ErrorAction", "ErrorVariable", "OutVariable", "WarningAction", "InformationAction")
_COMMON_SWITCHES = ("Verbose", "Debug", "Confirm", "WhatIf")
_SHORT = {"ea": "ErrorAction", "ev": "ErrorVariable", "ov": "OutVariable", "wa": "WarningAction"}


@dataclass(frozen=True)
class Bound:
    """Values by parameter name."""

    values: dict[str, Any]

    def has(self, name: str) -> bool:
        return name in self.values

    def get(self, *names: str) -> Any:
        return next((self.values[name] for name in names if name in self.values), None)

    def flag(self, name: str) -> bool:
        return truth(self.values.get(name))

    def texts(self, *names: str) -> list[str]:
        return [text(one) for one in as_list(self.get(*names))]


@dataclass
class Call:
    """One call of a cmdlet."""

    session: Session
    evaluator: Caller
    name: str
    bound: Bound
    #: Pipeline input; None if there is no pipeline.
    items: list[Any] | None
    #: Errors beside the output.
    failures: list[ErrorRecord] = field(default_factory=list)

    @property
    def host(self) -> SimulatedWindowsHost:
        return self.session.host

    def fail(self, error: CommandError) -> None:
        """Notes an error and goes on."""
        self.failures.append(error.record)

    def path(self, value: str) -> str:
        """A full path; relative ones start in the session's location."""
        if value.startswith("~"):
            value = self.host.environment["USERPROFILE"] + value[1:]
        rooted = value[1:2] == ":" or value.startswith(("\\", "%"))
        return self.host.files.full(value if rooted else f"{self.session.location}\\{value}")

    @property
    def what_if(self) -> bool:
        return self.bound.flag("WhatIf") or truth(self.session.read("WhatIfPreference"))


@dataclass(frozen=True, kw_only=True)
class Cmdlet:
    name: str
    run: Callable[[Call], Awaitable[list[Any]]]
    #: Parameters that take a value; the first `by_position` of them also by position.
    parameters: tuple[str, ...]
    switches: tuple[str, ...]
    by_position: int


CMDLETS: dict[str, Cmdlet] = {}


def cmdlet(
    name: str, parameters: str = "", switches: str = "", by_position: int = 1
) -> Callable[[Callable[[Call], Awaitable[list[Any]]]], Callable[[Call], Awaitable[list[Any]]]]:
    """Registers the decorated coroutine as the cmdlet `name`. A parameter that is not listed is not simulated."""

    def register(run: Callable[[Call], Awaitable[list[Any]]]) -> Callable[[Call], Awaitable[list[Any]]]:
        CMDLETS[name.lower()] = Cmdlet(
            name=name,
            run=run,
            parameters=tuple(parameters.split()),
            switches=tuple(switches.split()),
            by_position=by_position,
        )
        return run

    return register


def _resolve(cmdlet_: Cmdlet, name: str) -> str:
    known = {one.lower(): one for one in (*cmdlet_.parameters, *cmdlet_.switches, *_COMMON, *_COMMON_SWITCHES)}
    low = name.lower()
    if low in known or low in _SHORT:
        return known.get(low) or _SHORT[low]
    starts = [one for key, one in known.items() if key.startswith(low)]
    if len(starts) == 1:
        return starts[0]
    raise NotSimulated(f"The parameter -{name} of {cmdlet_.name}")


def bind(cmdlet_: Cmdlet, given: list[tuple[str | None, Any]]) -> Bound:
    """Names to values. Raises NotSimulated for a parameter the simulation does not know."""
    values: dict[str, Any] = {}
    free: list[Any] = []
    waiting: str | None = None
    for name, value in given:
        if name is None:
            if waiting is not None:
                values[waiting], waiting = value, None
            else:
                free.append(value)
            continue
        resolved = _resolve(cmdlet_, name)
        values[resolved] = value
        is_switch = resolved in cmdlet_.switches or resolved in _COMMON_SWITCHES
        waiting = resolved if value is True and not is_switch else None
    open_names = [name for name in cmdlet_.parameters[: cmdlet_.by_position] if name not in values]
    if len(free) > len(open_names):
        raise NotSimulated(f"The argument {text(free[len(open_names)])!r} of {cmdlet_.name}")
    values.update(zip(open_names, free, strict=False))
    return Bound(values)
