# SPDX-License-Identifier: Apache-2.0
"""ansible.cfg and known_hosts as they are committed: the only configuration a run of the plan sees."""

import hashlib

from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.inventory import BoundTarget, Hop, InventorySnapshot

_ANSIBLE_CFG = """\
# Committed with the plan; nothing else configures a run of it. Run ansible-playbook in this folder.
[defaults]
inventory = inventory.yml
gathering = explicit
host_key_checking = True
interpreter_python = auto_silent
retry_files_enabled = False
# Collections come with the ansible package, never from somebody's home folder.
collections_path = ./collections
nocows = True
# What a program prints is not always UTF-8.
module_strict_utf8_response = False
timeout = 30

[ssh_connection]
pipelining = True
ssh_args = -C -o ControlMaster=auto -o ControlPersist=60s -o UserKnownHostsFile=known_hosts
# A connection that another plan left open was made with other keys.
control_path_dir = ~/.ansible/cp/{plan}
"""


def ansible_cfg(plan_id: str) -> str:
    """The ansible.cfg of a plan."""
    return _ANSIBLE_CFG.replace("{plan}", hashlib.sha256(plan_id.encode()).hexdigest()[:12])


def group_of(play: str) -> str:
    """The inventory group that a play runs on; `play` is a platform, or telnet."""
    return f"opsc_{play}"


def known_hosts_text(snapshot: InventorySnapshot) -> str:
    """The recorded SSH host keys of targets and jump hosts, in the format of known_hosts."""
    lines: set[str] = set()
    for target in snapshot.targets:
        if target.kind is ConnectionKind.SSH:
            places: tuple[BoundTarget | Hop, ...] = (target, *target.jump)
            for place in places:
                name = place.address if place.port == 22 else f"[{place.address}]:{place.port}"
                lines.update(f"{name} {key.kind} {key.public}" for key in place.host_keys)
    return "".join(f"{line}\n" for line in sorted(lines))
