# SPDX-License-Identifier: Apache-2.0
"""Where the Python of a machine is, from what Ansible found out about it. Pure."""

import re
from collections.abc import Mapping

#: The host variable that tells Ansible, which then looks for none.
VARIABLE = "ansible_python_interpreter"
_PATH = re.compile(r"/[A-Za-z0-9._+/-]{1,250}")
_MISSING = re.compile(r"not found|No such file")


def interpreter_of(facts: object) -> str | None:
    """The path that Ansible discovered, of a task that went well; None where it did not look, or tells no path."""
    found = facts.get("discovered_interpreter_python") if isinstance(facts, Mapping) else None
    return found if isinstance(found, str) and _PATH.fullmatch(found) else None


def is_missing(path: str, said: str) -> bool:
    """Whether a failure tells that there is no Python at this path."""
    return path in said and _MISSING.search(said) is not None
