# SPDX-License-Identifier: Apache-2.0
"""Watches how far Ansible has read the files it copies: the place in an open file tells, and the target is not asked.

A file goes over SSH by an sftp of its own, whose arguments name the target, and over WinRM by a worker of Ansible,
whose connection does. What is read is at most a few buffers ahead of what is there.
"""

import socket
import struct
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from opsconductor.domain.inventory import BoundTarget
from opsconductor.execution.processes import of_slice

_LOOK = 0.5
_PROC = Path("/proc")
_ESTABLISHED = "01"

#: Target, SHA-256, bytes so far.
Moved = Callable[[str, str, int], None]


class CopyWatch:
    """Looks at the processes of a slice while its context lasts."""

    def __init__(
        self,
        slice_id: str,
        files: Path,
        wanted: Collection[str],
        targets: Sequence[BoundTarget],
        aliases: dict[str, str],
        moved: Moved,
    ) -> None:
        """`files` holds <sha256>/<name>, of which those in `wanted` count; `aliases` maps an argument of ssh to the
        name of the target it stands for."""
        self.slice_id = slice_id
        self.files = files
        self.wanted = wanted
        self.moved = moved
        self._aliases = {alias.encode(): name for alias, name in aliases.items()}
        self._ends = {(t.address, t.port): t.name for t in targets}
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="copy watch", daemon=True)

    def __enter__(self) -> "CopyWatch":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(_LOOK):
            self.look()

    def look(self) -> None:
        """Tell of every copy under way."""
        for pid in of_slice(self.slice_id):
            for sha256, position in self._reading(pid):
                if target := self._target(pid):
                    self.moved(target, sha256, position)

    def _reading(self, pid: int) -> Iterator[tuple[str, int]]:
        """SHA-256 of the files that the process has open, and how far it has come in each."""
        with suppress(OSError):
            for entry in (_PROC / str(pid) / "fd").iterdir():
                with suppress(OSError):
                    path = entry.readlink()
                    if path.parent.parent == self.files and path.parent.name in self.wanted:
                        info = (_PROC / str(pid) / "fdinfo" / entry.name).read_text()
                        yield path.parent.name, int(info.split()[1])

    def _target(self, pid: int) -> str | None:
        """Whom the process talks to; None: nobody yet, or it cannot be told."""
        with suppress(OSError):
            words = (_PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
            if name := next((name for alias, name in self._aliases.items() if alias in words), None):
                return name
            return next((self._ends[end] for end in _peers(pid) if end in self._ends), None)
        return None


def _peers(pid: int) -> Iterator[tuple[str, int]]:
    """Address and port at the other end of the process's own TCP connections."""
    folder = _PROC / str(pid)
    own = {number for number in map(_socket, (folder / "fd").iterdir()) if number}
    for table in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in (folder / "net" / table).read_text().splitlines()[1:]:
                words = line.split()
                if words[3] == _ESTABLISHED and words[9] in own:
                    yield _end(words[2])


def _socket(entry: Path) -> str | None:
    """The inode number of a socket; None for another file."""
    with suppress(OSError):
        text = str(entry.readlink())
        if text.startswith("socket:["):
            return text[len("socket:[") : -1]
    return None


def _end(text: str) -> tuple[str, int]:
    """ "0100007F:1761" → ("127.0.0.1", 5985): words of four bytes in the machine's order."""
    address, _, port = text.partition(":")
    words = [int(address[i : i + 8], 16) for i in range(0, len(address), 8)]
    packed = struct.pack(f"={len(words)}I", *words)
    family = socket.AF_INET if len(words) == 1 else socket.AF_INET6
    return socket.inet_ntop(family, packed), int(port, 16)
