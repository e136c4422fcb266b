# SPDX-License-Identifier: GPL-3.0-or-later
"""Fresh logins for a slice that is starting: made while Ansible reads its playbook, where the way is known already."""

import contextlib
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from opsconductor.warm.way import fingerprint, keepable, login, moved, step_of

#: Logins at a time. Whoever needs one that has not begun makes it himself.
_AT_ONCE = 8
Stack = Sequence[Mapping[str, Any]]
Groups = frozenset[int] | None


class EarlyLogins:
    """Each is used once, by the slice it was made for, for exactly the way it went."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="early login")
        self._guard = threading.Lock()
        #: (slice, the whole way) → what came of it.
        self._made: dict[tuple[str, str], Future[Groups]] = {}

    def begin(self, slice_id: str, folder: Path, kept: Sequence[tuple[str, Stack]]) -> None:
        """Log in along those of the kept ways (fingerprint, how it was gone last) that the slice can go, too. Returns
        at once: files of the slice in `folder` tell which these are."""
        self._pool.submit(self._begin, slice_id, folder, kept)

    def take(self, stack: Stack) -> Groups:
        """What a fresh login along the way has given: the one that was made for it, or one made now."""
        with self._guard:
            early = self._made.pop((stack[0]["slice"]["id"], _whole(stack)), None)
        if early is None or early.cancel():
            return login(stack)
        return early.result()

    def forget(self, slice_id: str) -> None:
        """The slice is over."""
        with self._guard:
            over = [key for key in self._made if key[0] == slice_id]
            for key in over:
                self._made.pop(key).cancel()

    def _begin(self, slice_id: str, folder: Path, kept: Sequence[tuple[str, Stack]]) -> None:
        for way, before in kept:
            stack = moved(before, slice_id, folder)
            with contextlib.suppress(OSError):  # the slice may be over
                if keepable(stack) and fingerprint(stack, folder) == way:
                    with self._guard:
                        self._made[slice_id, _whole(stack)] = self._pool.submit(login, stack)


def _whole(stack: Stack) -> str:
    return "/".join(step_of(spec) for spec in stack)
