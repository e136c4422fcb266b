# SPDX-License-Identifier: Apache-2.0
"""The operating system of a machine in the words of the records, from what Ansible found out about it."""

import re
from collections.abc import Mapping

_WINDOWS = re.compile(r"Windows (?:Server )?[0-9]{1,4}(?: R2)?(?![0-9])")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9 ._-]{0,39}")
_VERSION = re.compile(r"[0-9][0-9.]{0,15}")
#: What the facts call otherwise than people do.
_KNOWN_AS = {"RedHat": "RHEL", "OracleLinux": "Oracle"}
#: Their releases differ in the second number too; of others it is a level of updates, which would soon be wrong.
_TWO_NUMBERS = frozenset({"Ubuntu", "Alpine", "Linux Mint"})


def system_of(facts: Mapping[str, object]) -> str | None:
    """Like "Debian 12", "Ubuntu 22.04", "Windows Server 2022"; None where the facts do not tell it."""
    name = str(facts.get("ansible_distribution") or "").strip()
    if "Windows" in name:
        found = _WINDOWS.search(name)
        return found[0] if found else None
    if not _NAME.fullmatch(name):
        return None
    two = name in _TWO_NUMBERS
    version = str(facts.get(f"ansible_distribution_{'version' if two else 'major_version'}") or "").strip()
    if not _VERSION.fullmatch(version):
        return None
    return f"{_KNOWN_AS.get(name, name)} {version}"
