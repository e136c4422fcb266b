# SPDX-License-Identifier: Apache-2.0
"""How Ansible is started for one slice: by the warm process of its settings, where there is one."""

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from opsconductor.execution.environment import allowed
from opsconductor.execution.slice_folder import SliceFolder
from opsconductor.execution.warm_profile import Profile, fits, socket_of
from opsconductor.logging import get_logger
from opsconductor.settings import Settings

_log = get_logger(__name__)
_LAUNCHER = Path(__file__).with_name("launcher.py")
#: The launcher's name: ansible-runner starts the first of this name in the run's PATH.
_PROGRAM = "ansible-playbook"


class Start:
    """Lays our ansible-playbook into the run's PATH, and says afterwards what came of it."""

    def __init__(self, settings: Settings, folder: SliceFolder) -> None:
        self.settings = settings
        self.folder = folder
        self._cold: str | None = None

    def prepare(self, environment: Mapping[str, str]) -> dict[str, str]:
        """The environment for ansible-runner. Whatever speaks against a warm start, the run starts cold."""
        try:
            return self._prepared(environment)
        except Exception as error:  # such as a package that is being replaced just now
            _log.exception("a warm start could not be prepared", folder=str(self.folder.disk))
            self._cold = f"it could not be prepared: {type(error).__name__}: {error}"
            return dict(environment)

    def _prepared(self, environment: Mapping[str, str]) -> dict[str, str]:
        found = dict(environment)
        path = allowed(os.environ)["PATH"]
        if not self.settings.warm_start:
            self._cold = "switched off"
            return found
        real = shutil.which(_PROGRAM, path=path)
        socket = socket_of(self._profile(found).folder(self.settings.runtime))
        if real is None or not fits(socket):
            self._cold = "no ansible-playbook in PATH" if real is None else f"the path {socket} is too long"
            return found
        programs = self.folder.programs
        programs.mkdir(mode=0o700, exist_ok=True)
        launcher = programs / _PROGRAM
        told = (sys.executable, "-I", "-S", _LAUNCHER, socket, real, self.folder.note, programs)
        launcher.write_text(f'#!/bin/sh\nexec {shlex.join(map(str, told))} "$@"\n', encoding="utf-8")
        launcher.chmod(0o700)
        if not os.access(launcher, os.X_OK):
            self._cold = f"no program can be started from {programs}"
            return found
        return found | {"PATH": f"{programs}{os.pathsep}{path}"}

    def how(self) -> str:
        """`warm`, or `cold: ` and why; `unknown: ` and why when the launcher could not tell."""
        if self._cold is None:
            told = noted(self.folder)
            if told is None:
                return "unknown: the launcher has left no note"
            if told == "warm":
                return told
            self._cold = told.removeprefix("cold: ")
        _log.info("Ansible was started cold", reason=self._cold, folder=str(self.folder.disk))
        return f"cold: {self._cold}"

    def _profile(self, environment: Mapping[str, str]) -> Profile:
        configuration = (self.folder.project / "ansible.cfg").read_text(encoding="utf-8")
        return Profile({**os.environ, **environment}, configuration)


def noted(folder: SliceFolder) -> str | None:
    """What the slice's launcher has noted: `warm`, or `cold: ` and why; None when there is no note."""
    try:
        return folder.note.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
