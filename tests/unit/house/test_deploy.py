# SPDX-License-Identifier: Apache-2.0
"""What the deploy guide says fits the unit."""

import re
from pathlib import Path

DEPLOY = Path(__file__).parents[3] / "deploy"


def test_commands_run_in_the_environment_of_the_unit() -> None:
    unit = (DEPLOY / "opsconductor.service").read_text(encoding="utf-8")
    settings = re.findall(r"^Environment=(\S+)$", unit, re.MULTILINE)
    (command,) = re.findall(r"^sudo -u \S+ .*$", (DEPLOY / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert settings
    assert [setting for setting in settings if setting not in command.split()] == []
