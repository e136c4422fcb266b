# SPDX-License-Identifier: GPL-3.0-or-later
"""Fresh logins for a slice that is starting: made while Ansible reads its playbook, where the way is known already."""

import contextlib
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from opsconductor.warm.way import fingerprint, keepable, login, moved, step_of

#: Logins at a time. Whoever needs one that has not begun makes it himself.
_AT_ONCE = 8
#: Seconds after its beginning that a login says what one would give now.
_FRESH = 10.0
Stack = Sequence[Mapping[str, Any]]
Groups = frozenset[int] | None


class EarlyLogins:
    """Each is used once, by the slice it was made for, for exactly the way it went, and soon."""

    def __init__(self) -> None:
        self._choosing = ThreadPoolExecutor(1, thread_name_prefix="early ways")
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="early login")
        self._guard = threading.Lock()
        #: (slice, the whole way) → when it was asked for, and when it began and what came of it.
        self._made: dict[tuple[str, str], tuple[float, Future[tuple[float, Groups]]]] = {}

    def begin(self, slice_id: str, folder: Path, kept: Sequence[tuple[str, Stack]]) -> None:
        """Log in along those of the kept ways (fingerprint, how it was gone last) that the slice can go, too. Returns
        at once: files of the slice in `folder` tell which these are."""
        self._choosing.submit(self._begin, slice_id, folder, kept)

    def take(self, stack: Stack) -> Groups:
        """What a fresh login along the way has given: the one that was made for it, or one made now."""
        with self._guard:
            _, early = self._made.pop((stack[0]["slice"]["id"], _whole(stack)), (0.0, None))
        if early is None or early.cancel():
            return login(stack)
        began, groups = early.result()
        return groups if time.monotonic() - began <= _FRESH else login(stack)

    def forget(self, slice_id: str | None = None) -> None:
        """The slice is over; None: use none that there is now, of whatever slice."""
        with self._guard:
            self._discard([key for key in self._made if slice_id in (None, key[0])])

    def _begin(self, slice_id: str, folder: Path, kept: Sequence[tuple[str, Stack]]) -> None:
        now = time.monotonic()
        with self._guard:  # of slices that never came, or went another way
            self._discard([key for key, (asked, _) in self._made.items() if now - asked > 2 * _FRESH])
        for way, before in kept:
            # A password is the secret of the job before: it is not used for another one.
            if any(spec["kwargs"].get("password") is not None for spec in before):
                continue
            stack = moved(before, slice_id, folder)
            with contextlib.suppress(OSError):  # the slice may be over
                if keepable(stack) and fingerprint(stack, folder) == way:
                    with self._guard:
                        self._made[slice_id, _whole(stack)] = now, self._pool.submit(_login, stack)

    def _discard(self, keys: Sequence[tuple[str, str]]) -> None:
        for key in keys:
            self._made.pop(key)[1].cancel()


def _login(stack: Stack) -> tuple[float, Groups]:
    return time.monotonic(), login(stack)


def _whole(stack: Stack) -> str:
    return "/".join(step_of(spec) for spec in stack)
