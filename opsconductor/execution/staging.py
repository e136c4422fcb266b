# SPDX-License-Identifier: Apache-2.0
"""Puts the approved commit and the files it deploys where Ansible runs, verified."""

import json
from collections.abc import Mapping
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from opsconductor.domain.inventory import InventorySnapshot
from opsconductor.domain.results import TaskPlace
from opsconductor.errors import Broken
from opsconductor.execution.parts import Blobs, Commits
from opsconductor.execution.slice_folder import SliceFolder


def stage(commits: Commits, blobs: Blobs, commit: str, folder: SliceFolder) -> None:
    """Check out the commit into the slice's project and lay its library files beside the playbook."""
    folder.project.mkdir(mode=0o700)
    check_out(commits, blobs, commit, folder.project)
    (folder.disk / "env").mkdir(mode=0o700, exist_ok=True)
    # ansible-runner drops settings given as an argument when this file is missing. The short timeout is how soon it
    # notices a cancellation; its own copy of the output would hold what no event shows.
    settings = {"pexpect_timeout": 0.1, "suppress_output_file": True, "suppress_ansible_output": True}
    (folder.disk / "env" / "settings").write_text(json.dumps(settings), encoding="utf-8")
    folder.inventory.write_text(
        f"plugin: opsconductor.core.slice\nsocket: {json.dumps(str(folder.socket))}\n", encoding="utf-8"
    )


def check_out(commits: Commits, blobs: Blobs, commit: str, project: Path) -> None:
    """The tree of the commit in the empty folder `project`, its library files under files/<sha256>/; all verified."""
    commits.checkout(commit, project)
    files = project / "files.json"
    if files.exists():
        for name, entry in json.loads(files.read_text(encoding="utf-8"))["files"].items():
            _lay(blobs, project, name, entry)


def places(project: Path) -> tuple[TaskPlace, ...]:
    """Where each task of the checked-out playbook belongs."""
    listed = json.loads((project / "places.json").read_text(encoding="utf-8"))["places"]
    return tuple(TaskPlace.model_validate(entry) for entry in listed)


def secrets(project: Path, *, dry_run: bool) -> dict[str, str]:
    """Variables of the checked-out playbook that are secrets → names of the credentials with their values.

    For a dry run no random passwords are stored: see `throwaways`.
    """
    listed = _secrets(project).items()
    return {name: entry["credential"] for name, entry in listed if not (dry_run and entry.get("generate"))}


def throwaways(project: Path, *, dry_run: bool) -> dict[str, str]:
    """Variables for which a dry run gets a random value that is used nowhere and kept nowhere → that value."""
    return {name: token_urlsafe(24) for name, entry in _secrets(project).items() if dry_run and entry.get("generate")}


def _secrets(project: Path) -> dict[str, Any]:
    path = project / "secrets.json"
    listed: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["secrets"] if path.exists() else {}
    return listed


def snapshot(project: Path) -> InventorySnapshot:
    """The targets as approved."""
    return InventorySnapshot.model_validate_json((project / "snapshot.json").read_text(encoding="utf-8"))


def _lay(blobs: Blobs, project: Path, name: str, entry: Mapping[str, Any]) -> None:
    sha256 = str(entry["sha256"])
    folder = project / "files" / sha256
    if Path(name).name != name or folder.parent != project / "files":
        raise Broken(f"The commit names a file {name!r} that is no plain file name.", remedy="Make a new plan.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    blobs.fetch(sha256, folder / name)
