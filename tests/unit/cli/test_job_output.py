# SPDX-License-Identifier: Apache-2.0
"""What the end of a job says of output that a log does not show."""

from types import SimpleNamespace
from typing import Any

import pytest

from opsconductor.cli.job_output import more_output
from opsconductor.domain.results import Role


@pytest.mark.parametrize(
    ("stdout", "stderr", "told"),
    [
        ("[SC] QueryServiceConfig SUCCESS\n\nSTART_TYPE : 2\n", "", True),
        ("one\n", "a warning\n", True),
        ("one\n\n", "", False),
        ("", "", False),
    ],
)
def test_output_that_is_not_shown_is_told_of(
    stdout: str, stderr: str, told: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    data = {"rc": 0, "stdout": stdout, "stderr": stderr}
    event = SimpleNamespace(role=Role.MAIN, data=data, step=1, target="win01", task="Run the command")
    container: Any = SimpleNamespace(following=SimpleNamespace(events=lambda *_, **__: [event]))

    more_output(container, "0f3a9c1e")

    assert ("opsc jobs output 0f3a9c1e" in " ".join(capsys.readouterr().out.split())) is told
