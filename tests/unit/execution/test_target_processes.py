# SPDX-License-Identifier: Apache-2.0
"""Which processes on a target are those of the step that was cut off; the script runs on this machine."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from opsconductor.execution import target_processes
from opsconductor.execution.processes import MARK, TASK_MARK, marked
from opsconductor.ids import new_id

#: A Python for many tasks stands in for by a shell: what an earlier task and the present one leave when it ends.
TASKS = f"""
place="$$ $(tr '\\n' ' ' < /proc/self/cgroup)"
export {TASK_MARK}="earlier $place"
sleep 8101 &
export {TASK_MARK}="present $place"
sleep 8102 &
setsid --fork sleep 8103
"""


@pytest.fixture
def left() -> Iterator[str]:
    slice_id = new_id()
    environment = {"PATH": os.defpath, MARK: slice_id}
    subprocess.run(["sh", "-c", TASKS], env=environment, start_new_session=True, check=True)
    yield slice_id
    for pid in marked(slice_id):
        os.kill(pid, signal.SIGKILL)


def _end(slice_id: str, task: str) -> tuple[str, set[str]]:
    """The script's answer, and which sleeps live on."""
    command = ["sh", "-c", target_processes._SCRIPT, "sh", MARK, slice_id, "1", TASK_MARK, task]
    told = subprocess.run(command, capture_output=True, text=True, env={"PATH": os.defpath}, check=True)
    assert told.stderr == ""
    lines = (Path(f"/proc/{pid}/cmdline").read_text().split("\0") for pid in marked(slice_id))
    return told.stdout.strip(), {line[1] for line in lines}


def test_of_a_python_for_all_tasks_only_the_present_one_is_ended(left: str) -> None:
    assert _end(left, "present") == ("ended=1 left=0 spared=2", {"8101", "8103"})


def test_what_no_task_is_known_of_is_left_alone(left: str) -> None:
    assert _end(left, "another") == ("ended=0 left=0 spared=3", {"8101", "8102", "8103"})
    assert _end(left, "") == ("ended=0 left=0 spared=3", {"8101", "8102", "8103"})
