# SPDX-License-Identifier: Apache-2.0
"""What a killed run leaves behind is found and removed; what lives is left alone."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab import cgroup
from tests.lab.cli import main
from tests.lab.image import CHECKOUT
from tests.lab.lab import Lab, load, prune
from tests.lab.slot import Slot

OWNER = """
import sys, time
from tests.lab.lab import open_lab
lab = open_lab("to-be-killed", lambda line: None)
lab.up("victim")
print(lab.slot.number, flush=True)
time.sleep(60)
"""


def links() -> str:
    return subprocess.run(["ip", "-brief", "link"], capture_output=True, text=True, check=True).stdout


def test_a_killed_runs_leftovers_are_pruned_and_a_living_run_is_not(linux_lab: Lab) -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        slot = Slot(int(owner.stdout.readline()))
        assert slot.number not in prune(), "its owner lives"
        owner.send_signal(signal.SIGKILL)
    assert cgroup.processes(slot.label(0)), "the host survives its owner"

    assert slot.number in prune()

    assert not cgroup.processes(slot.label(0))
    assert not any(group.exists() for group in cgroup.groups(slot.label(0)))
    assert not slot.folder.exists()
    assert str(slot.folder) not in Path("/proc/self/mountinfo").read_text()
    assert slot.bridge not in links()
    assert not Path("/run/netns", slot.label(0)).exists()
    assert load(linux_lab.slot) is not None


def test_hosts_of_the_command_line_outlive_it_and_go_on_demand(
    linux_lab: Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [sys.executable, "-m", "tests.lab"]
    inventory = tmp_path / "inventory/lab.yml"
    up = [*command, "up", "--run", "test-cli", "--inventory", str(inventory), "web-1"]
    try:
        subprocess.run(up, cwd=CHECKOUT, check=True, capture_output=True)
        again = subprocess.run(up, cwd=CHECKOUT, check=False, capture_output=True, text=True)
        assert again.returncode == 1
        assert "is up already" in again.stderr
        assert main(["prune"]) == 0
        assert main(["list"]) == 0
        assert "test-cli" in capsys.readouterr().out
        ping = ["ansible", "adhoc", "--inventory", str(inventory), "all", "-m", "ansible.builtin.ping"]
        done = subprocess.run(
            [sys.executable, "-m", *ping], cwd=tmp_path, check=False, capture_output=True, text=True, timeout=60
        )
        assert '"ping": "pong"' in done.stdout, done.stderr
    finally:
        assert main(["down", "--run", "test-cli"]) == 0
    capsys.readouterr()
    assert main(["down", "--run", "test-cli"]) == 0
    assert "not up" in capsys.readouterr().out
