# SPDX-License-Identifier: Apache-2.0
"""The run's bridge and each host's network namespace and cable."""

import json
from collections.abc import Sequence

from tests.lab.slot import Slot
from tests.lab.tool import run


def _batch(lines: Sequence[str], *options: str) -> None:
    run(["ip", *options, "-batch", "-"], stdin="\n".join(lines) + "\n")


def raise_bridge(slot: Slot) -> None:
    """Make the run's bridge and give the machine its address there."""
    bridge = slot.bridge
    _batch([f"link add {bridge} type bridge", f"addr add {slot.gateway} dev {bridge}", f"link set {bridge} up"])


def connect(slot: Slot, index: int) -> None:
    """Make the host's network namespace and join it to the bridge; it outlives the host's reboots."""
    namespace, cable = slot.label(index), slot.cable(index)
    _batch(
        [
            f"netns add {namespace}",
            f"link add {cable} type veth peer name host0 address {slot.hardware_address(index)} netns {namespace}",
            f"link set {cable} master {slot.bridge} up",
        ]
    )
    address = f"{slot.address(index)}/{slot.subnet.prefixlen}"
    _batch(["link set lo up", f"addr add {address} dev host0", "link set host0 up"], "-n", namespace)


def switch(slot: Slot, index: int, *, up: bool) -> None:
    """Plug the host's cable in or pull it."""
    run(["ip", "link", "set", slot.cable(index), "up" if up else "down"])


def disconnect(slot: Slot, index: int) -> None:
    """Remove the host's namespace and cable where they exist."""
    _remove_link(slot.cable(index))  # first: the kernel takes its time over the ends that go with a namespace
    namespaces = {row["name"] for row in json.loads(run(["ip", "-json", "netns", "list"]) or "[]")}
    if slot.label(index) in namespaces:
        run(["ip", "netns", "delete", slot.label(index)])


def remove_bridge(slot: Slot) -> None:
    """Remove the run's bridge where it exists."""
    _remove_link(slot.bridge)


def _remove_link(name: str) -> None:
    links = {row["ifname"] for row in json.loads(run(["ip", "-json", "link", "show"]))}
    if name in links:
        run(["ip", "link", "delete", name])
