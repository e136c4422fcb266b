# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a command over a telnet connection; see the module of the same name for its documentation."""

from __future__ import annotations

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

CONNECTION = "opsconductor.core.telnet"


class ActionModule(ActionBase):
    """Nothing of it runs on the other side but the command itself."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp=None, task_vars=None):
        """The result has `stdout`, `stdout_lines` and, where the device has one, `rc`."""
        result = super().run(tmp, task_vars)
        _, given = self.validate_argument_spec(
            argument_spec={
                "argv": {"type": "list", "elements": "str", "required": True},
                "shell_only": {"type": "bool", "default": False},
            }
        )
        if self._connection.transport != CONNECTION:
            raise AnsibleActionFail(f"telnet_command needs the connection {CONNECTION}.")
        if self._task.check_mode:
            return result | {"skipped": True, "msg": "The command would have been run."}
        ended = self._connection.run(given["argv"], shell_only=given["shell_only"])
        output = ended.output.decode("utf-8", "backslashreplace")
        result |= {"changed": True, "cmd": given["argv"], "stdout": output, "stdout_lines": output.splitlines()}
        if ended.code is not None:
            result["rc"] = ended.code
        if ended.code:
            result |= {"failed": True, "msg": "non-zero return code"}
        elif ended.fault:
            result |= {"failed": True, "msg": f"The device did not take the command: {ended.fault}"}
        return result
