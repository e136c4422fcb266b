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
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
#: madvise(2)
_POPULATE_WRITE = 23
_PROC = Path("/proc")
#: In the environment of everything Ansible starts for a slice.
MARK = "OPSCONDUCTOR_SLICE"
#: In the environment of what a task of the fast profile starts on its target: the task, and where its Python is.
TASK_MARK = "OPSCONDUCTOR_TASK"
#: In the environment of what a task starts on this machine as a target: the slice, and which of its targets.
TARGET_MARK = "OPSCONDUCTOR_TARGET"
#: What a warm process has in its place: room that each fork of it fills in.
PLACEHOLDER = "-" * 64


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


def at_rest(pid: int) -> list[int]:
    """Every process below `pid`, without looking at all of this machine's: while none of them begins or ends, else
    the kernel may leave some out."""
    found, waiting = [], [pid]
    try:
        while waiting:
            for thread in (_PROC / str(waiting.pop()) / "task").iterdir():
                below = [int(child) for child in (thread / "children").read_text(encoding="ascii").split()]
                found += below
                waiting += below
    except OSError:  # a kernel that keeps no such lists
        return descendants(pid)
    return found


def marked(slice_id: str) -> list[int]:
    """Processes of this user that carry the slice's mark in their environment.

    A target may be a container of this machine: what runs there has the mark, too, and is not looked at.
    """
    mark, own = f"{MARK}={slice_id}".encode(), _namespace(os.getpid())
    found = []
    for child, _parent, state in _table():
        with contextlib.suppress(OSError):
            environment = (_PROC / str(child) / "environ").read_bytes()
            if state != "Z" and mark in environment.split(b"\0") and _namespace(child) == own:
                found.append(child)
    return found


def _namespace(pid: int) -> Path:
    return (_PROC / str(pid) / "ns" / "pid").readlink()


def end_all(find: Callable[[], Iterable[int]], timeout: float = 10.0, *, reaping: bool = True) -> bool:
    """Kill until `find` finds nothing more; whether that was reached. Only for processes the slice started.

    `reaping` takes the exit status of every child: not where somebody waits for one.
    """
    deadline = time.monotonic() + timeout
    while pids := list(find()):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if reaping:
            reap()
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    if reaping:
        reap()
    return True


def end_descendants() -> bool:
    """End everything below this process."""
    own = os.getpid()
    return end_all(lambda: descendants(own))


def of_slice(slice_id: str) -> list[int]:
    """Every process below this one, and every one that carries the slice's mark: what a warm process has forked for
    the slice is not below us."""
    own = os.getpid()
    return [pid for pid in {*descendants(own), *marked(slice_id)} if pid != own]


def masters(control_paths: Path) -> list[int]:
    """The SSH connections that the slice with this folder keeps open. ssh writes its title over its environment, and
    the mark with it; the title names the slice's folder."""
    title = f"ssh: {control_paths}/".encode()
    return [pid for pid, _parent, _state in _table() if _command(pid).startswith(title) and _ours(pid)]


def end_slice(slice_id: str, control_paths: Path, spared: Collection[int] = ()) -> bool:
    """End everything that belongs to the slice but these. For its own guardian and supervisor: all below this process
    goes."""
    return end_all(lambda: {*of_slice(slice_id), *masters(control_paths)}.difference(spared))


def end_strangers(slice_id: str, control_paths: Path) -> bool:
    """End what can be told to belong to the slice, from a process that has others below it."""
    return end_all(lambda: {*marked(slice_id), *masters(control_paths)})


def end_masters(control_paths: Path) -> bool:
    """End the SSH connections that the slice kept open; what else a task has started lives on."""
    return end_all(lambda: masters(control_paths))


def terminate(slice_id: str, word: str) -> None:
    """Ask what belongs to the slice and has that word among its arguments to end.

    The way over a jump host has its word, too: within one argument, and among those of the ssh that only hands on (-W).
    """
    for pid in of_slice(slice_id):
        words = _command(pid).split(b"\0")
        if word.encode() in words and b"-W" not in words:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGTERM)


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


def _ours(pid: int) -> bool:
    """Whether it is of this user: anybody can have a title."""
    try:
        return (_PROC / str(pid)).stat().st_uid == os.geteuid()
    except OSError:
        return False


def names_of_threads() -> list[str]:
    """Of this process: Python's own, and those that Python knows nothing of."""
    found = []
    for thread in (_PROC / "self" / "task").iterdir():
        with contextlib.suppress(OSError):
            found.append((thread / "comm").read_text(errors="replace").strip())
    return found


def own_pages() -> None:
    """Copy now what this fork shares with its parent, rather than page by page with the first write to each: thousands
    of those make up half of a supervisor's start. Where the kernel cannot (before 5.14), it does it later."""
    madvise = ctypes.CDLL(None, use_errno=True).madvise
    for line in (_PROC / "self" / "maps").read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        places, rights = line.split(maxsplit=2)[:2]
        if rights == "rw-p":
            start, end = (int(place, 16) for place in places.split("-"))
            madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), _POPULATE_WRITE)


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl failed")
