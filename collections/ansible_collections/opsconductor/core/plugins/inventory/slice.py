# SPDX-License-Identifier: GPL-3.0-or-later
"""The targets of one slice, from the supervisor's memory to Ansible's."""

from __future__ import annotations

DOCUMENTATION = """
name: slice
short_description: The targets of one slice, fed by its supervisor
description:
  - Reads the inventory of one slice from the Unix socket of its supervisor, so that no secret in it touches a disk.
author: The OpsConductor maintainers
options:
  plugin:
    description: Marks a file as one for this plugin.
    required: true
    choices: ['opsconductor.core.slice']
  socket:
    description: Path of the supervisor's socket.
    type: path
    required: true
"""

EXAMPLES = """
plugin: opsconductor.core.slice
socket: /run/user/1000/opsconductor-1000/s/01/s
"""

import json
import socket

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin
from ansible.plugins.loader import connection_loader


class InventoryModule(BaseInventoryPlugin):
    """Asks once and fills the inventory. What it sets is data: Ansible evaluates no template in it."""

    NAME = "opsconductor.core.slice"

    def verify_file(self, path):
        """Only the file a supervisor writes."""
        return super().verify_file(path) and path.endswith("slice.yml")

    def parse(self, inventory, loader, path, cache=True):
        """Fill the inventory."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        data = self._ask(self.get_option("socket"))
        for group, body in data.items():
            if group == "_meta":
                continue
            group = self.inventory.add_group(group)
            for host in body.get("hosts", ()):
                self.inventory.add_host(host, group=group)
        for host, variables in data["_meta"]["hostvars"].items():
            self.inventory.add_host(host)
            for name, value in variables.items():
                self.inventory.set_variable(host, name, value)
        self._warm(data["_meta"]["hostvars"].values())

    def _warm(self, hostvars):
        """Load the connection plugins here, once: every task on every target runs in a fork of this process, which
        would otherwise import them, and the libraries behind them, for itself."""
        for name in {variables.get("ansible_connection", "ssh") for variables in hostvars}:
            connection_loader.get(name, class_only=True)

    def _ask(self, path):
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.connect(path)
                connection.sendall(b'{"ask": "inventory"}\n')
                with connection.makefile("rb") as lines:
                    return json.loads(lines.readline())["inventory"]
        except (OSError, ValueError, KeyError) as error:
            raise AnsibleParserError(f"the supervisor of this slice did not give its inventory: {error}") from error
