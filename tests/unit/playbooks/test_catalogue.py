# SPDX-License-Identifier: Apache-2.0
"""Templates are loaded whole or named as faulty, with file, field and remedy."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from opsconductor.playbooks.catalogue import (
    TemplateError,
    folder_hash,
    load_catalogue,
    shipped_templates,
    template_paths,
)
from planner.examples import check_examples

FIRST = {
    "process.check", "service.status", "service.start", "service.stop", "service.restart", "file.backup", "file.copy",
    "package.install", "package.update", "command.run", "host.ping", "wait.port",
}  # fmt: skip


def test_shipped_templates_load_and_their_examples_hold() -> None:
    catalogue = load_catalogue(template_paths(), check_examples)

    assert set(catalogue.templates) >= FIRST
    for template in catalogue:
        assert len(template.examples) >= 5, template.id
        assert template.sha256 == folder_hash(shipped_templates() / template.id.replace(".", "/"))


@pytest.fixture
def own(tmp_path: Path) -> Callable[[str, str], Path]:
    """A template folder with one shipped template in which one text is replaced by another."""

    def make(old: str, new: str) -> Path:
        folder = tmp_path / "service" / "restart"
        shutil.copytree(shipped_templates() / "service" / "restart", folder)
        for needed in ("start", "stop"):
            shutil.copytree(shipped_templates() / "service" / needed, tmp_path / "service" / needed)
        manifest = folder / "template.yml"
        text = manifest.read_text(encoding="utf-8")
        assert old in text
        manifest.write_text(text.replace(old, new), encoding="utf-8")
        return tmp_path

    return make


@pytest.mark.parametrize(
    ("old", "new", "field", "says"),
    [
        ("risk: medium", "risk: terrible", "risk", "low"),
        ("repeatable: true", "repeatable: true\ncolour: red", "colour", "not permitted"),
        ("id: service.restart", "id: service.relaunch", "id", "does not fit its folder"),
        ("schema_version: 1", "schema_version: 7", "schema_version", "cannot be read"),
        ("linux: linux.yml.j2", "linux: bsd.yml.j2", "platforms.linux", "no file bsd.yml.j2"),
        ("linux: linux.yml.j2", "linux: ../stop/linux.yml.j2", "platforms.linux", "no file"),
        ("title: Restart the service", "title: Restart {service}", "title", "never holds values"),
        ("summary: Restart service {service}", "summary: Restart {servce}", "summary", "no parameter servce"),
        ('- "{verb} {object}"', '- "{verb} [{object}"', "grammar.patterns[1]", "brackets"),
        ("becomes: {service.stop: service.start}", "becomes: {service.stop: service.sing}", "becomes", "no template"),
        ("type: service", "type: song", "parameters.service.type", "Input should be"),
        ("verbs: [restart,", "verbs: [reboot,", "examples[0]", "restart nginx"),
        ("params: {service: postgresql}", "params: {service: mysql}", "examples[1]", "gives"),
        ("schema_version: 1", "schema_version: [1", "", "not YAML"),
    ],
)
def test_fault_names_file_field_and_remedy(
    old: str, new: str, field: str, says: str, own: Callable[[str, str], Path]
) -> None:
    with pytest.raises(TemplateError) as caught:
        load_catalogue([own(old, new)], check_examples)

    assert caught.value.context["file"].endswith("service/restart/template.yml")
    assert caught.value.context["field"] == field
    assert says in caught.value.message
    assert caught.value.remedy


def test_same_id_in_two_folders_is_a_clash(own: Callable[[str, str], Path]) -> None:
    with pytest.raises(TemplateError, match="is the id of"):
        load_catalogue([shipped_templates(), own("risk: medium", "risk: high")])


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="no such template folder"):
        load_catalogue([tmp_path / "nowhere"])


def test_hash_follows_content_and_names_not_leavings(own: Callable[[str, str], Path]) -> None:
    folder = own("risk: medium", "risk: high") / "service" / "restart"
    before = folder_hash(folder)

    (folder / ".swp").write_text("x", encoding="utf-8")
    assert folder_hash(folder) == before
    (folder / "extra.yml.j2").write_text("", encoding="utf-8")
    assert folder_hash(folder) != before
