# SPDX-License-Identifier: Apache-2.0
"""Make an older version of a real package, for mirrors that hold one version only."""

import tempfile
from pathlib import Path

from tests.lab.tool import run


def older_version(version: str) -> str:
    """Return a version that dpkg orders right before *version*: a tilde sorts before the end of the string."""
    return f"{version}~lab1"


def older(archive: Path, version: str, folder: Path) -> Path:
    """Write *archive* again into *folder* under the older version, its references to *version* included."""
    with tempfile.TemporaryDirectory() as scratch:
        tree = Path(scratch) / "tree"
        run(["dpkg-deb", "--raw-extract", archive, tree])
        control = tree / "DEBIAN/control"
        control.write_text(_relabelled(control.read_text(), version))
        target = folder / f"{archive.stem.split('_')[0]}_{older_version(version)}_lab.deb"
        run(["dpkg-deb", "--build", "--root-owner-group", "-Znone", tree, target])
    return target


def _relabelled(control: str, version: str) -> str:
    old = older_version(version)
    for present, wanted in (
        (f"\nVersion: {version}\n", f"\nVersion: {old}\n"),
        (f"(= {version})", f"(= {old})"),
        (f"(>= {version})", f"(>= {old})"),
    ):
        control = control.replace(present, wanted)
    return control
