# SPDX-License-Identifier: Apache-2.0
"""All of Ansible's constants in a fork of the warm process are those of a fresh start."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from opsconductor.execution.environment import allowed, ansible_environment, warm_environment
from opsconductor.execution.processes import PLACEHOLDER
from opsconductor.execution.slice_folder import SliceFolder
from opsconductor.execution.warm_profile import RUNNER, socket_of
from opsconductor.settings import Settings

_TELL = """
from ansible import constants
told = {name: repr(value) for name, value in vars(constants).items() if name.isupper()}
print("\\n" + json.dumps(told))
"""
COLD = "import json" + _TELL
WARM = (
    """
import json, os, sys
from pathlib import Path
from opsconductor.warm.ansible_state import AnsibleState
state = AnsibleState()
state.warm_up(Path(sys.argv[1]))
os.environ.clear()
os.environ.update(json.loads(sys.argv[2]))
state._settings_of_slice()
"""
    + _TELL
)
CONFIGURATION = "[defaults]\ntimeout = 31\nroles_path = roles\n"


def _constants(script: str, environment: dict[str, str], *arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-P", "-c", script, *arguments]
    environment = environment | {"PYTHONHASHSEED": "0"}  # sets are told in their order
    told = subprocess.run(command, env=environment, cwd="/", check=True, capture_output=True, text=True).stdout
    found: dict[str, Any] = json.loads(told.splitlines()[-1])
    # The temporary folder's name has a process's id and is random.
    return {name: re.sub(r"ansible-local-\w+", "ansible-local", value) for name, value in found.items()}


def test_constants_are_those_of_a_fresh_start(tmp_path: Path, runtime: Path) -> None:
    own = runtime / "own"
    own.mkdir()
    (own / "ansible.cfg").write_text(CONFIGURATION, encoding="utf-8")
    folder = SliceFolder(Settings(home=tmp_path), "job", "slice")
    folder.make()
    folder.project.mkdir(parents=True)
    (folder.project / "ansible.cfg").write_text(CONFIGURATION, encoding="utf-8")
    runner = {name: value or str(folder.artifacts) for name, value in RUNNER.items()}
    environment = allowed(os.environ) | ansible_environment(folder, "slice") | runner
    cold = _constants(COLD, environment)
    started = warm_environment(own, own / "ansible.cfg", PLACEHOLDER)
    warm = _constants(WARM, started, str(own), json.dumps(environment))
    assert "CONFIG_FILE" in cold
    names = sorted({*warm, *cold})
    assert [(n, warm.get(n), cold.get(n)) for n in names if warm.get(n) != cold.get(n)] == []


def test_a_process_with_threads_serves_nobody(runtime: Path) -> None:
    own = runtime / "own"
    own.mkdir()
    (own / "ansible.cfg").write_text(CONFIGURATION, encoding="utf-8")
    start = "import runpy, tests.fixtures.leaves_thread; runpy.run_module('opsconductor.warm', run_name='__main__')"
    command = [sys.executable, "-P", "-c", start, str(runtime), str(own), "9", "9", "9"]
    environment = warm_environment(own, own / "ansible.cfg", PLACEHOLDER)
    told = subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, timeout=90, check=False)
    assert told.returncode == 1
    assert "Ansible has left threads behind" in told.stderr
    assert "left behind" in told.stderr.splitlines()[-1]
    assert "ready" not in told.stdout
    assert not socket_of(runtime).exists()
