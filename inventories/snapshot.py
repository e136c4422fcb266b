# SPDX-License-Identifier: Apache-2.0
"""The committed inventory: how every target of a plan is reached, for readers and for plain ansible-playbook."""

import io
import shlex
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.representer import SafeRepresenter

from inventories.naming import inventory_name
from inventories.slice import grouped, plain_vars
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
    return _HEADER + unsafe_yaml({"all": {"children": children}})


def unsafe_yaml(data: Any) -> str:
    """YAML in which Ansible takes every string as it stands: text that could be a template is tagged `!unsafe`."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Representer = _Representer
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()


class _Representer(SafeRepresenter):
    """Writes null as nothing and templates as data."""


def _represent_text(representer: SafeRepresenter, text: str) -> ScalarNode:
    tag = "!unsafe" if "{" in text else "tag:yaml.org,2002:str"
    return representer.represent_scalar(tag, text, style='"' if "{" in text or "\n" in text else None)


def _represent_none(representer: SafeRepresenter, _nothing: None) -> ScalarNode:
    return representer.represent_scalar("tag:yaml.org,2002:null", "")


_Representer.add_representer(str, _represent_text)
_Representer.add_representer(type(None), _represent_none)


def _vars(target: BoundTarget) -> dict[str, Any]:
    found = plain_vars(target)
    if target.name != inventory_name(target.name):
        found["opsc_asset"] = target.name
    if target.kind is ConnectionKind.SSH and target.jump:
        hops = []
        for hop in target.jump:
            user = f"{hop.user}@" if hop.user else ""
            address = check_address(hop.address)
            hops.append(f"{user}[{address}]:{hop.port}" if ":" in address else f"{user}{address}:{hop.port}")
        found["ansible_ssh_common_args"] = shlex.join(["-o", f"ProxyJump={','.join(hops)}"])
    return found
