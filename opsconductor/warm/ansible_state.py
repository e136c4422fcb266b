# SPDX-License-Identifier: GPL-3.0-or-later
"""Every private name of Ansible that the warm process touches, each with why; a test compares the result with a cold
start's. Importing this module imports Ansible, with the settings of this process's environment.
"""

import ast
import atexit
import contextlib
import gc
import json
import multiprocessing
import os
import secrets
import signal
import sys
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from types import CodeType, SimpleNamespace
from typing import Any, ClassVar

import ansible.context
import ansible.plugins.loader as loaders
import ansible.utils.context_objects as context_objects
import ansible.utils.vars as task_variables
from ansible import constants
from ansible.cli.playbook import PlaybookCLI
from ansible.config import manager
from ansible.parsing.vault import VaultSecretsContext
from ansible.utils import display as displaying
from ansible.utils.collection_loader import AnsibleCollectionConfig
from ansible.utils.collection_loader._collection_finder import _AnsibleCollectionFinder
from ansible.utils.display import Display
from jinja2.nativetypes import NativeEnvironment

try:
    from ansible._internal import _rpc_host as workers_calls
except ImportError:  # ansible-core 2.20 and older: workers call nobody
    workers_calls = None

from opsconductor.execution.warm_profile import PER_SLICE, RUNNER

#: Loaded once, because every task on every target runs in a fork that would load them for itself.
_ACTIONS = (
    *("normal", "command", "shell", "raw", "copy", "template", "fetch", "assert", "fail", "debug", "set_fact"),
    *("include_tasks", "pause", "wait_for_connection", "reboot", "script", "service", "package"),
)
_WARM_UP = """\
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.set_fact: {told: "{{ inventory_hostname | upper }}"}
    - ansible.builtin.command: {argv: ["true"]}
      when: told is defined
      changed_when: false
"""


class _Defaults(NativeEnvironment):
    """Of the templates that are defaults of settings: each is compiled once."""

    _compiled: ClassVar[dict[str, CodeType]] = {}

    def compile(self, source: str) -> CodeType:  # type: ignore[override]
        """The code of the template."""
        if source not in self._compiled:
            self._compiled[source] = super().compile(source)
        return self._compiled[source]


class WarmUpFailed(Exception):
    """The playbook that warms up did not succeed."""


class AnsibleState:
    """Ansible in this process: warmed up once; in a fork, made what a fresh start would be, and run."""

    def __init__(self) -> None:
        #: Settings that may come out otherwise for a slice, in Ansible's own order.
        self._settings = [
            name
            for name, entry in constants.config.get_configuration_definitions().items()
            if _differs(entry, PER_SLICE | {name for name, value in RUNNER.items() if value is None})
        ]
        #: Loader of plugins → the setting with its folders.
        self._folders = [
            (loader, name)
            for loader in vars(loaders).values()
            if isinstance(loader, loaders.PluginLoader)
            for name in self._settings
            if loader.config and loader.config is getattr(constants, name)
        ]

    def warm_up(self, folder: Path) -> None:
        """Run a small playbook, so that all is imported and cached, and leave no trace of it. Raises WarmUpFailed."""
        (folder / "warm.yml").write_text(_WARM_UP, encoding="utf-8")
        local = f"ansible_connection=local ansible_python_interpreter={json.dumps(sys.executable)}"
        (folder / "hosts").write_text(f"one {local}\ntwo {local}\n", encoding="utf-8")
        # ansible-runner's own callback patches Ansible while it is imported, with what belongs to one run.
        constants.DEFAULT_STDOUT_CALLBACK = "default"
        with _by_itself():
            status = _run(["ansible-playbook", "-i", str(folder / "hosts"), "-f", "2", str(folder / "warm.yml")])
        if status:
            raise WarmUpFailed(f"the playbook that warms up ended with {status}")
        for name in _ACTIONS:
            loaders.action_loader.get(name, class_only=True)
        constants.DEFAULT_STDOUT_CALLBACK = "awx_display"
        if found := [name for name in _collections() if ".plugins." in name]:
            # Its loader would take it for loaded in a run that has to load it from its own folders.
            raise WarmUpFailed(f"the playbook that warms up has loaded plugins of collections: {found}")
        self._read_once()
        _forget()
        # The temporary folder of this process is not the forks' to remove.
        atexit.unregister(manager.cleanup_tmp_file)
        multiprocessing.active_children()  # takes along the workers that have ended
        gc.collect()
        gc.freeze()

    def _read_once(self) -> None:
        """What depends on nothing of a slice, and every run would read and put together for itself."""
        manager.NativeEnvironment = _Defaults
        for name in self._settings:
            constants.config.get_config_value(name, variables=vars(constants))
        # As Ansible does before the first play; by now mitogen's folders are there, too, in its profile.
        for loader in (loaders.connection_loader, loaders.shell_loader, loaders.become_loader):
            list(loader.all(class_only=True))
        for loader, name, path in _own_plugins():
            # Their options without the module: each run imports that for itself, and ansible-runner's patches Ansible.
            loader._load_config_defs(name, SimpleNamespace(DOCUMENTATION=_documentation(path)), str(path))
        # It would also look through the stack for somebody to blame, only to find that such remarks are switched off.
        strategies = loaders.strategy_loader
        strategies.get = lambda *told, **more: strategies.get_with_context(*told, **more).object

    def run(self, command: list[str]) -> int:
        """In a fork, with folder, environment and standard streams of the slice: run the command; its exit status."""
        sys.argv = list(command)
        _fresh_streams()
        # Both are decided while Ansible is imported, and ids of tasks are ids of events.
        task_variables.random_int = f"{secrets.randbelow(2**32):08x}"
        task_variables.cur_id = 0
        self._settings_of_slice()
        _forget()
        return _run(command)

    def _settings_of_slice(self) -> None:
        """Settings as importing Ansible with this environment would find them."""
        config = constants.config
        config._config_file = os.environ.get("ANSIBLE_CONFIG")
        config._parse_config_file(config._config_file)
        constants.set_constant("CONFIG_FILE", config._config_file)
        for name in self._settings:
            value = config.get_config_value(name, variables=vars(constants))
            constants.set_constant(name, value)
        for loader, name in self._folders:
            loader.config = getattr(constants, name)
            loader._paths = None


