# SPDX-License-Identifier: Apache-2.0
"""A run's hosts as an Ansible inventory, for programs that reach them as any other machine."""

import json
from pathlib import Path

from tests.lab.lab import Lab


def write(lab: Lab, path: Path) -> None:
    """Write the inventory to *path* (JSON, which is YAML too) and the hosts' keys into the run's known_hosts."""
    known_hosts = lab.slot.folder / "known_hosts"
    known_hosts.write_text("".join(f"{host.known_hosts_line}\n" for host in lab.hosts.values()))
    options = f"-o UserKnownHostsFile={known_hosts} -o GlobalKnownHostsFile=/dev/null -o StrictHostKeyChecking=yes"
    hosts = {
        host.name: {
            "ansible_host": host.address,
            "ansible_port": host.port,
            "ansible_user": host.user,
            "ansible_ssh_private_key_file": str(host.key_path),
            "ansible_ssh_common_args": f"{options} -o IdentitiesOnly=yes",
            "ansible_python_interpreter": "/usr/bin/python3",
        }
        for host in lab.hosts.values()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"all": {"hosts": hosts}}, indent=2))
