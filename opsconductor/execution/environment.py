# SPDX-License-Identifier: Apache-2.0
"""The environment Ansible runs in: an allow-list and our own settings, never the platform's.

ansible-runner writes the whole environment to disk and hands it to every module that runs on this machine, so
nothing secret may ever be in it.
"""

import os
import sys
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from opsconductor.errors import Broken
from opsconductor.execution.processes import MARK
from opsconductor.execution.profiles import FAST, PLAIN
from opsconductor.execution.slice_folder import SliceFolder

#: Handed down from the process that starts a supervisor.
ALLOWED = (
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LOGNAME",
    "PATH",
    "PYTHONDONTWRITEBYTECODE",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "TZ",
    "USER",
    "XDG_RUNTIME_DIR",
)
#: Characters of the largest result of a task that is kept.
LARGEST_RESULT = 256 * 1024 * 1024
#: What ssh is told but for compression.
UNCOMPRESSED = "-o ControlMaster=auto -o ControlPersist=60s"
#: Names our plugins the socket.
SOCKET = "OPSCONDUCTOR_SOCKET"


def allowed(environment: Mapping[str, str]) -> dict[str, str]:
    """What of an environment may be handed down; programs of our own Python environment come first."""
    kept = {name: environment[name] for name in ALLOWED if name in environment}
    kept["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', os.defpath)}"
    kept.setdefault("LANG", "C.UTF-8")
    return kept


def ansible_environment(folder: SliceFolder, slice_id: str, profile: str = PLAIN) -> dict[str, str]:
    """Settings of one run, on top of `allowed`. They win over the committed ansible.cfg where a slice must differ."""
    return {
        MARK: slice_id,
        SOCKET: str(folder.socket),
        **_places(folder.project / "ansible.cfg", folder.temp, folder.control_paths),
        **_same_for_all(),
        **profile_environment(profile),
    }


def warm_environment(folder: Path, configuration: Path, mark: str, profile: str = PLAIN) -> dict[str, str]:
    """What a warm process is started with: all a slice gets, with files of its own in `folder`."""
    places = _places(configuration, folder, folder / "c")
    return {**allowed(os.environ), MARK: mark, **places, **_same_for_all(), **profile_environment(profile)}


def _places(configuration: Path, temp: Path, control_paths: Path) -> dict[str, str]:
    """What is another one for every slice."""
    return {
        "ANSIBLE_CONFIG": str(configuration),
        "ANSIBLE_HOME": str(temp / "home"),
        "ANSIBLE_LOCAL_TEMP": str(temp),
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(control_paths),
    }


def _same_for_all() -> dict[str, str]:
    return {
        "ANSIBLE_COLLECTIONS_PATH": str(shipped_collections()),
        "ANSIBLE_INVENTORY_ENABLED": "opsconductor.core.slice",
        "ANSIBLE_CALLBACKS_ENABLED": "opsconductor.core.gate",
        # ansible-runner switches this off unless told.
        "ANSIBLE_HOST_KEY_CHECKING": "True",
        "ANSIBLE_PIPELINING": "True",
        # Of two values for one option ssh takes the first, and these come before a host's own: the committed ones
        # would name the known hosts of plain ansible-playbook.
        "ANSIBLE_SSH_ARGS": f"-C {UNCOMPRESSED}",
        # What a program prints is not always UTF-8; a step does not fail over it, nor is the rest of it lost.
        "ANSIBLE_MODULE_STRICT_UTF8_RESPONSE": "False",
        # ansible-runner drops results beyond 700,000 characters, and with them whether anything was changed.
        "MAX_EVENT_RES": str(LARGEST_RESULT),
        "ANSIBLE_NOCOLOR": "True",
        "ANSIBLE_DEPRECATION_WARNINGS": "False",
    }


def profile_environment(profile: str) -> dict[str, str]:
    """What Ansible is told for an execution profile."""
    if profile != FAST:
        return {}
    return {
        "ANSIBLE_STRATEGY": "opsc_fast",
        "ANSIBLE_STRATEGY_PLUGINS": str(Path(__file__).parents[1] / "warm" / "strategy"),
        # Here it holds for the whole beginning of a connection: its login, and what the Python there is sent.
        "ANSIBLE_TIMEOUT": "60",
        "ANSIBLE_SSH_ARGS": f"-C -o ConnectTimeout=30 {UNCOMPRESSED}",
    }


def shipped_collections() -> Path:
    """The folder that holds `ansible_collections`: in the wheel, else at the top of a checkout."""
    packaged = Path(str(resources.files("opsconductor"))) / "_data" / "collections"
    checkout = Path(__file__).resolve().parents[2] / "collections"
    for folder in (packaged, checkout):
        if (folder / "ansible_collections" / "opsconductor").is_dir():
            return folder
    raise Broken("The shipped Ansible collection is missing.", remedy="Install OpsConductor again.")
