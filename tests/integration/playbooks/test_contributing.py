# SPDX-License-Identifier: Apache-2.0
"""CONTRIBUTING.md leads through making a template: its files and its commands, one after the other, as they stand."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.installation import Installation, cells

PAGE = Path(__file__).parents[3] / "CONTRIBUTING.md"
_BLOCK = re.compile(r"(?:^`(?P<file>our-templates/\S+)`\n\n)?^```(?P<kind>sh|yaml)\n(?P<text>.*?)^```$", re.M | re.S)


def blocks() -> Iterator[tuple[str | None, str]]:
    """Files with their names, and commands, in the page's order."""
    text = PAGE.read_text(encoding="utf-8").partition("## A template in ten minutes")[2]
    for found in _BLOCK.finditer(text):
        assert (found["kind"] == "yaml") is bool(found["file"])
        yield found["file"], found["text"]


class Reader:
    """Does what the page says."""

    def __init__(self, installation: Installation, folder: Path) -> None:
        self.installation = installation
        self.folder = folder
        self.last: dict[str, Any] = {}
        self.said: list[str] = []
        self.banner = folder / "banner"

    def follow(self) -> None:
        for file, text in blocks():
            if file is not None:
                assert (self.folder / file).is_file() or "undo" in file, f"`templates new` did not make {file}"
                (self.folder / file).write_text(text, encoding="utf-8")
                continue
            for line in text.splitlines():
                self.command(line)

    def command(self, line: str) -> None:
        line = line.replace("/tmp/banner", str(self.banner))
        if line.startswith("export "):
            name, _, value = line.removeprefix("export ").partition("=")
            self.installation.settings[name] = shlex.split(value)[0]
            return
        words = [self.last["id"] if word == "LAST" else word for word in shlex.split(line)]
        assert words.pop(0) == "opsc"
        if words[0] == "plan":
            self.last = self.installation.json(*words)
        elif words[0] == "approve":
            self.installation.opsc(*words, "--digest", self.last["digest"])
        else:
            self.said.append(self.installation.opsc(*words).stdout)


@pytest.fixture
def reader(installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return Reader(installation, folder)


@pytest.mark.rotating
def test_the_page_leads_to_a_template_that_works(reader: Reader) -> None:
    reader.follow()

    assert reader.banner.read_text(encoding="utf-8") == "Staging\n"
    assert any("rendered and linted" in said for said in reader.said)
    [job] = reader.installation.jobs()
    assert cells(reader.installation.json("jobs", "show", job["id"]), 1) == {"here": "changed"}
    again = reader.last
    assert (again["provenance"]["planner"], again["steps"][0]["intent"]) == ("document", "banner.set")


@pytest.mark.soak
def test_the_second_run_changes_nothing(reader: Reader) -> None:
    reader.follow()

    again = reader.last
    reader.installation.approve(again)
    assert cells(reader.installation.run(again), 1) == {"here": "ok"}


def test_a_new_folder_is_refused_until_it_is_filled_in(installation: Installation, tmp_path: Path) -> None:
    made = installation.json(
        "templates", "new", "ldap_user.lock", "--into", str(tmp_path / "t"), "--platform", "windows"
    )

    assert sorted(Path(file).name for file in made) == ["template.yml", "undo.yml.j2", "windows.yml.j2"]
    [fault] = json.loads(installation.opsc("templates", "check", str(tmp_path / "t"), "--json", code=2).stdout)
    assert all(name in fault["message"] for name in ("template.yml lines", "windows.yml.j2 lines", "undo.yml.j2 lines"))
    installation.settings["OPSCONDUCTOR_TEMPLATE_PATH"] = json.dumps([str(tmp_path / "t")])
    assert "still something to fill in" in installation.opsc("plan", "ping all servers", code=2).stderr.replace(
        "\n", " "
    )


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["Banner", "--into", "t"], 2, "family.name"),
        (["service.stop", "--into", "t"], 5, "already"),
        (["banner.set"], 2, "--into"),
    ],
)
def test_a_wrong_id_is_told(installation: Installation, arguments: list[str], code: int, says: str) -> None:
    assert says in installation.opsc("templates", "new", *arguments, code=code).stderr
