# SPDX-License-Identifier: Apache-2.0
"""The quickest of molecule's scenarios, by molecule itself; `make molecule` runs all."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.lab import Lab

CHECKOUT = Path(__file__).parents[3]


@pytest.mark.rotating
def test_the_quickest_scenario_converges_twice_is_verified_and_undone(linux_lab: Lab, tmp_path: Path) -> None:
    assert linux_lab.image  # the lab can carry hosts here, or this test is left out with the reason
    bin_folder = Path(sys.executable).parent
    done = subprocess.run(
        [bin_folder / "molecule", "test", "--scenario-name", "group"],
        cwd=CHECKOUT,
        env={
            **os.environ,
            "PATH": f"{bin_folder}:{os.environ['PATH']}",
            "MOLECULE_EPHEMERAL_DIRECTORY": str(tmp_path / "molecule"),
            "NO_COLOR": "1",
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-3000:]
    for action in ("converge", "idempotence", "verify", "side_effect", "destroy"):
        assert f"group > {action}: Executed: Successful" in said.replace("➜", ">"), said[-3000:]
