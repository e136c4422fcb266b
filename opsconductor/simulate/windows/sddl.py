# SPDX-License-Identifier: Apache-2.0
"""Owner and access rules in Windows' text form: `O:BAG:BAD:PAI(A;OICI;FA;;;SY)`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from opsconductor.simulate.windows.failure import NotSimulated

_WHOLE = re.compile(r"(?:O:(?P<owner>S-[-\d]+|[A-Z]{2}))?(?:G:(?P<group>S-[-\d]+|[A-Z]{2}))?D:(?P<flags>[A-Z]*)"
                    r"(?P<rules>(?:\([^()]*\))*)")  # fmt: skip
_NAMES = {
    "SY": "NT AUTHORITY\\SYSTEM",
    "BA": "BUILTIN\\Administrators",
    "BU": "BUILTIN\\Users",
    "AU": "NT AUTHORITY\\Authenticated Users",
    "WD": "Everyone",
}
_RIGHTS = {"FA": "FullControl", "FR": "Read, Synchronize", "0x1200a9": "ReadAndExecute, Synchronize",
           "0x1301bf": "Modify, Synchronize"}  # fmt: skip
_TYPES = {"A": "allow", "D": "deny"}
_INHERIT = {"CI": "ContainerInherit", "OI": "ObjectInherit"}
_PROPAGATE = {"NP": "NoPropagateInherit", "IO": "InheritOnly"}


@dataclass(frozen=True)
class Descriptor:
    """What a text says; owner and group None: it does not say."""

    owner: str | None
    group: str | None
    #: Rules of the folder above do not come down.
    protected: bool
    rules: tuple[dict[str, Any], ...]


def parse(text: str) -> Descriptor:
    """Raises NotSimulated for whatever it does not know."""
    whole = _WHOLE.fullmatch(text)
    if whole is None:
        raise NotSimulated(f"The security descriptor {text!r}")
    return Descriptor(
        owner=_name(whole["owner"], text) if whole["owner"] else None,
        group=_name(whole["group"], text) if whole["group"] else None,
        protected="P" in _pairs(whole["flags"], ("P", "AI", "AR"), text),
        rules=tuple(_rule(rule, text) for rule in re.findall(r"\(([^()]*)\)", whole["rules"])),
    )


def _rule(rule: str, text: str) -> dict[str, Any]:
    fields = rule.split(";")
    if len(fields) != 6 or fields[3] or fields[4] or fields[0] not in _TYPES or fields[2] not in _RIGHTS:
        raise NotSimulated(f"The access rule ({rule}) in {text!r}")
    flags = _pairs(fields[1], (*_INHERIT, *_PROPAGATE), text)
    return {
        "user": _name(fields[5], text),
        "rights": _RIGHTS[fields[2]],
        "type": _TYPES[fields[0]],
        "inherit": ", ".join(name for flag, name in _INHERIT.items() if flag in flags) or "None",
        "propagation": ", ".join(name for flag, name in _PROPAGATE.items() if flag in flags) or "None",
    }


def _name(trustee: str, text: str) -> str:
    if trustee.startswith("S-1-"):
        return trustee
    if trustee not in _NAMES:
        raise NotSimulated(f"The account {trustee} in {text!r}")
    return _NAMES[trustee]


def _pairs(flags: str, known: tuple[str, ...], text: str) -> list[str]:
    """The flags that are written one after the other."""
    found = re.findall("|".join(known), flags)
    if "".join(found) != flags:
        raise NotSimulated(f"The flags {flags} in {text!r}")
    return found
