# SPDX-License-Identifier: Apache-2.0
"""The few lines of a batch file that cmd.exe /c is simulated for."""

from __future__ import annotations

import re

from opsconductor.simulate.windows.failure import NotSimulated
from opsconductor.simulate.windows.powershell.session import Session

BATCH = (".cmd", ".bat")


def run_batch(session: Session, path: str, arguments: list[str]) -> tuple[str, int]:
    """Output and exit code of a batch file of echo and exit. Raises NotSimulated for anything else."""
    output = ""
    for line in session.host.files.read(path).decode().splitlines():
        said = re.sub(r"%([1-9])", lambda found: (arguments + [""] * 9)[int(found[1]) - 1], line.strip())
        if leave := re.fullmatch(r"exit /b (\d+)", said):
            return output, int(leave[1])
        if said.startswith("echo "):
            output += said.removeprefix("echo ") + "\n"
        elif said not in ("", "@echo off"):
            raise NotSimulated(f"The line {line!r} of a batch file")
    return output, 0
