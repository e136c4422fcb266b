# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's linear strategy over mitogen: targets reached over SSH keep one Python for all their tasks.

Loaded by Ansible as a plugin, warm or cold, and imported by nothing. The private names of mitogen it touches are here
and in `multiplexer.py`, `hot_contexts.py` and `task_mark.py`; the version is pinned, and tests compare results with the
plain profile.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ansible_mitogen.affinity
import ansible_mitogen.connection
import ansible_mitogen.loaders
import ansible_mitogen.mixins
import ansible_mitogen.strategy
import mitogen.unix
from ansible._internal._errors._task_timeout import TaskTimeoutError

from opsconductor.warm import task_mark

#: What runs on this machine itself stays Ansible's own: it is found, and ended, below the slice.
ansible_mitogen.strategy.REDIRECTED_CONNECTION_PLUGINS = ("ssh",)
#: The kernel places processes better than a fixed plan made for one run at a time.
ansible_mitogen.affinity.policy = ansible_mitogen.affinity.Policy()

_Base: Any = ansible_mitogen.loaders.strategy_loader.get("linear", class_only=True)


class StrategyModule(ansible_mitogen.strategy.StrategyMixin, _Base):  # type: ignore[misc]
    """The strategy."""


def _for_slice(method: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """A step of the way to a target, with the slice that goes it: a multiplexer serves many."""

    @functools.wraps(method)
    def described(spec: Any) -> dict[str, Any]:
        socket = os.environ.get("OPSCONDUCTOR_SOCKET", "")
        found = method(spec)
        found["slice"] = {"id": os.environ.get("OPSCONDUCTOR_SLICE", ""), "folder": str(Path(socket).parent)}
        return found

    described.for_slice = True  # type: ignore[attr-defined]
    return described


def _cut_off(run: Callable[..., Any]) -> Callable[..., Any]:
    """A task whose time is up leaves its command running there, and the next one would wait behind it."""

    @functools.wraps(run)
    def bounded(self: Any, tmp: Any = None, task_vars: Any = None) -> Any:
        try:
            return run(self, tmp, task_vars)
        except TaskTimeoutError:
            self._connection.reset()
            raise

    return bounded


def _install() -> None:
    """Once in a process, however often the plugin is loaded."""
    methods = ansible_mitogen.connection.CONNECTION_METHOD
    if getattr(methods["ssh"], "for_slice", False):
        return
    for name in ("ssh", "sudo", "su"):
        methods[name] = _for_slice(methods[name])
    task_mark.install()
    ansible_mitogen.mixins.ActionModuleMixin.run = _cut_off(ansible_mitogen.mixins.ActionModuleMixin.run)
    if socket := os.environ.get("OPSCONDUCTOR_SOCKET"):
        # A multiplexer of one cold run has its socket where everything of the slice is, and not in /tmp.
        mitogen.unix.make_socket_path = lambda: str(Path(socket).with_name("m"))


_install()