def _own_plugins() -> Iterator[tuple[Any, str, Path]]:
    """Plugins of every run that Ansible does not ship: loader, name, file."""
    runner = find_spec("ansible_runner")
    if runner is not None and runner.origin is not None:
        shown = Path(runner.origin).with_name("display_callback") / "callback" / "awx_display.py"
        yield loaders.callback_loader, "awx_display", shown
    ours = Path(os.environ["ANSIBLE_COLLECTIONS_PATH"]) / "ansible_collections" / "opsconductor" / "core" / "plugins"
    yield loaders.callback_loader, "opsconductor.core.gate", ours / "callback" / "gate.py"
    yield loaders.inventory_loader, "opsconductor.core.slice", ours / "inventory" / "slice.py"


def _documentation(path: Path) -> str:
    """The text that a plugin calls DOCUMENTATION; empty when there is none."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="DOCUMENTATION")], value=ast.Constant(value=str(text))):
                return text
    return ""


def _differs(entry: dict[str, Any], names: Iterable[str]) -> bool:
    """Whether a setting depends on one of these variables, on ANSIBLE_HOME, or on where ansible.cfg is."""
    own = {env.get("name") for env in entry.get("env") or ()}
    relative = entry.get("type") in ("path", "pathlist", "pathspec", "tmp", "tmppath") and bool(entry.get("ini"))
    return bool(own & set(names)) or relative or "ANSIBLE_HOME" in str(entry.get("default"))


def _run(command: list[str]) -> int:
    """As the program does; its exit status."""
    try:
        PlaybookCLI.cli_executor(command)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def _forget() -> None:
    """Take back what a run leaves in the process: arguments, passwords, collections, what was said once."""
    context_objects.GlobalCLIArgs._Singleton__instance = None
    ansible.context.CLIARGS = context_objects.CLIArgs({})
    VaultSecretsContext._current = None
    # Both keep what they found with the first arguments: ansible_check_mode, ansible_forks, the extra variables.
    for found_once in (task_variables.load_options_vars, task_variables.load_extra_vars):
        vars(found_once).clear()
    _AnsibleCollectionFinder._remove()
    AnsibleCollectionConfig._on_collection_load = type(AnsibleCollectionConfig._on_collection_load)()
    for name in _collections():
        del sys.modules[name]
    shown = Display()
    for said in (shown._warns, shown._errors, shown._deprecations):
        said.clear()


def _collections() -> list[str]:
    """Loaded modules of collections. Ansible's own are no such: they depend on no folder, and reading their list of
    names again takes 90 ms."""
    own = "ansible_collections.ansible.builtin."
    return [
        name for name in sys.modules if name.split(".")[0] == "ansible_collections" and not f"{name}.".startswith(own)
    ]


def _fresh_streams() -> None:
    """Standard streams as they are at a start: new objects, so that no lock of theirs was held at the fork."""
    shown = Display()
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - a descriptor, kept
    sys.stdout = open(  # noqa: SIM115
        1, "w", encoding="utf-8", errors="surrogateescape", buffering=1 if os.isatty(1) else -1, closefd=False
    )
    sys.stderr = open(  # noqa: SIM115
        2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False
    )
    for stream in (sys.stdout, sys.stderr):
        # What Display does when it is made: no thread may hold the stream's lock while a worker is forked.
        displaying._synchronize_textiowrapper(stream, shown._lock)
        stream.reconfigure(errors="_replacing_warning_handler")
    shown._set_column_width()


class _NoServer:
    """In the place of a server that was started."""


@contextlib.contextmanager
def _by_itself() -> Iterator[None]:
    """A slice takes its inventory from its supervisor and asks it at the gate; the playbook that warms up has none.
    Ansible's handlers of signals, and what they hold, go with the run. The server that workers call has threads, which
    a process that forks must not have: no task that warms up calls it, and each run starts its own."""
    if workers_calls is not None:
        workers_calls.LocalManager._shared_instance = _NoServer()
    before = constants.INVENTORY_ENABLED, constants.CALLBACKS_ENABLED
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)}
    constants.INVENTORY_ENABLED, constants.CALLBACKS_ENABLED = ["ini"], []
    yield
    if workers_calls is not None:
        workers_calls.LocalManager._shared_instance = None
    constants.INVENTORY_ENABLED, constants.CALLBACKS_ENABLED = before
    for number, handler in handlers.items():
        signal.signal(number, handler)
