# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = """
module: telnet_command
short_description: Runs a command over a telnet connection
description:
  - Runs one command on a device that speaks only telnet, over the connection P(opsconductor.core.telnet#connection).
  - On a Unix shell every argument reaches the program as it is, and the output is kept whole, standard error within it.
  - On any other device the words are given to its command line, pages are turned, and there is no exit code.
    Words that its command line could read as its own are refused.
author: The OpsConductor maintainers
options:
  argv:
    description: The program and its arguments. With an empty list it only logs in.
    type: list
    elements: str
    required: true
  shell_only:
    description: Fail on a device that has no Unix shell.
    type: bool
    default: false
attributes:
  check_mode:
    support: none
    description: Nothing is run.
notes:
  - User and password cross the network in clear.
"""

EXAMPLES = """
- name: Show the version
  opsconductor.core.telnet_command:
    argv: [show, version]
"""

RETURN = """
stdout:
  description: What was printed.
  returned: when it ran
  type: str
stdout_lines:
  description: The same by lines.
  returned: when it ran
  type: list
rc:
  description: The exit code.
  returned: where the device has a Unix shell
  type: int
"""
