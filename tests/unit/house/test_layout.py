# SPDX-License-Identifier: Apache-2.0
"""The rules of the house that no tool checks by itself."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
COLLECTION = ROOT / "collections" / "ansible_collections" / "opsconductor" / "core"
SCENARIO_PLUGINS = ROOT / "molecule" / "plugins"
#: A process of its own that imports Ansible; import-linter sees to it that nothing imports it.
WARM = ROOT / "opsconductor" / "warm"


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("folder", ["collections", "molecule", "playbook_templates"])
def test_data_folders_are_no_packages(folder: str) -> None:
    assert list((ROOT / folder).rglob("__init__.py")) == [], "collections/__init__.py would break the interpreter"


def test_no_top_level_package_shadows_the_standard_library() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages & set(sys.stdlib_module_names) == set()
    assert packages >= {"opsconductor", "planner", "inventories", "api"}


def imported_modules(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names


def test_only_plugins_and_the_warm_process_import_ansible_and_say_gpl() -> None:
    for path in tracked("*.py"):
        head = path.read_text(encoding="utf-8")[:400]
        if any(path.is_relative_to(folder) for folder in (COLLECTION, SCENARIO_PLUGINS, WARM)):
            assert "GPL-3.0-or-later" in head, path
        else:
            assert imported_modules(path).isdisjoint({"ansible", "ansible_collections"}), path
            assert path.stat().st_size == 0 or "SPDX-License-Identifier: Apache-2.0" in head, path


def test_the_private_names_of_ansible_are_in_one_file_and_the_strategys_own() -> None:
    importing = [p.name for p in tracked("opsconductor/*.py") if "ansible" in imported_modules(p)]
    assert importing == ["ansible_state.py", "opsc_fast.py"]


def test_modules_stay_readable() -> None:
    long = {str(p.relative_to(ROOT)): n for p in tracked("*.py") if (n := len(p.read_text().splitlines())) > 500}
    assert long == {}


def test_nothing_is_left_unfinished() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError")
    own = Path(__file__)
    found = [
        f"{path.relative_to(ROOT)}:{n}"
        for path in tracked("*.py", "*.ts", "*.tsx", "*.j2", "*.yml")
        if path != own
        for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if marks.search(line)
    ]
    assert found == []


def test_no_file_names_a_package_registry() -> None:
    # Put together here, so that this file does not name them either.
    hosts = re.compile(
        r"\b("
        + "|".join(["python" + "hosted", "pypi" + r"\.org", "registry" + r"\.npmjs", "deb" + r"\.debian"])
        + r")\b"
    )
    found = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if hosts.search(path.read_text(encoding="utf-8", errors="ignore"))
    ]
    assert found == []
