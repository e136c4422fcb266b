# SPDX-License-Identifier: Apache-2.0
"""Logs in to targets with a real Ansible run over the same inventory, plugin and environment that a job uses."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from opsconductor.domain.interpreters import interpreter_of
from opsconductor.domain.inventory import BoundTarget
from opsconductor.errors import Broken
from opsconductor.execution.environment import allowed, shipped_collections
from opsconductor.execution.parts import Access
from opsconductor.execution.slice_socket import SliceSocket
from opsconductor.private_folder import runtime_folder
from opsconductor.services.found_systems import system_of
from opsconductor.settings import Settings

#: Seconds for one target; targets are tried `forks` at a time.
_TASK_SECONDS = 30
_RUN_SECONDS = 180
#: The few facts that tell the operating system and its version.
_FACTS = {"gather_subset": ["!all", "!min", "distribution"]}
#: By platform: the login, the look at the system, and who become makes us.
_TASKS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "opsc_linux": (
        {"ansible.builtin.ping": {}},
        {"ansible.builtin.setup": _FACTS},
        {"ansible.builtin.command": {"argv": ["id", "-un"]}},
    ),
    "opsc_windows": (
        {"ansible.windows.win_ping": {}},
        {"ansible.windows.setup": _FACTS},
        {"ansible.windows.win_command": {"argv": ["whoami.exe"]}},
    ),
}


@dataclass(frozen=True)
class Tried:
    """What one target answered."""

    login: str | None  #: None: it worked; else what was said
    become: str | None = None
    user: str | None = None  #: who become made us
    system: str | None = None  #: like "Debian 12", where it was asked for and told
    interpreter: str | None = None  #: where Python was found, on Linux


class LoginTrial:
    """Tries logins; nothing is changed on a target."""

    def __init__(self, settings: Settings, access: Access) -> None:
        self.settings = settings
        self.access = access

    def run(self, targets: Sequence[BoundTarget], unknown: Collection[str] = ()) -> dict[str, Tried]:
        """Target name → what it answered; those named in `unknown` are also asked what system they run.

        Raises what opening credentials raises, Broken when Ansible cannot run.
        """
        if not targets:
            return {}
        with self._folder() as folder, self.access.open(targets, folder / "access") as opened:
            inventory = _become_by_task(opened.inventory)
            asked = [host for host, name in opened.names.items() if name in unknown]
            (folder / "check.yml").write_text(json.dumps(_plays(asked)), encoding="utf-8")
            (folder / "ansible.cfg").write_text("[defaults]\n", encoding="utf-8")  # nobody else's is read
            source = folder / "slice.yml"
            lines = f"plugin: opsconductor.core.slice\nsocket: {json.dumps(str(folder / 's'))}\n"
            source.write_text(lines, encoding="utf-8")
            with SliceSocket(folder / "s", {"inventory": lambda _: {"inventory": inventory}}):
                told = self._ansible(folder)
            answers = _answers(told)
            return {name: answers.get(host, _SILENT) for host, name in opened.names.items()}

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        base = runtime_folder(self.settings, "checks")
        folder = Path(tempfile.mkdtemp(dir=base))  # 0700
        try:
            for name in ("access", "tmp"):
                (folder / name).mkdir(mode=0o700)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _ansible(self, folder: Path) -> dict[str, Any]:
        command = ["ansible-playbook", "-i", str(folder / "slice.yml"), "--forks", str(self.settings.forks)]
        environment = allowed(os.environ) | _settings(folder)
        try:
            done = subprocess.run(
                [*command, str(folder / "check.yml")],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                env=environment,
                cwd=folder,
                timeout=_RUN_SECONDS,
                start_new_session=True,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise Broken(
                f"The check did not end within {_RUN_SECONDS} seconds.", remedy="Check fewer machines at a time."
            ) from error
        start = done.stdout.find("{")
        try:
            told: dict[str, Any] = json.loads(done.stdout[start:]) if start >= 0 else {}
        except ValueError:
            told = {}
        if "plays" not in told:
            reason = (done.stderr or done.stdout).strip()[-400:] or f"exit status {done.returncode}"
            raise Broken(
                f"Ansible could not run: {reason}",
                remedy="Run `ansible-playbook --version` as the same user; if that fails, install OpsConductor again.",
            )
        return told


_SILENT = Tried(login="Ansible gave no answer for this machine")


def _settings(folder: Path) -> dict[str, str]:
    return {
        "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
        "ANSIBLE_HOME": str(folder / "tmp"),
        "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
        "ANSIBLE_COLLECTIONS_PATH": str(shipped_collections()),
        "ANSIBLE_INVENTORY_ENABLED": "opsconductor.core.slice",
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        "ANSIBLE_HOST_KEY_CHECKING": "True",
        "ANSIBLE_PIPELINING": "True",
        # No master connection stays behind, and every task logs in anew.
        "ANSIBLE_SSH_ARGS": "-C -o ControlMaster=no -o ControlPath=none",
        "ANSIBLE_TIMEOUT": "10",
        "ANSIBLE_PYTHON_INTERPRETER": "auto_silent",
        "ANSIBLE_DEPRECATION_WARNINGS": "False",
        "ANSIBLE_LOCALHOST_WARNING": "False",
        "ANSIBLE_NOCOLOR": "True",
    }


def _plays(asked: list[str]) -> list[dict[str, Any]]:
    plays = []
    for group, (login, system, become) in _TASKS.items():
        tasks = [
            {"name": "login", **login, "timeout": _TASK_SECONDS},
            {
                "name": "system",
                **system,
                "when": "inventory_hostname in opsc_asked",
                "ignore_errors": True,  # who may log in may still be told nothing: that is no fault of the login
                "ignore_unreachable": True,
                "timeout": _TASK_SECONDS,
            },
            {
                "name": "become",
                **become,
                "become": True,
                "when": "opsc_become is defined",
                "changed_when": False,
                "timeout": _TASK_SECONDS,
            },
        ]
        about = {"name": group, "hosts": group, "gather_facts": False, "vars": {"opsc_asked": asked}}
        plays.append({**about, "tasks": tasks})
    return plays


def _become_by_task(inventory: Mapping[str, Any]) -> dict[str, Any]:
    """The inventory with `ansible_become` taken out, which would win over the login task's own user."""
    hostvars = {}
    for host, variables in inventory["_meta"]["hostvars"].items():
        kept = dict(variables)
        if kept.pop("ansible_become", False):
            kept["opsc_become"] = True
        hostvars[host] = kept
    return {**inventory, "_meta": {"hostvars": hostvars}}


def _answers(told: Mapping[str, Any]) -> dict[str, Tried]:
    answers: dict[str, Tried] = {}
    for play in told["plays"]:
        for task in play["tasks"]:
            for host, result in task["hosts"].items():
                fault = _fault(result)
                if task["task"]["name"] == "login":
                    path = interpreter_of(result.get("ansible_facts")) if fault is None else None
                    answers[host] = Tried(login=fault, interpreter=path)
                elif task["task"]["name"] == "system":
                    if fault is None:
                        system = system_of(result.get("ansible_facts") or {})
                        answers[host] = replace(answers.get(host, _SILENT), system=system)
                elif not result.get("skipped"):
                    before = answers.get(host, _SILENT)
                    user = str(result.get("stdout", "")).strip() or None
                    answers[host] = replace(before, become=fault, user=None if fault else user)
    return answers


def _fault(result: Mapping[str, Any]) -> str | None:
    """What Ansible said of a failure, all parts of it; None for a good result."""
    if not result.get("failed") and not result.get("unreachable"):
        return None
    parts = [
        str(result[key]) for key in ("msg", "module_stderr", "stderr", "module_stdout", "reason") if result.get(key)
    ]
    return "\n".join(parts) or "it failed without a reason"
