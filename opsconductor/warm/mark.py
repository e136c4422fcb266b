# SPDX-License-Identifier: GPL-3.0-or-later
"""The slice's mark in the environment that /proc shows of a fork.

/proc/PID/environ is what a process was started with, and a fork was not started: whoever looks for the processes of a
slice would not find it. So the warm process is started with room for a mark, which each fork fills in where it lies.
"""

import ctypes

from opsconductor.execution.processes import MARK, PLACEHOLDER

#: Longest id of a slice.
ROOM = len(PLACEHOLDER)


class Mark:
    """Where the mark is. Made before anything changes the environment."""

    def __init__(self) -> None:
        """Raises LookupError when the process was started without room."""
        entries = ctypes.POINTER(ctypes.c_void_p).in_dll(ctypes.CDLL(None), "environ")
        start = f"{MARK}={PLACEHOLDER}".encode()
        number = 0
        while address := entries[number]:
            if ctypes.string_at(address) == start:
                self._address = address + len(MARK) + 1
                return
            number += 1
        raise LookupError(f"{MARK} is not in the environment of this process")

    def write(self, slice_id: str) -> None:
        """From now on this process, and what it forks, carries the slice's mark. Raises ValueError when it is long."""
        text = slice_id.encode()
        if len(text) > ROOM:
            raise ValueError("the slice's id is too long")
        ctypes.memmove(self._address, text.ljust(ROOM, b"\0"), ROOM)
