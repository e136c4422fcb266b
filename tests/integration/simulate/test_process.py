# SPDX-License-Identifier: Apache-2.0
"""A lab ends with whoever started it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from opsconductor.simulate.windows import SimulatorProcess

PARENT = """
import sys, time
from pathlib import Path
from opsconductor.simulate.windows import SimulatorProcess
with SimulatorProcess(Path(sys.argv[1]), "--address", "127.23.217.1", "--port", "5985", "--quiet") as lab:
    print(lab.ready["pid"], flush=True)
    time.sleep(120)
"""


def listens(address: str) -> bool:
    with socket.socket() as connection:
        connection.settimeout(2)
        return connection.connect_ex((address, 5985)) == 0


def test_a_killed_parent_leaves_no_host_behind(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path / "lab")], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert listens("127.23.217.1")
        parent.send_signal(signal.SIGKILL)
    end = time.monotonic() + 10
    while listens("127.23.217.1") and time.monotonic() < end:
        time.sleep(0.05)
    left = listens("127.23.217.1")
    if left:
        os.kill(pid, signal.SIGKILL)
    assert not left
    assert not (tmp_path / "lab" / "ready.json").exists()


def test_a_lab_lives_while_it_is_used_and_can_be_stopped(tmp_path: Path) -> None:
    with SimulatorProcess(tmp_path, "--address", "127.23.217.2", "--port", "5985", "--quiet") as lab:
        assert json.loads((tmp_path / "ready.json").read_text())["pid"] == lab.ready["pid"]
        assert listens("127.23.217.2")
    assert not listens("127.23.217.2")
