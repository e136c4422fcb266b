# SPDX-License-Identifier: Apache-2.0
"""Who serves the queue of a HOME for good: servers and workers hold a lock that others can look at."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def serving(home: Path, *, alone: bool = False) -> Iterator[bool]:
    """Hold the lock for the length of the block; `alone`: only when nobody else does. Gives whether it is held.

    The kernel gives the lock back however the process ends.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(home / "serving.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield _held(lock, alone)
    finally:
        os.close(lock)


def _held(lock: int, alone: bool) -> bool:
    if alone:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    fcntl.flock(lock, fcntl.LOCK_SH)
    return True
