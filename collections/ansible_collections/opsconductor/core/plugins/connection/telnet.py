# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands over telnet, for devices that speak nothing else."""

from __future__ import annotations

DOCUMENTATION = """
name: telnet
short_description: Runs commands over telnet
description:
  - Logs in by the prompts of the other side, runs one command, and leaves. Works with devices without Python.
  - User and password cross the network in clear. Use it only where there is no other way.
  - Carries no modules and no files; O(opsconductor.core.telnet_command) runs over it, and M(ansible.builtin.raw).
author: The OpsConductor maintainers
requirements:
  - telnetlib3
options:
  host:
    description: Address of the device.
    default: inventory_hostname
    vars:
      - name: inventory_hostname
      - name: ansible_host
  port:
    description: Port of its telnet server.
    type: int
    default: 23
    vars:
      - name: ansible_port
  remote_user:
    description: User to log in as; a device that asks for a password only needs none.
    vars:
      - name: ansible_user
    keyword:
      - name: remote_user
  password:
    description: Password to log in with.
    vars:
      - name: ansible_password
  patience:
    description: Seconds to connect, until the first prompt, and after each answer.
    type: float
    default: 10
    vars:
      - name: ansible_telnet_patience
"""

from ansible.errors import AnsibleAuthenticationFailure, AnsibleConnectionFailure, AnsibleError
from ansible.plugins.connection import ConnectionBase
from ansible_collections.opsconductor.core.plugins.plugin_utils.telnet_session import (
    Login,
    NotLoggedIn,
    NotReached,
    TelnetError,
    run,
    run_line,
)


class Connection(ConnectionBase):
    """A session for each command: Ansible runs every task in a process of its own."""

    transport = "opsconductor.core.telnet"
    has_pipelining = False

    def _connect(self):
        return self

    def run(self, argv, *, shell_only=False):
        """A program with its arguments; see `telnet_session.run`. Raises AnsibleConnectionFailure, AnsibleError."""
        return self._told(run, argv, shell_only=shell_only)

    def exec_command(self, cmd, in_data=None, sudoable=True):
        """A line for a Unix shell, as (exit code, output, nothing): a terminal has one stream."""
        if in_data:
            raise AnsibleError("A telnet connection gives no input to a command, and carries no modules.")
        ended = self._told(run_line, cmd.decode() if isinstance(cmd, bytes) else cmd)
        return ended.code, ended.output, b""

    def put_file(self, in_path, out_path):
        """Refused."""
        raise AnsibleError("A telnet connection carries no files, and so no modules: it runs commands only.")

    def fetch_file(self, in_path, out_path):
        """Refused."""
        raise AnsibleError("A telnet connection carries no files: it runs commands only.")

    def close(self):
        """Every session has ended with its command."""
        self._connected = False

    def _told(self, way, what, **how):
        login = Login(
            host=self.get_option("host"),
            port=self.get_option("port"),
            user=self.get_option("remote_user"),
            password=self.get_option("password") or self._play_context.password or None,
            patience=self.get_option("patience"),
        )
        try:
            return way(login, what, **how)
        except NotReached as error:
            raise AnsibleConnectionFailure(str(error)) from None
        except NotLoggedIn as error:
            raise AnsibleAuthenticationFailure(str(error)) from None
        except TelnetError as error:
            raise AnsibleError(str(error)) from None
