# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the supervisor before the first task of every step whether the step may begin."""

from __future__ import annotations

DOCUMENTATION = """
name: gate
type: aggregate
short_description: Holds a play before each step until its supervisor lets it go on
description:
  - Asks the socket named by C(OPSCONDUCTOR_SOCKET) before the first task of every step, and waits for the answer.
  - Ends the run when the answer is no, or when nobody is there to answer any more.
  - Does nothing when the variable is not set.
author: The OpsConductor maintainers
requirements:
  - must be enabled in the configuration
"""

import json
import os
import socket

from ansible.plugins.callback import CallbackBase
from ansible.utils.display import Display

display = Display()


class CallbackModule(CallbackBase):
    """The gate."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "opsconductor.core.gate"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._step = None
        self._steps = {}
        path = os.environ.get("OPSCONDUCTOR_SOCKET")
        if not path:
            self.disabled = True
            return
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(path)
        self._lines = self._socket.makefile("rb")
        self._steps = self._ask({"ask": "steps"})["steps"]

    def v2_playbook_on_task_start(self, task, is_conditional):
        """Called in Ansible's main process before the task goes to any host."""
        step = self._steps.get(task.get_path().rpartition(":")[2])
        if step is None or step == self._step:
            return
        answer = self._ask({"ask": "gate", "step": step})
        if not answer.get("go"):
            # An exception would only be reported; this one passes through Ansible and ends it.
            raise SystemExit(f"not allowed to begin step {step}: {answer.get('reason')}")
        self._step = step

    def _ask(self, question):
        try:
            self._socket.sendall(json.dumps(question).encode() + b"\n")
            line = self._lines.readline()
        except OSError:
            line = b""
        if not line:
            raise SystemExit("the supervisor of this slice is gone")
        return json.loads(line)
