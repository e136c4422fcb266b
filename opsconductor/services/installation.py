# SPDX-License-Identifier: Apache-2.0
"""Whether this installation has what it needs."""

import os
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import MAGIC_NUMBER, cache_from_source, find_spec
from pathlib import Path

from opsconductor.db.engine import make_engine
from opsconductor.db.migrate import ensure_current
from opsconductor.domain.base import Frozen
from opsconductor.errors import OpsConductorError
from opsconductor.execution import hot
from opsconductor.execution.profiles import FAST
from opsconductor.execution.warm_state import WarmState, warm_states
from opsconductor.playbooks.catalogue import load_catalogue, template_paths
from opsconductor.settings import Settings

#: Program → what it is for.
_PROGRAMS = {"git": "playbooks are committed with it", "ssh": "Linux machines", "ssh-agent": "SSH keys in jobs"}
_LIBRARIES = ("ansible-core", "ansible-runner", "ansible-lint", "pywinrm", "pypsrp")
#: One module of each library that a cold start reads.
_COMPILED = ("ansible.constants", "ansible_runner.runner", "jinja2.environment", "yaml.loader")
_COLLECTIONS = (
    "ansible.posix",
    "ansible.windows",
    "chocolatey.chocolatey",
    "community.general",
    "community.windows",
)


class Finding(Frozen):
    """One thing that was looked at."""

    name: str
    good: bool
    found: str
    remedy: str = ""


def examine(settings: Settings) -> tuple[Finding, ...]:
    """Everything, one after the other. Changes nothing, but makes a database where there is none."""
    return (
        _home(settings.home),
        _database(settings),
        _templates(settings),
        *(_program(name, use) for name, use in _PROGRAMS.items()),
        *(_library(name) for name in _LIBRARIES),
        *_collections(),
        _compiled(),
        _warm_start(settings),
        _profile(settings),
    )


def _home(home: Path) -> Finding:
    place = home
    while not place.exists() and place != place.parent:
        place = place.parent
    good = os.access(place, os.W_OK | os.X_OK)
    return Finding(
        name="HOME", good=good, found=str(home), remedy="Set OPSCONDUCTOR_HOME to a folder that you can write to."
    )


def _database(settings: Settings) -> Finding:
    try:
        engine = make_engine(settings)
        try:
            ensure_current(engine, settings)
            kind = engine.dialect.name
        finally:
            engine.dispose()
    except OpsConductorError as error:
        return Finding(name="database", good=False, found=error.message, remedy=error.remedy or "")
    return Finding(name="database", good=True, found=f"{kind}, its schema is current")


def _templates(settings: Settings) -> Finding:
    try:
        catalogue = load_catalogue(template_paths(settings.template_path))
    except OpsConductorError as error:
        return Finding(name="templates", good=False, found=error.message, remedy=error.remedy or "")
    return Finding(name="templates", good=True, found=f"{len(catalogue.templates)} templates")


def _program(name: str, use: str) -> Finding:
    path = shutil.which(name)
    return Finding(name=name, good=path is not None, found=path or "not found", remedy=f"Install it: {use}.")


def _library(name: str) -> Finding:
    try:
        return Finding(name=name, good=True, found=version(name))
    except PackageNotFoundError:
        return Finding(name=name, good=False, found="not found", remedy="Install OpsConductor anew.")


def _compiled() -> Finding:
    """A cold start of Ansible without compiled modules takes a second longer, each time where none can be written."""
    missing = [name for name in _COMPILED if (source := _source(name)) and not _is_compiled(source)]
    return Finding(
        name="compiled modules",
        good=not missing,
        found=f"missing or outdated: {', '.join(missing)}" if missing else "all that were looked at",
        remedy=f"Once, as the account that owns it: {sys.executable} -m compileall -q {sysconfig.get_path('purelib')}",
    )


def _source(module: str) -> Path | None:
    """The file of a module; nothing of it is run, but for its package's beginning."""
    package, _, name = module.rpartition(".")
    spec = find_spec(package)
    return Path(spec.origin).parent / f"{name}.py" if spec and spec.origin else None


def _is_compiled(source: Path) -> bool:
    """Whether there is byte code of exactly this source."""
    try:
        with Path(cache_from_source(str(source))).open("rb") as compiled:
            head = compiled.read(16)
        flags, second, size = (int.from_bytes(head[at : at + 4], "little") for at in (4, 8, 12))
        status = source.stat()
    except OSError:
        return False
    if head[:4] != MAGIC_NUMBER:
        return False
    return bool(flags) or (second, size) == (int(status.st_mtime) & 0xFFFFFFFF, status.st_size & 0xFFFFFFFF)


def _warm_start(settings: Settings) -> Finding:
    """Jobs start cold without it, which is slower and nothing else."""
    name, remedy = "warm start", f"Jobs start cold meanwhile. {settings.home / 'warm.log'} says what went wrong."
    if not settings.warm_start:
        return Finding(name=name, good=True, found="switched off; jobs start cold")
    states = warm_states(settings.runtime)
    if not states:
        return Finding(name=name, good=True, found="no server or worker is there to keep one; jobs start cold")
    return Finding(name=name, good=all(s.ready for s in states), found="; ".join(map(_told, states)), remedy=remedy)


def _profile(settings: Settings) -> Finding:
    """Which execution profile is on; the fast one says how many connections it has."""
    name, remedy = "execution profile", "Install OpsConductor anew, or set OPSCONDUCTOR_PROFILE=plain."
    if settings.profile != FAST:
        return Finding(name=name, good=True, found="plain")
    if not settings.fast:
        return Finding(name=name, good=True, found="plain: without warm start there is no fast profile")
    if settings.target_timeout is not None:
        told = "plain: TARGET_TIMEOUT is set, and only the plain profile cuts off a target that takes too long"
        return Finding(name=name, good=True, found=told)
    library = _library("mitogen")
    if not library.good:
        return Finding(name=name, good=False, found="fast, but mitogen is not installed", remedy=remedy)
    kept = f"connections are kept for {settings.hot_seconds} s" if settings.hot_seconds else "no connection is kept"
    found = f"fast, with mitogen {library.found}; {kept}, {hot.count(settings.runtime)} are open"
    return Finding(name=name, good=True, found=found)


def _told(state: WarmState) -> str:
    if not state.ready:
        return "not ready"
    told = f"process {state.pid} since {state.since}, {state.runs} runs, {state.memory} MB"
    return f"{told}, {state.refused} refused, the last because {state.refusal}" if state.refused else told


def _collections() -> Iterator[Finding]:
    spec = find_spec("ansible_collections")
    roots = [Path(root) for root in (spec.submodule_search_locations if spec else None) or ()]
    roots += [Path.home() / ".ansible" / "collections" / "ansible_collections"]
    roots += [Path("/usr/share/ansible/collections/ansible_collections")]
    for name in _COLLECTIONS:
        found = next((root for root in roots if root.joinpath(*name.split(".")).is_dir()), None)
        yield Finding(
            name=f"collection {name}",
            good=found is not None,
            found=str(found) if found else "not found",
            remedy="ansible-galaxy collection install -r collections/requirements.yml",
        )
