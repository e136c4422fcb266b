# SPDX-License-Identifier: GPL-3.0-or-later
"""This machine as a target whose time is limited: ansible.builtin.local, until the target is cut off."""

from __future__ import annotations

DOCUMENTATION = """
name: local
short_description: Runs on this machine until the target is cut off
description:
  - Does what P(ansible.builtin.local#connection) does. Once the file named by O(cut_off) is there, the target is
    unreachable, so that nothing more of the play begins on it; what runs then is ended by whoever made the file.
author: The OpsConductor maintainers
options:
  cut_off:
    description: File that is there once the target is cut off.
    type: path
    required: true
    vars:
      - name: opsc_cut_off
  become_success_timeout:
    description: Seconds to wait for become to succeed.
    type: int
    default: 10
    vars:
      - name: ansible_local_become_success_timeout
  become_strip_preamble:
    description: Leave out what become prints before the command.
    type: bool
    default: true
    vars:
      - name: ansible_local_become_strip_preamble
extends_documentation_fragment:
  - connection_pipelining
"""

from pathlib import Path

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection.local import Connection as Local


class Connection(Local):
    """This machine, as one target of several."""

    def exec_command(self, *args, **kwargs):
        """Run a command; a connection failure when the target is cut off before or meanwhile."""
        self._require()
        done = super().exec_command(*args, **kwargs)
        self._require()
        return done

    def put_file(self, *args, **kwargs):
        """Copy a file."""
        self._require()
        return super().put_file(*args, **kwargs)

    def fetch_file(self, *args, **kwargs):
        """Copy a file."""
        self._require()
        return super().fetch_file(*args, **kwargs)

    def _require(self):
        if Path(self.get_option("cut_off")).exists():
            raise AnsibleConnectionFailure("The target is cut off: its tasks took too long.")
