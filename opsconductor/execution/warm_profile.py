# SPDX-License-Identifier: Apache-2.0
"""What a warm process and the slices it serves must have in common. Standard library only: the warm process uses it."""

import hashlib
import json
import sys
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from opsconductor.execution.confinement import confinement

#: What differs from slice to slice: the warm process takes it over for each.
PER_SLICE = frozenset(
    {
        "ANSIBLE_CONFIG",  # the path; the content must be the same, see `plain_text`
        "ANSIBLE_HOME",
        "ANSIBLE_LOCAL_TEMP",
        "ANSIBLE_SSH_CONTROL_PATH_DIR",
        "OPSCONDUCTOR_SLICE",
        "OPSCONDUCTOR_SOCKET",
        "PATH",
    }
)
#: What ansible-runner adds → the value it must have; None: taken over for each slice.
RUNNER = {
    "ANSIBLE_CALLBACK_PLUGINS": None,
    "ANSIBLE_RETRY_FILES_ENABLED": "False",
    "ANSIBLE_STDOUT_CALLBACK": "awx_display",
    "AWX_ISOLATED_DATA_DIR": None,
    "RUNNER_OMIT_EVENTS": "False",
    "RUNNER_ONLY_FAILED_EVENTS": "False",
}
#: Packages that a warm process has imported something of.
_NEEDED = ("ansible-core", "ansible-runner", "opsconductor", "Jinja2", "PyYAML", "cryptography")
_OPTIONAL = ("ansible", "mitogen", "pywinrm", "pypsrp")
#: Longest path of a Unix socket.
_LONGEST = 107


class Profile:
    """One set of settings that Ansible reads while it is imported, and what this process may do: a fork inherits it."""

    def __init__(self, environment: Mapping[str, str], configuration: str) -> None:
        """`environment`: all that Ansible would get for a slice; `configuration`: the text of its ansible.cfg."""
        self.environment = {name: value for name, value in environment.items() if name not in PER_SLICE}
        self.configuration = plain_text(configuration)
        told = [self.environment, self.configuration, sys.executable, installed(), confinement()]
        self.name = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]

    def folder(self, runtime: Path) -> Path:
        """Where the warm process of this profile keeps its socket and what it says of itself."""
        return runtime / "w" / self.name

    def refusal(self, environment: Mapping[str, str], configuration: str) -> str | None:
        """Why a slice with this environment and ansible.cfg cannot be served; None when it can."""
        if plain_text(configuration) != self.configuration:
            return "its ansible.cfg differs"
        wanted = self.environment | {name: value for name, value in RUNNER.items() if value is not None}
        for name in sorted({*wanted, *environment} - PER_SLICE):
            if name in RUNNER and RUNNER[name] is None:
                continue
            if environment.get(name) != wanted.get(name):
                return f"{name} differs"
        return None


def plain_text(configuration: str) -> str:
    """An ansible.cfg without remarks, and without the line that is another one in every plan and overridden anyway."""
    lines = (line.strip() for line in configuration.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith(("#", ";", "control_path_dir")))


def socket_of(folder: Path) -> Path:
    """The socket of the warm process in this folder."""
    return folder / "s"


def fits(path: Path) -> bool:
    """Whether a socket can have this path."""
    return len(str(path).encode()) <= _LONGEST


def installed() -> list[str]:
    """What is installed now: a warm process does not outlive an upgrade.

    Read again as soon as a folder of packages has changed. Raises PackageNotFoundError while it is being replaced.
    """
    spec = find_spec("ansible")
    origin = Path(spec.origin) if spec and spec.origin else None
    stamp = str(_changed(origin.with_name("release.py"))) if origin else ""
    return [*_versions(tuple(_changed(Path(folder)) for folder in sys.path)), stamp]


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:  # in a zip file, or being replaced
        return 0


@lru_cache(maxsize=1)
def _versions(_folders: tuple[int, ...]) -> tuple[str, ...]:
    """Costs milliseconds, and each start of a slice asks."""
    return (*(version(name) for name in _NEEDED), *map(_version, _OPTIONAL))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
