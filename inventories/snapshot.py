# SPDX-License-Identifier: Apache-2.0
"""The committed inventory: how every target of a plan is reached, for readers and for plain ansible-playbook."""

import shlex
from typing import Any

from inventories.naming import inventory_name
from inventories.slice import grouped, plain_vars
from inventories.yaml_text import yaml_text
from opsconductor.domain.addresses import check_address
from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.inventory import BoundTarget, InventorySnapshot

_HEADER = """\
---
# Every target of the plan and how it is reached, without secrets: -k and -K make ansible-playbook ask for passwords.
"""


def snapshot_inventory(snapshot: InventorySnapshot) -> str:
    """A YAML inventory without secrets, the same text for the same snapshot.

    Host names and groups are those of `slice.slice_inventory`, so the committed playbook runs with either.
    """
    targets = {inventory_name(target.name): target for target in snapshot.targets}
    children: dict[str, Any] = {}
    described: set[str] = set()
    # Platform groups first: they describe the hosts, the asset groups only name them.
    groups = sorted(grouped(snapshot.targets).items(), key=lambda item: (item[0].startswith("opsc_group_"), item[0]))
    for group, body in groups:
        hosts = {name: None if name in described else _vars(targets[name]) for name in body["hosts"]}
        described.update(hosts)
        children[group] = {"hosts": hosts}
    return _HEADER + yaml_text({"all": {"children": children}}, unsafe=True)


def _vars(target: BoundTarget) -> dict[str, Any]:
    found = plain_vars(target)
    if target.name != inventory_name(target.name):
        found["opsc_asset"] = target.name
    return found | jump_args(target)


def jump_args(target: BoundTarget) -> dict[str, str]:
    """The jump hosts of an ssh target as plain Ansible takes them; nothing without any."""
    if target.kind is not ConnectionKind.SSH or not target.jump:
        return {}
    hops = []
    for hop in target.jump:
        user = f"{hop.user}@" if hop.user else ""
        address = check_address(hop.address)
        hops.append(f"{user}[{address}]:{hop.port}" if ":" in address else f"{user}{address}:{hop.port}")
    return {"ansible_ssh_common_args": shlex.join(["-o", f"ProxyJump={','.join(hops)}"])}
