# SPDX-License-Identifier: Apache-2.0
"""PowerShell on a simulated Windows host: what is simulated works, what is not fails by name."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import yaml

from opsconductor.simulate.windows.description import LabDescription
from opsconductor.simulate.windows.failure import NotSimulated
from opsconductor.simulate.windows.host import SimulatedWindowsHost
from opsconductor.simulate.windows.powershell import run_script
from opsconductor.simulate.windows.powershell.value import plain

CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[2] / "cases" / "simulate" / "powershell.yml").read_text(encoding="utf-8")
)


def make_host() -> SimulatedWindowsHost:
    described = {
        "services": {
            "Alpha": {"path": '"C:\\Alpha\\alpha.exe" --serve', "start_delay": 0, "stop_delay": 0},
            "Beta": {"path": "C:\\Beta\\beta.exe", "state": "stopped", "start_delay": 0},
        },
        "files": {"C:\\data\\a.txt": "one\ntwo"},
    }
    only = dict.fromkeys(("WinRM", "EventLog", "Spooler", "RpcSs", "W32Time", "wuauserv"))
    described["services"] |= only  # type: ignore[operator]
    description = LabDescription(described).host("host01", 1)
    return SimulatedWindowsHost("host01", "127.23.0.1", description, "Administrator", "unit-test")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["script"][:50])
def test_script(case: dict[str, Any]) -> None:
    host = make_host()
    if "not_simulated" in case:
        with pytest.raises(NotSimulated) as caught:
            asyncio.run(run_script(host, case["script"], user="Administrator"))
        assert case["not_simulated"] in str(caught.value)
        return
    outcome = asyncio.run(run_script(host, case["script"], user="Administrator"))
    messages = [record.message for record in outcome.errors]
    if "error" in case:
        assert any(case["error"] in message for message in messages), messages
    else:
        assert messages == []
    if "output" in case:
        assert [plain(value) for value in outcome.output] == case["output"]
    if "exit_code" in case:
        assert outcome.exit_code == case["exit_code"]


def test_an_unknown_command_is_an_error_and_says_that_it_is_not_simulated() -> None:
    outcome = asyncio.run(run_script(make_host(), "frobnicate; 'after'", user="Administrator"))
    assert outcome.exit_code == 1
    assert outcome.output == []
    assert "not simulated" in outcome.error_text()
