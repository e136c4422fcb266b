# SPDX-License-Identifier: Apache-2.0
"""Processes of a slice: found below us or by their mark, and ended without leaving one behind (Linux).

Ansible's workers live in sessions of their own and SSH masters leave their parent on purpose, so killing a process
group misses them. A subreaper becomes the parent of every orphan below it: what it cannot find below itself is gone.
"""

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PROC = Path("/proc")
#: In the environment of everything Ansible starts for a slice.
MARK = "OPSCONDUCTOR_SLICE"


def become_subreaper() -> None:
    """From now on orphans below this process become its children."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def signal_when_parent_dies(number: int) -> None:
    """Have the kernel send this signal when the parent is gone."""
    _prctl(_PR_SET_PDEATHSIG, number)


def descendants(pid: int) -> list[int]:
    """Every process below `pid`, zombies left out."""
    children: dict[int, list[int]] = {}
    for child, parent, state in _table():
        if state != "Z":
            children.setdefault(parent, []).append(child)
    found: list[int] = []
    waiting = [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def marked(slice_id: str) -> list[int]:
    """Processes of this user that carry the slice's mark in their environment."""
    mark = f"{MARK}={slice_id}".encode()
    found = []
    for child, _parent, state in _table():
        with contextlib.suppress(OSError):
            if state != "Z" and mark in (_PROC / str(child) / "environ").read_bytes().split(b"\0"):
                found.append(child)
    return found


def end_all(find: Callable[[], Iterable[int]], timeout: float = 10.0) -> bool:
    """Kill until `find` finds nothing more; whether that was reached. Only for processes the slice started."""
    deadline = time.monotonic() + timeout
    while pids := list(find()):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        reap()
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    reap()
    return True


def end_descendants() -> bool:
    """End everything below this process."""
    own = os.getpid()
    return end_all(lambda: descendants(own))


def end_masters(control_paths: Path) -> bool:
    """End the SSH connections that were kept open below this process; what else a task has started lives on."""
    own, mark = os.getpid(), str(control_paths).encode()
    return end_all(lambda: [pid for pid in descendants(own) if mark in _command(pid)])


def reap() -> None:
    """Take the exit status of every child that has ended; nobody may be waiting for one elsewhere."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _table() -> Iterable[tuple[int, int, str]]:
    """(pid, parent, state) of every process."""
    for folder in _PROC.iterdir():
        if folder.name.isdigit():
            try:
                stat = (folder / "stat").read_text(errors="replace")
            except OSError:
                continue  # ended meanwhile
            state, parent = stat[stat.rindex(")") + 2 :].split()[:2]
            yield int(folder.name), int(parent), state


def _command(pid: int) -> bytes:
    try:
        return (_PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return b""


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl failed")
