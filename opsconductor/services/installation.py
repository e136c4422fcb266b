# SPDX-License-Identifier: Apache-2.0
"""Whether this installation has what it needs."""

import os
import shutil
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from opsconductor.db.engine import make_engine
from opsconductor.db.migrate import ensure_current
from opsconductor.domain.base import Frozen
from opsconductor.errors import OpsConductorError
from opsconductor.playbooks.catalogue import load_catalogue, template_paths
from opsconductor.settings import Settings

#: Program → what it is for.
_PROGRAMS = {"git": "playbooks are committed with it", "ssh": "Linux machines", "ssh-agent": "SSH keys in jobs"}
_LIBRARIES = ("ansible-core", "ansible-runner", "ansible-lint", "pywinrm", "pypsrp")
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
