# SPDX-License-Identifier: Apache-2.0
"""Whom ending a slice reaches, and whom it spares."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from opsconductor.execution import processes

OF_SLICE = {"PATH": os.defpath, processes.MARK: "slice-1"}
OTHER = {"PATH": os.defpath, processes.MARK: "slice-2"}
#: ssh writes its title over what it was started with.
TITLED = ["bash", "-c", "exec -a 'ssh: /run/x/c/7 [mux]' sleep 60"]


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    running: list[subprocess.Popen[bytes]] = []

    def begin(command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        running.append(subprocess.Popen(command, env=environment))
        return running[-1]

    yield begin
    for process in running:
        process.kill()
        process.wait()


def test_ending_another_process_s_slice_spares_what_is_below_this_one(
    start: Callable[..., subprocess.Popen[bytes]],
) -> None:
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    own, other, master = start(sleep, OF_SLICE), start(sleep, OTHER), start(TITLED, {"PATH": os.defpath})
    while not processes.masters(Path("/run/x/c")):
        assert master.poll() is None
    assert processes.end_strangers("slice-1", Path("/run/x/c"))
    assert other.poll() is None, "it belongs to another slice"
    assert processes.marked("slice-1") == []
    assert processes.masters(Path("/run/x/c")) == []
    assert not Path(f"/proc/{own.pid}").exists()


def test_what_is_below_is_found_without_the_table_of_all(
    start: Callable[..., subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = start(["bash", "-c", "sleep 60 & sleep 60; true"], OTHER)
    while len(below := processes.descendants(shell.pid)) < 2:
        assert shell.poll() is None
    try:
        with monkeypatch.context() as patch:
            patch.setattr(processes, "_table", list)
            assert sorted(processes.at_rest(shell.pid)) == sorted(below)
    finally:
        for pid in below:
            os.kill(pid, signal.SIGKILL)


def test_a_jump_host_that_is_cut_off_takes_nobody_behind_it_along(
    start: Callable[..., subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    way = "ProxyCommand=ssh -W '[%h]:%p' -o HostKeyAlias=opsc-jump -- 192.0.2.9"
    sleep = [sys.executable, "-c", "import time; time.sleep(60)", "ssh", "-o"]
    target = start([*sleep, "HostKeyAlias=opsc-jump"], OF_SLICE)
    behind = start([*sleep, way, "-o", "HostKeyAlias=opsc-web"], OF_SLICE)
    proxy = start([*sleep, "HostKeyAlias=opsc-jump", "-W", "[192.0.2.1]:22"], OF_SLICE)
    monkeypatch.setattr(processes, "of_slice", lambda _slice: [p.pid for p in (target, behind, proxy)])
    for process in (target, behind, proxy):
        while b"opsc-jump" not in processes._command(process.pid):
            assert process.poll() is None
    processes.terminate("slice-1", "HostKeyAlias=opsc-jump")
    assert target.wait(10) == -signal.SIGTERM
    assert (behind.poll(), proxy.poll()) == (None, None)
