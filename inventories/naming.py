# SPDX-License-Identifier: Apache-2.0
"""Names that Ansible and OpenSSH may see: an asset's name is user text and may hold braces, spaces or patterns."""

import hashlib
import re
from collections.abc import Iterable

from opsconductor.domain.inventory import BoundTarget

#: What is safe as an inventory host name: no pattern, range, template or path characters.
_SAFE_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,200}")
_RESERVED = re.compile(r"(?i)(all|ungrouped|_meta|localhost|opsc_.*)")


def inventory_name(name: str) -> str:
    """The inventory host name of the asset `name`: itself where that is safe, else an alias made from its hash."""
    if _SAFE_HOST.fullmatch(name) and not _RESERVED.fullmatch(name):
        return name
    return f"opsc_host_{_digest(name)}"


def group_name(name: str) -> str:
    """The Ansible group of the asset group `name`: an identifier nothing else uses, the same for the same name."""
    slug = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return f"opsc_group_{slug}" if slug == name else f"opsc_group_{slug[:60]}_{_digest(name)[:8]}"


def host_key_alias(name: str) -> str:
    """The name under which the host keys of asset `name` stand in a slice's known_hosts file."""
    return f"opsc-{_digest(name)}"


def target_names(targets: Iterable[BoundTarget]) -> dict[str, str]:
    """Inventory host name → the target's own name, to read results back."""
    return {inventory_name(target.name): target.name for target in targets}


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:24]
