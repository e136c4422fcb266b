# SPDX-License-Identifier: Apache-2.0
"""Connections that a multiplexer keeps between jobs: how to have them closed, and counted.

Each warm process of the fast profile has a multiplexer, and each multiplexer a socket of its own in the folder of
that process. A command is a line: `end SLICE good|bad`, `drop` or `count`, answered by a line with a number; or
`expect SLICE FOLDER`, for whose answer nobody waits.
"""

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

_SOCKET = "m"
#: In a slice's folder: when it began, which was before it opened a credential, by this machine's monotonic clock.
BEGAN = "began"
#: Seconds that a multiplexer has for its answer.
_PATIENCE = 5.0
#: Seconds that a slice waits to be heard before it goes on as ever.
_PROMPT = 0.1


def control_of(own: Path) -> Path:
    """The multiplexer's socket in the folder of its warm process."""
    return own / _SOCKET


def ask(path: Path, command: str) -> int:
    """Give one command; its number. Raises OSError."""
    with _connected(path, _PATIENCE) as connection:
        connection.sendall(f"{command}\n".encode())
        return int(connection.recv(32) or b"0")


@contextlib.contextmanager
def _connected(path: Path, patience: float) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(patience)
        connection.connect(str(path))
        yield connection


def serves(own: Path) -> bool:
    """Whether a multiplexer is there: runs reach their targets through this folder, with or without a warm process."""
    try:
        ask(control_of(own), "count")
    except (FileNotFoundError, ConnectionRefusedError):
        return False
    except (OSError, ValueError):  # it is there, and has no time
        return True
    return True


def expect(runtime: Path, slice_id: str, folder: Path) -> None:
    """A slice with its credentials in `folder` is about to start: fresh logins for kept connections begin."""
    for path in runtime.glob(f"w/*/*/{_SOCKET}"):
        with contextlib.suppress(OSError), _connected(path, _PROMPT) as connection:
            connection.sendall(f"expect {slice_id} {folder}\n".encode())


def ended(own: Path, slice_id: str, *, good: bool) -> None:
    """A slice is over: what it used may be kept for the next one, or is closed."""
    with contextlib.suppress(OSError):  # without its multiplexer there is nothing to close
        ask(control_of(own), f"end {slice_id} {'good' if good else 'bad'}")


def drop(runtime: Path) -> int:
    """Close every connection that is kept on this machine, those in use when their slice ends; how many there were.

    Whatever they rested on has changed. One that cannot be reached now is closed by its time limit, and none is used
    again without a fresh login.
    """
    return _each(runtime, "drop")


def count(runtime: Path) -> int:
    """How many connections are open, in use or kept."""
    return _each(runtime, "count")


def _each(runtime: Path, command: str) -> int:
    found = 0
    for path in runtime.glob(f"w/*/*/{_SOCKET}"):
        with contextlib.suppress(OSError, ValueError):  # it has ended, or is ending
            found += ask(path, command)
    return found
