# SPDX-License-Identifier: GPL-3.0-or-later
"""Marks what a task of the fast profile starts on its target, so that it is found there once the task is cut off.

No shell on the target has the task's name: one Python runs all tasks of a job. So the mark says which task it was, and
in which session and control group that Python is: what has left either has detached.
"""

import functools
import os
from typing import Any

import ansible_mitogen.mixins
import ansible_mitogen.services
import ansible_mitogen.target
import mitogen.core

from opsconductor.execution.processes import TASK_MARK

_PLACE = "opsc_place"


def install() -> None:
    """In whoever makes connections, and in whoever runs tasks; once in a process."""
    services, mixin = ansible_mitogen.services.ContextService, ansible_mitogen.mixins.ActionModuleMixin
    if "_compute_environment_string" in vars(mixin):
        return
    services._connect = _with_place(services._connect)
    mixin._compute_environment_string = _environment


def _with_place(connect: Any) -> Any:
    """A connection that says with its other news where the Python at its end is."""

    @functools.wraps(connect)
    def connected(self: Any, key: str, spec: Any, via: Any = None) -> Any:
        response = connect(self, key, spec, via=via)
        response["init_child_result"][_PLACE] = _place(response["context"])
        return response

    return connected


def _place(context: Any) -> str:
    asked = context.call_async(os.getsid, 0)
    group = context.call_async(ansible_mitogen.target.read_path, "/proc/self/cgroup")
    session = asked.get().unpickle()
    try:
        return f"{session} {_flat(group.get().unpickle())}"
    except mitogen.core.CallError:  # a kernel without control groups
        return f"{session} "


def _flat(groups: bytes) -> str:
    """On one line, as the script that looks for it has it."""
    return groups.decode("utf-8", "replace").replace("\n", " ")


def _environment(self: Any, raw_environment_out: Any = None) -> Any:
    """Ansible's own, with the mark."""
    mixin = ansible_mitogen.mixins.ActionModuleMixin
    text = super(mixin, self)._compute_environment_string(raw_environment_out)
    self._connection._connect()
    mark = {TASK_MARK: f"{self._task._uuid} {self._connection.init_child_result.get(_PLACE, '')}"}
    if isinstance(raw_environment_out, dict):
        raw_environment_out.update(mark)
    return f"{text} {self._connection._shell.env_prefix(**mark)}".strip()
