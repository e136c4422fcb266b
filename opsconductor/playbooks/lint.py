# SPDX-License-Identifier: Apache-2.0
"""The lint verdict of a rendered playbook: ansible-lint's production profile and Ansible's own syntax check.

Both run as programs of our own Python environment, on a copy, with a clean environment and a home folder of their own.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from opsconductor.domain.lint import LintStatus, LintVerdict
from opsconductor.errors import Broken
from opsconductor.playbooks.rendered import PLAYBOOK

#: Part of every key of the cache: a change of what is checked never finds an old verdict.
_CHECKS_VERSION = 1
#: Of the tree, what the checks look at.
_LOOKED_AT = (PLAYBOOK, "inventory.yml", "ansible.cfg")
_TOOLS = ("ansible-core", "ansible-lint")
#: Lines that only name the plan: a comment, and the folder of its SSH connections.
_NAMING = (b"# Plan ", b"control_path_dir = ")
_LINT_CONFIG = """\
---
profile: production
offline: true
# Groups and files are there at the run; nothing is guessed from the folder's name.
exclude_paths: []
"""
#: Seconds until a check that does not end is given up.
_PATIENCE = 300
_PASSED_ON = ("LANG", "LC_ALL", "LC_CTYPE", "TZ", "PYTHONDONTWRITEBYTECODE")


class LintUnavailable(Broken):
    """The checks of a playbook could not be run."""

    code = "lint-unavailable"


def lint(folder: Path, cache: Path, collections: Path | None = None) -> LintVerdict:
    """The verdict about the playbook in a checked-out commit, which is left as it is.

    `cache` is a folder of earlier verdicts by content, `collections` the one that holds our own
    collection. Raises LintUnavailable when a tool is missing or ends oddly.
    """
    started = time.monotonic()
    contents = {name: (folder / name).read_bytes() for name in _LOOKED_AT if (folder / name).is_file()}
    if PLAYBOOK not in contents:
        raise LintUnavailable(f"There is no {PLAYBOOK} in {folder}.", remedy="Make the plan anew.")
    versions = {name: _version(name) for name in _TOOLS}
    kept = cache / f"{_key(contents, versions)}.json"
    if (known := _known(kept)) is not None:
        return known
    with tempfile.TemporaryDirectory(prefix="opsc-lint-") as scratch:
        findings = _check(Path(scratch), contents, collections)
    verdict = LintVerdict(
        status=LintStatus.RED if findings else LintStatus.GREEN,
        findings=tuple(findings),
        seconds=round(time.monotonic() - started, 2),
        tools=versions,
    )
    _keep(kept, verdict)
    return verdict


def _check(scratch: Path, contents: Mapping[str, bytes], collections: Path | None) -> list[str]:
    project, home = scratch / "project", scratch / "home"
    for made in (project, home):
        made.mkdir(mode=0o700)
    for name, content in contents.items():
        (project / name).write_bytes(content)
    config = scratch / "ansible-lint.yml"
    config.write_text(_LINT_CONFIG, encoding="utf-8")
    environment = _environment(home, project)
    if collections is not None:
        environment["ANSIBLE_COLLECTIONS_PATH"] = str(collections)
    found = _syntax(_run("ansible-playbook", ["--syntax-check", PLAYBOOK], project, environment))
    # A playbook that Ansible cannot read gives ansible-lint nothing to say beyond it.
    return found or _lint_findings(
        _run(
            "ansible-lint",
            [
                "--offline",
                "--nocolor",
                "--strict",
                "-q",
                "-f",
                "json",
                "-c",
                str(config),
                "--project-dir",
                ".",
                PLAYBOOK,
            ],
            project,
            environment,
        )
    )


def _environment(home: Path, project: Path) -> dict[str, str]:
    """What the tools see: nothing of ours but the locale."""
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    kept.setdefault("LANG", "C.UTF-8")
    return kept | {
        "PATH": os.pathsep.join([str(_bin()), "/usr/local/bin", "/usr/bin", "/bin"]),
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "TMPDIR": str(home),
        "ANSIBLE_HOME": str(home / "ansible"),
        "ANSIBLE_LOCAL_TEMP": str(home / "tmp"),
        "ANSIBLE_CONFIG": str(project / "ansible.cfg"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_LINT_SKIP_SCHEMA_UPDATE": "1",
        "NO_COLOR": "1",
    }


def _bin() -> Path:
    return Path(sys.executable).parent


def _run(tool: str, arguments: Sequence[str], project: Path, environment: Mapping[str, str]) -> Any:
    program = _bin() / tool
    if not program.is_file():
        raise LintUnavailable(f"{tool} is missing in {program.parent}.", remedy="Install OpsConductor again.")
    try:
        return subprocess.run(
            [str(program), *arguments],
            cwd=project,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise LintUnavailable(f"{tool} did not end within {_PATIENCE} seconds.", remedy="Try again.") from None
    except OSError as error:
        raise LintUnavailable(f"{tool} cannot be started: {error}.", remedy="Install OpsConductor again.") from error


def _syntax(done: Any) -> list[str]:
    if done.returncode == 0:
        return []
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip() and "[WARNING]" not in line]
    return [f"{PLAYBOOK} syntax-check: {' '.join(lines)[:1000] or f'exit code {done.returncode}'}"]


def _lint_findings(done: Any) -> list[str]:
    """One line per issue; exit code 0 is no issue, 2 is some."""
    try:
        issues = json.loads(done.stdout or "[]")
    except json.JSONDecodeError:
        issues = None
    if not isinstance(issues, list) or done.returncode not in (0, 2) or (done.returncode == 2 and not issues):
        raise LintUnavailable(
            f"ansible-lint ended with {done.returncode}: {' '.join(done.stderr.split())[-500:]}.",
            remedy="Run it by hand in the exported plan to see why.",
        )
    return [_finding(issue) for issue in issues]


def _finding(issue: Mapping[str, Any]) -> str:
    place = issue.get("location", {})
    lines, positions = place.get("lines", {}), place.get("positions", {})
    line = lines.get("begin") or positions.get("begin", {}).get("line") or 0
    text = issue.get("description") or issue.get("content", {}).get("body") or ""
    detail = issue.get("content", {}).get("body")
    more = f" ({' '.join(str(detail).split())[:300]})" if detail and detail != text else ""
    return f"{place.get('path', PLAYBOOK)}:{line} {issue.get('check_name', 'rule')}: {' '.join(text.split())}{more}"


@lru_cache(maxsize=8)
def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        raise LintUnavailable(f"{name} is not installed.", remedy="Install OpsConductor again.") from None


def _key(contents: Mapping[str, bytes], versions: Mapping[str, str]) -> str:
    """SHA-256 over what is checked and with what; lines that only name the plan are no part of it."""
    parts: list[Iterable[bytes]] = [(str(_CHECKS_VERSION).encode(), json.dumps(versions, sort_keys=True).encode())]
    for name, content in sorted(contents.items()):
        text = b"\n".join(line for line in content.split(b"\n") if not line.startswith(_NAMING))
        parts.append((name.encode(), hashlib.sha256(text).digest()))
    return hashlib.sha256(b"\0".join(piece for part in parts for piece in part)).hexdigest()


def _known(kept: Path) -> LintVerdict | None:
    """An earlier verdict; a file that is none of ours counts as none."""
    try:
        return LintVerdict.model_validate_json(kept.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def _keep(kept: Path, verdict: LintVerdict) -> None:
    """Store it whole or not at all, whoever else does so at the same time."""
    kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, name = tempfile.mkstemp(dir=kept.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(verdict.model_dump_json())
        shutil.move(name, kept)
    finally:
        Path(name).unlink(missing_ok=True)
