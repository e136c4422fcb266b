# SPDX-License-Identifier: Apache-2.0
"""Installed programs of a simulated Windows host, and the Chocolatey source it installs from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import zip_longest


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
