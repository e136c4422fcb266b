# SPDX-License-Identifier: Apache-2.0
"""Which host variables of an import may reach Ansible.

Some `ansible_*` variables name programs to start or options to pass on the machine that runs the job, or switch checks
off: an imported inventory must not bring those in. What is listed here concerns the target only.
"""

import re
from collections.abc import Mapping
from typing import Any

_ALLOWED_ANSIBLE = re.compile(
    r"ansible_([a-z0-9]+_interpreter|shell_type|remote_tmp|async_dir|timeout|ssh_timeout|pipelining|ssh_pipelining"
    r"|ssh_transfer_method|winrm_(operation|read)_timeout_sec|winrm_path|winrm_service"
    r"|winrm_kerberos_(delegation|hostname_override)|psrp_(path|read_timeout|operation_timeout|connection_timeout"
    r"|configuration_name|negotiate_(service|delegate|hostname_override)))"
)
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: Magic variables, which Ansible sets itself.
_MAGIC = frozenset(
    [
        "hostvars",
        "groups",
        "group_names",
        "inventory_hostname",
        "inventory_hostname_short",
        "inventory_dir",
        "inventory_file",
        "omit",
        "play_hosts",
        "playbook_dir",
        "role_name",
        "role_names",
        "role_path",
        "environment",
        "vars",
        "become",
        "connection",
        "port",
        "serial",
    ]
)


def is_kept(name: str) -> bool:
    """Whether a variable of this name is handed on to Ansible."""
    if not _IDENTIFIER.fullmatch(name) or name in _MAGIC or name.startswith("opsc_"):
        return False
    return not name.startswith("ansible_") or _ALLOWED_ANSIBLE.fullmatch(name) is not None


def kept_variables(variables: Mapping[str, str]) -> dict[str, Any]:
    """The variables that are handed on, sorted by name."""
    return {name: variables[name] for name in sorted(variables) if is_kept(name)}
