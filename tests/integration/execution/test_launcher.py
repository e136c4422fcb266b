# SPDX-License-Identifier: Apache-2.0
"""The launcher alone, with a warm process that does what real ones do only when they are killed or out of something."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

LAUNCHER = Path(__file__).parents[3] / "opsconductor" / "execution" / "launcher.py"


def _served(tmp_path: Path, note: Path, serve: Callable[[socket.socket, subprocess.Popen[bytes]], None]) -> int:
    """Start a launcher, serve it, and return how it ended: an exit status, or a signal as a negative number."""
    real = tmp_path / "real"
    real.write_text("#!/bin/sh\nexit 77\n", encoding="utf-8")
    real.chmod(0o700)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        listening.listen()
        arguments = [str(tmp_path / "s"), str(real), str(note), str(tmp_path)]
        command = [sys.executable, "-I", "-S", str(LAUNCHER), *arguments]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
            connection, _ = listening.accept()
            request = connection.recv(1 << 20)
            while len(request) < 16 + int.from_bytes(request[:4], "little"):
                request += connection.recv(1 << 20)
            with connection:
                serve(connection, process)
            return process.wait(30)


def _ends_well(connection: socket.socket, _process: subprocess.Popen[bytes]) -> None:
    connection.sendall(b"K")
    assert connection.recv(1) == b"G"
    connection.sendall(b"\0\3")


def _refuses(connection: socket.socket, _process: subprocess.Popen[bytes]) -> None:
    connection.sendall(b"Rno more descriptors")


def _goes_before_it_took_it(_connection: socket.socket, _process: subprocess.Popen[bytes]) -> None:
    """Closes."""


def _is_killed_with_g_unread(connection: socket.socket, _process: subprocess.Popen[bytes]) -> None:
    connection.sendall(b"K")
    time.sleep(0.5)


def _is_killed_with_a_signal_unread(connection: socket.socket, process: subprocess.Popen[bytes]) -> None:
    connection.sendall(b"K")
    assert connection.recv(1) == b"G"
    process.send_signal(signal.SIGTERM)
    connection.recv(1, socket.MSG_PEEK)


@pytest.mark.parametrize(
    ("serve", "status", "noted"),
    [
        (_ends_well, 3, "warm"),
        (_refuses, 77, "cold: no more descriptors"),
        (_goes_before_it_took_it, 77, "cold: the warm process went away"),
        (_is_killed_with_g_unread, -signal.SIGKILL, "warm"),
        (_is_killed_with_a_signal_unread, -signal.SIGKILL, "warm"),
    ],
)
def test_a_launcher_ends_as_its_run_does(
    serve: Callable[[socket.socket, subprocess.Popen[bytes]], None], status: int, noted: str, tmp_path: Path
) -> None:
    assert _served(tmp_path, tmp_path / "note", serve) == status
    assert (tmp_path / "note").read_text(encoding="utf-8") == noted


def test_a_note_that_cannot_be_written_ends_no_run(tmp_path: Path) -> None:
    assert _served(tmp_path, tmp_path / "missing" / "note", _ends_well) == 3
