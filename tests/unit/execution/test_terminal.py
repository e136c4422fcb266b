# SPDX-License-Identifier: Apache-2.0
"""What the terminal of a run waits for when it is closed."""

import sys

import pexpect
import pytest

from opsconductor.execution.terminal import use_terminal


@pytest.mark.parametrize(
    ("script", "status", "pause"), [("raise SystemExit(3)", 3, 0.0), ("import time; time.sleep(60)", None, 0.1)]
)
def test_only_a_program_that_runs_is_waited_for(
    script: str, status: int | None, pause: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pexpect.spawn, "_spawnpty", pexpect.spawn._spawnpty)
    use_terminal()
    child = pexpect.spawn(sys.executable, ["-S", "-c", script], timeout=30)
    if status is not None:
        child.expect(pexpect.EOF)
        assert not child.isalive()
    child.close()
    assert (child.exitstatus, child.ptyproc.delayafterclose) == (status, pause)
