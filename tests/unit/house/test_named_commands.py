# SPDX-License-Identifier: Apache-2.0
"""Every `opsc …` that a message, a template or a page names is a command there is."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from opsconductor.cli.commands import make_app

ROOT = Path(__file__).parents[3]
PACKAGES = ("opsconductor", "planner", "inventories", "api")
PAGES = ("README.md", "docs", "deploy", "playbook_templates", "ui/src")
_NAMED = re.compile(r"(?<![\w./-])opsc ([a-z][a-z-]*)(?: ([a-z][a-z-]*)(?![\w./=]))?")
COMMANDS = typer.main.get_command(make_app())


def unknown(text: str) -> list[str]:
    """What is named and does not exist. A group by itself is a way to name all it has."""
    assert isinstance(COMMANDS, TyperGroup)
    found = []
    for first, second in _NAMED.findall(text):
        command = COMMANDS.commands.get(first)
        if command is None or (second and isinstance(command, TyperGroup) and second not in command.commands):
            found.append(f"opsc {first} {second}".strip())
    return found


def texts(path: Path) -> Iterator[str]:
    if path.suffix != ".py":
        yield path.read_text(encoding="utf-8")
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        yield from (ROOT / package).rglob("*.py")
    for page in PAGES:
        path = ROOT / page
        kinds = {".md", ".yml", ".j2", ".service", ".ts", ".tsx"}
        yield from [path] if path.is_file() else (p for p in path.rglob("*") if p.suffix in kinds)


@pytest.mark.parametrize("text", ["Run 'opsc heal'.", "`opsc credentials mend x`", "opsc db status"])
def test_what_does_not_exist_is_found(text: str) -> None:
    assert unknown(text)


@pytest.mark.parametrize("text", ["opsc assets edit NAME", '`opsc plan "…"`', "opsc watch", "all of opsc credentials"])
def test_what_exists_is_not(text: str) -> None:
    assert unknown(text) == []


def test_every_named_command_exists() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {name}" for path in sources() for text in texts(path) for name in unknown(text)
    }
    assert found == set()
