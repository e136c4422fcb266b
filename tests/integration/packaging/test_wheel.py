# SPDX-License-Identifier: Apache-2.0
"""The wheel: whole, with nothing beside the four packages, and able to find what it carries."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FOLDERS = ("opsconductor", "planner", "inventories", "api", "playbook_templates", "collections")
FILES = ("pyproject.toml", "README.md", "LICENSE", "hatch_build.py")

FINDS = """
import json
from opsconductor.execution.environment import shipped_collections
from opsconductor.playbooks.catalogue import load_catalogue, template_paths
from api.console import STATIC
print(json.dumps({
    "collections": str(shipped_collections()),
    "templates": [str(path) for path in template_paths(())],
    "intents": sorted(template.id for template in load_catalogue(template_paths(()))),
    "console": str(STATIC),
}))
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the sources, without a built web console."""
    copy = tmp_path / "checkout"
    copy.mkdir()
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__", "static"))
    for file in FILES:
        shutil.copy2(ROOT / file, copy / file)
    return copy


def build(checkout: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel"],
        cwd=checkout,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_no_wheel_is_built_without_the_web_console(checkout: Path) -> None:
    done = build(checkout)
    assert done.returncode != 0
    assert "Build the web console first" in done.stderr
    assert not list(checkout.glob("dist/*.whl"))


def test_wheel_is_whole_and_finds_what_it_carries(checkout: Path, tmp_path: Path) -> None:
    console = checkout / "api" / "static"
    (console / "assets").mkdir(parents=True)
    (console / "index.html").write_text("<!doctype html>")
    (console / "assets" / "index-1.js").write_text("")
    done = build(checkout)
    assert done.returncode == 0, done.stderr
    (wheel,) = checkout.glob("dist/*.whl")
    unpacked = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(unpacked)

    top = {name.split("/")[0] for name in names}
    (about,) = (name for name in top if name.endswith(".dist-info"))
    assert top == {"opsconductor", "planner", "inventories", "api", about}
    assert {"api/static/index.html", "api/static/assets/index-1.js"} <= set(names)
    assert not [name for name in names if "__pycache__" in name]
    assert len(names) == len(set(names))

    # Only the unpacked wheel is on the path, so what is found is found in it.
    found = subprocess.run(
        [sys.executable, "-S", "-c", FINDS],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(unpacked), *_dependencies()])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    paths = json.loads(found.stdout)
    data = unpacked / "opsconductor" / "_data"
    assert paths["collections"] == str(data / "collections")
    assert paths["templates"] == [str(data / "playbook_templates")]
    assert {"service.stop", "file.copy", "package.update"} <= set(paths["intents"])
    assert paths["console"] == str(unpacked / "api" / "static")


def _dependencies() -> list[str]:
    """Where the requirements are installed; the checkout itself is not among them."""
    return [path for path in sys.path if path.endswith("site-packages")]
