# SPDX-License-Identifier: Apache-2.0
"""The state of a simulated Windows host as JSON, for whoever checks it from the host's side."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from opsconductor.simulate.windows.filesystem import Entry
from opsconductor.simulate.windows.host import PRODUCT, SimulatedWindowsHost

#: Text files up to this size are shown with their content.
SHOWN_BYTES = 4096


def file_view(entry: Entry) -> dict[str, Any]:
    view: dict[str, Any] = {"directory": entry.directory, "owner": entry.owner, "access": entry.access}
    view["inherits"] = entry.inherits
    view["modified"] = entry.modified
    if entry.link:
        view["link"] = entry.link
    if not entry.directory:
        view |= {"size": len(entry.data), "sha1": entry.checksum(), "sha256": entry.checksum("sha256")}
        if len(entry.data) <= SHOWN_BYTES:
            try:
                view["content"] = entry.data.decode()
            except UnicodeDecodeError:
                view["content"] = None
    return view


def host_view(host: SimulatedWindowsHost) -> dict[str, Any]:
    """Everything but passwords. Paths and service names keep their case."""
    return {
        "name": host.name,
        "address": host.address,
        "product": PRODUCT,
        "online": host.online,
        "booted": host.booted,
        "boots": host.boots,
        "services": {
            service.name: {
                "display_name": service.display_name,
                "state": str(service.state),
                "start_mode": str(service.start_mode),
                "path": service.path,
                "username": service.username,
                "pid": service.pid,
                "ports": service.ports,
            }
            for service in host.services
        },
        "processes": [asdict(process) for process in host.processes],
        "files": {entry.path: file_view(entry) for entry in host.files},
        "programs": {program.name: asdict(program) for program in host.programs.values()},
        "chocolatey": {"installed": host.chocolatey.installed, "pinned": host.chocolatey.pinned},
        "features": host.features.view(),
        "optional_features": host.optional_features.view(),
        "timezone": host.timezone,
        "computer_name": host.computer_name,
        "updates": [update.title for update in host.updates],
        "firewall": host.firewall.view(),
        "shares": {share.name: asdict(share) for share in host.shares.values()},
        "scheduled_tasks": {task.name: asdict(task) for task in host.scheduled_tasks.values()},
        "registry": host.registry.view(),
        "users": {
            user.name: {"groups": sorted(user.groups), "enabled": user.enabled, "full_name": user.full_name}
            for user in host.accounts
        },
        "groups": dict(host.accounts.groups),
        "open_ports": sorted(host.open_ports()),
        "faults": host.faults.view(),
    }
