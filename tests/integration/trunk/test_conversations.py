# SPDX-License-Identifier: Apache-2.0
"""Follow-ups as an operator types them."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from opsconductor.cli.commands import make_app


def opsc(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(make_app(), arguments)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.output


def plan(*arguments: str, code: int = 0) -> Any:
    return json.loads(opsc("plan", *arguments, "--json", code=code))


@pytest.fixture(autouse=True)
def estate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    for name in ("here-1", "here-2"):
        opsc("assets", "add", name, "--platform", "linux", "--address", "127.0.0.1", "--connection", "local")


def test_a_plan_is_followed_up_and_shown_with_what_it_follows() -> None:
    first = plan("ping here-1")
    shown = opsc("plan", "do the same on here-2")
    assert f"Like plan …{first['id'][-8:]}" in shown
    assert f"Follows  plan {first['id']}" in shown
    assert "here-2" in shown


def test_new_takes_nothing_from_the_plan_before() -> None:
    plan("ping here-1")
    assert plan("do the same on here-2", "--new", code=10)["follows"] is None
    assert plan("reboot", code=10)["questions"][0]["choices"][0]["label"].startswith("the machine of your last plan")
    assert "of your last plan" not in json.dumps(plan("reboot", "--new", code=10))


def test_yes_names_the_command_that_approves() -> None:
    first = plan("ping here-1")
    assert f"opsc approve {first['id']}" in opsc("plan", "yes", code=3)
