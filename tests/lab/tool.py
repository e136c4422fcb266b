# SPDX-License-Identifier: Apache-2.0
"""Run one of the system's tools."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.lab.errors import LabError


def run(
    argv: Sequence[str | Path],
    *,
    stdin: str | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 60,
) -> str:
    """Return the standard output of *argv*; raise LabError with its errors when it fails or exceeds *timeout* (s)."""
    try:
        done = subprocess.run(
            [str(part) for part in argv],
            input=stdin,
            stdin=None if stdin is not None else subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=cwd,
            env=env,
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError as error:
        raise LabError(f"{argv[0]} is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise LabError(f"{argv[0]} did not end within {timeout:g} s") from error
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip())[-2000:]
        raise LabError(f"{' '.join(map(str, argv[:4]))} … ended with {done.returncode}: {words}")
    return done.stdout
