# SPDX-License-Identifier: Apache-2.0
"""Installed programs of a simulated Windows host, and the Chocolatey source it installs from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import zip_longest

from opsconductor.simulate.windows.registry import Registry, RegistryValue


def version_key(version: str) -> list[tuple[int, str]]:
    """Sort key: numbers as numbers, so that 1.10 is newer than 1.9."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"[.+-]", version)]


def newer(left: str, right: str) -> bool:
    """True if `left` is a later version than `right`; 1.2 and 1.2.0 are equal."""
    pairs = zip_longest(version_key(left), version_key(right), fillvalue=(0, ""))
    return next((one > other for one, other in pairs if one != other), False)


@dataclass
class Program:
    """An entry of "Apps & features"."""

    name: str
    version: str = "1.0.0"
    publisher: str = ""
    product_id: str = ""
    #: The installer file whose presence makes it known to win_package by path.
    installer: str = ""


class Programs(dict[str, Program]):
    """Installed programs by name. Each has its uninstall key in the registry, where Windows lists programs from."""

    _KEYS = r"HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"

    def __init__(self, registry: Registry) -> None:
        super().__init__()
        self._registry = registry

    def __setitem__(self, name: str, program: Program) -> None:
        super().__setitem__(name, program)
        values = {
            "DisplayName": program.name,
            "DisplayVersion": program.version,
            "Publisher": program.publisher,
            "UninstallString": f'"C:\\Program Files\\{program.name}\\uninstall.exe"',
        }
        key = self._registry.make(self._key(program))
        key.values.update({one.lower(): RegistryValue(one, data) for one, data in values.items()})

    def __delitem__(self, name: str) -> None:
        self._registry.remove(self._key(self[name]))
        super().__delitem__(name)

    def _key(self, program: Program) -> str:
        return f"{self._KEYS}\\{program.product_id or program.name}"


@dataclass(frozen=True)
class Offer:
    """A package of the Chocolatey source. `{version}` in file contents is replaced at installation."""

    name: str
    versions: tuple[str, ...]
    #: Program files: path to content, replaced by every version.
    files: dict[str, str] = field(default_factory=dict)
    #: Configuration files: path to content, written only where there is none yet.
    configuration: dict[str, str] = field(default_factory=dict)

    @property
    def latest(self) -> str:
        return max(self.versions, key=version_key)


@dataclass
class Chocolatey:
    """`installed` maps package names to versions; names are case-insensitive."""

    offers: dict[str, Offer] = field(default_factory=dict)
    installed: dict[str, str] = field(default_factory=dict)
    pinned: dict[str, str] = field(default_factory=dict)
    version: str = "2.4.1"
