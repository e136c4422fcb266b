# SPDX-License-Identifier: Apache-2.0
"""A catalogue that is kept for the next command is what reading the manifests gives, or is not used."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from opsconductor.domain.templates import Catalogue, Template
from opsconductor.playbooks import catalogue as loading
from opsconductor.playbooks.catalogue import TemplateError, load_catalogue, shipped_templates


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """A template folder of one's own."""
    folder = tmp_path / "templates"
    for name in ("start", "stop", "restart"):
        shutil.copytree(shipped_templates() / "service" / name, folder / "service" / name)
    return folder


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The manifests that were parsed."""
    read: list[Path] = []
    real = loading.load_template

    def load_template(manifest: Path, sha256: str | None = None) -> Template:
        read.append(manifest)
        return real(manifest, sha256)

    monkeypatch.setattr(loading, "load_template", load_template)
    return read


def only(folder: Path) -> Path:
    """The one file of a folder."""
    (file,) = folder.iterdir()
    return file


def load(templates: Path, cache: Path) -> Catalogue:
    return load_catalogue([templates], cache=cache)


def test_the_second_time_nothing_is_parsed_and_the_catalogue_is_the_same(
    templates: Path, tmp_path: Path, parsed: list[Path]
) -> None:
    first = load(templates, tmp_path / "cache")
    parsed.clear()

    assert load(templates, tmp_path / "cache") == first == load_catalogue([templates])
    assert len(parsed) == 3  # by the one that has no cache
    assert only(tmp_path / "cache").stat().st_mode & 0o077 == 0
    assert (tmp_path / "cache").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("file", ["stop/template.yml", "start/linux.yml.j2", "start/further.txt"])
def test_any_change_of_a_template_is_seen(file: str, templates: Path, tmp_path: Path, parsed: list[Path]) -> None:
    before = load(templates, tmp_path / "cache")
    parsed.clear()
    changed = templates / "service" / file
    changed.write_text((changed.read_text() if changed.exists() else "") + "\n# a line more\n")

    after = load(templates, tmp_path / "cache")

    assert len(parsed) == 3
    assert after != before
    assert after == load_catalogue([templates])


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20])


def _altered(file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b'"risk":"medium"', b'"risk":"low"'))


def _open_to_all(file: Path) -> None:
    file.chmod(0o666)


def _linked(file: Path) -> None:
    elsewhere = file.parent.parent / "elsewhere.json"
    file.rename(elsewhere)
    file.symlink_to(elsewhere)


@pytest.mark.parametrize("spoil", [_cut, _altered, _open_to_all, _linked])
def test_a_file_that_is_damaged_or_not_ours_alone_is_not_used(
    spoil: Callable[[Path], None], templates: Path, tmp_path: Path, parsed: list[Path]
) -> None:
    first = load(templates, tmp_path / "cache")
    spoil(only(tmp_path / "cache"))
    parsed.clear()

    assert load(templates, tmp_path / "cache") == first
    assert len(parsed) == 3


def test_a_folder_that_cannot_be_written_to_only_costs_time(templates: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file in its place")

    assert load(templates, tmp_path / "cache").get("service.stop") is not None
    assert load(templates, tmp_path / "cache") == load_catalogue([templates])


def test_a_fault_is_found_as_ever_and_nothing_is_kept(templates: Path, tmp_path: Path) -> None:
    manifest = templates / "service" / "stop" / "template.yml"
    manifest.write_text(manifest.read_text().replace("risk: medium", "risk: some"))

    with pytest.raises(TemplateError, match=r"risk"):
        load(templates, tmp_path / "cache")

    assert not (tmp_path / "cache").exists()


def test_few_old_ones_stay(templates: Path, tmp_path: Path) -> None:
    for number in range(8):
        (templates / "service" / "stop" / "note.txt").write_text(str(number))
        load(templates, tmp_path / "cache")
        os.utime(max((tmp_path / "cache").iterdir(), key=lambda f: f.stat().st_mtime_ns), (number, number))

    assert len(list((tmp_path / "cache").iterdir())) == 5
