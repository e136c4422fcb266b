# SPDX-License-Identifier: Apache-2.0
"""One run of a simulated module: its arguments, and the register of modules."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from opsconductor.simulate.windows.failure import ModuleFailed, NotSimulated
from opsconductor.simulate.windows.host import SimulatedWindowsHost

_TRUE = {"y", "yes", "on", "1", "true", "t", "1.0"}
_FALSE = {"n", "no", "off", "0", "false", "f", "0.0"}


class Arguments:
    """A module's arguments, converted as Ansible.Basic converts them."""

    def __init__(self, module: str, values: Mapping[str, Any]) -> None:
        self._module = module
        self._values = {key: value for key, value in values.items() if value is not None}

    def raw(self, *names: str) -> Any:
        """The first given one of an option and its aliases; None if not given."""
        return next((self._values[name] for name in names if name in self._values), None)

    def given(self, *names: str) -> bool:
        return self.raw(*names) is not None

    def text(self, *names: str) -> str | None:
        value = self.raw(*names)
        return None if value is None else str(value)

    def required(self, *names: str) -> str:
        value = self.text(*names)
        if not value:
            raise ModuleFailed(f"missing required arguments: {names[0]}")
        return value

    def choice(self, name: str, choices: tuple[str, ...], default: str | None = None) -> str | None:
        value = self.text(name)
        if value is None:
            return default
        if value not in choices:
            raise ModuleFailed(f"value of {name} must be one of: {', '.join(choices)}. Got no match for: {value}")
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.raw(name)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        word = str(value).lower()
        if word not in _TRUE | _FALSE:
            raise ModuleFailed(
                f"argument for {name} is of type {type(value).__name__} and we were unable to convert to bool"
            )
        return word in _TRUE

    def number(self, name: str, default: float | None = None) -> float | None:
        value = self.raw(name)
        if value is None:
            return default
        try:
            return float(value)
        except (TypeError, ValueError):
            raise ModuleFailed(f"argument for {name} is not a number: {value}") from None

    def items(self, name: str) -> list[Any] | None:
        value = self.raw(name)
        if value is None or isinstance(value, list):
            return value
        return [piece.strip() for piece in value.split(",")] if isinstance(value, str) else [value]

    def refuse_unknown(self, known: frozenset[str]) -> None:
        """Fails loudly for an option that the simulation knows nothing of."""
        unknown = sorted(set(self._values) - known)
        if unknown:
            raise NotSimulated(f"The option {', '.join(unknown)} of {self._module}")

    def as_dict(self) -> dict[str, Any]:
        return dict(self._values)


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a module gets."""

    host: SimulatedWindowsHost
    arguments: Arguments
    check_mode: bool
    diff_mode: bool
    verbosity: int
    #: Account the module runs as.
    user: str
    #: The port of the WinRM listener, open as long as the host is up.
    winrm_port: int
    environment: Mapping[str, str]
    module: str


Simulation = Callable[[Run], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, kw_only=True)
class Module:
    """A simulated module."""

    name: str
    simulation: Simulation
    #: Options the simulation understands, aliases included.
    options: frozenset[str]
    #: Modules on the older PowerShell wrapper do not return `invocation`.
    invocation: bool
    check_mode: bool


MODULES: dict[str, Module] = {}


def module(
    name: str, options: str = "", *, invocation: bool = True, check_mode: bool = True
) -> Callable[[Simulation], Simulation]:
    """Registers the decorated coroutine as the simulation of the module `name`; `options` is a list of words."""

    def register(simulation: Simulation) -> Simulation:
        MODULES[name] = Module(
            name=name,
            simulation=simulation,
            options=frozenset(options.split()),
            invocation=invocation,
            check_mode=check_mode,
        )
        return simulation

    return register
