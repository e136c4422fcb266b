# SPDX-License-Identifier: GPL-3.0-or-later
"""Mitogen's service of connections, kept between slices: one slice at a time has each, and none without a fresh login.

Runs in the multiplexer. A connection belongs to a slot; the slot to the way it was made (credential, address, host
key, user, options) and to one slice, until that ends. The next slice gets it only after a fresh login along the same
way, with the same rights, has gone well; otherwise it is closed and another one made, as if there had never been one.
"""

import os
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mitogen.core
import mitogen.service
from ansible_mitogen.services import ContextService, key_from_dict

from opsconductor.execution.hot import BEGAN
from opsconductor.warm.early_logins import EarlyLogins
from opsconductor.warm.way import fingerprint, keepable, step_of

#: Seconds between two looks for connections whose time is up.
_PACE = 1.0
#: Seconds that a kept connection has to answer. Somebody has just logged in along the same way.
_PATIENCE = 5.0


@dataclass(eq=False)
class Slot:
    """One connection, with what was made on top of it."""

    way: str
    number: int
    holder: str | None
    keep: bool  #: may be given to another slice
    made: float  #: when its login began
    used: bool = False  #: a slice before the present one has used it
    good: set[str] = field(default_factory=set)  #: what the present slice may do with it
    lock: threading.Lock = field(default_factory=threading.Lock)
    context: Any = None
    stack: list[dict[str, Any]] = field(default_factory=list)  #: how it was gone last


class _Arguments(dict[str, Any]):
    """Arguments of a connection, told apart by the slot: paths in them are other ones in every slice."""

    name = ""

    def items(self) -> Any:
        """What mitogen makes a key of."""
        return [("slot", self.name)]


class HotContexts(ContextService):  # type: ignore[misc]
    """The service."""

    def __init__(self, router: Any, lifetime: float) -> None:
        """`lifetime`: seconds after its login that a connection is kept for other slices; 0: for none."""
        super().__init__(router=router)
        self.lifetime = lifetime
        self._slots: list[Slot] = []
        #: (slice, what a task gave) → fingerprint.
        self._ways: dict[tuple[str, str], str] = {}
        #: Slice → when it began: whatever it logs in with was opened after that.
        self._began: dict[str, float] = {}
        #: When connections were dropped last. What slices that had begun by then leave is kept for nobody.
        self._dropped = -1.0
        #: Slices that have ended lately: what of theirs is still to be answered gets no connection.
        self._over: deque[str] = deque(maxlen=1000)
        self._guard = threading.Lock()
        self._count = 0
        self._logins = EarlyLogins()
        threading.Thread(target=self._watch, name="lifetime", daemon=True).start()

    @classmethod
    def name(cls) -> str:
        """What it is asked under."""
        return "ansible_mitogen.services.ContextService"

    @mitogen.service.expose(mitogen.service.AllowParents())  # type: ignore[untyped-decorator]
    @mitogen.service.arg_spec({"stack": list})  # type: ignore[untyped-decorator]
    def get(self, stack: list[dict[str, Any]]) -> dict[str, Any]:
        """The connection at the end of the way, made or found."""
        slot = self._slot(stack)
        wanted = "/".join(step_of(spec) for spec in stack[1:])
        with slot.lock:
            if slot.used and wanted not in slot.good:
                if not keepable(stack) or not self._may(slot, stack):
                    self._close(slot)
                    slot.number, slot.used, slot.keep = self._next(), False, self.lifetime > 0 and keepable(stack[:1])
                    slot.made = time.monotonic()
                slot.good.add(wanted)
            slot.stack = stack
            named = self._named(slot, stack)
        found: dict[str, Any] = super().get(stack=named)
        first = self._response_by_key.get(key_from_dict(via=None, **named[0]))
        if not keepable(stack):
            slot.keep = False
        if first:
            slot.context = first["context"]
            with self._guard:
                late = slot not in self._slots
            if late:  # the slice was over before the login was
                self._close(slot)
        return found

    @mitogen.service.expose(mitogen.service.AllowParents())  # type: ignore[untyped-decorator]
    @mitogen.service.arg_spec({"stack": list})  # type: ignore[untyped-decorator]
    def reset(self, stack: list[dict[str, Any]]) -> bool:
        """Close it: the next task makes another one."""
        if not stack:
            return False
        slot = self._slot(stack)
        with slot.lock:
            there = slot.context is not None
            self._close(slot)
            slot.number, slot.used = self._next(), False
        return there

    def end(self, slice_id: str, *, good: bool) -> int:
        """The slice is over: what it had may be kept, unless it ended badly; how many there were."""
        with self._guard:
            self._ways = {asked: way for asked, way in self._ways.items() if asked[0] != slice_id}
            self._over.append(slice_id)
            good = good and self._began.pop(slice_id, 0.0) > self._dropped
            mine = [slot for slot in self._slots if slot.holder == slice_id]
            for slot in mine:
                slot.holder, slot.used = None, True
                slot.good.clear()
                slot.keep = slot.keep and good and slot.context is not None
        self._logins.forget(slice_id)
        self._sweep()
        return len(mine)

    def expect(self, slice_id: str, folder: Path) -> int:
        """The slice has its credentials and is about to come: log in for it meanwhile. How many ways are kept."""
        with self._guard:
            kept = [(slot.way, slot.stack) for slot in self._slots if slot.holder is None and slot.keep and slot.stack]
        self._logins.begin(slice_id, folder, kept)
        return len(kept)

    def drop(self) -> int:
        """Keep none of what there is now, nor what slices that have begun come to; how many there were."""
        self._logins.forget()
        with self._guard:
            self._dropped = time.monotonic()
            found = len(self._slots)
            for slot in self._slots:
                slot.keep = slot.keep and slot.holder is not None
        self._sweep()
        return found

    def count(self) -> int:
        """How many there are."""
        return len(self._slots)

    def _slot(self, stack: list[dict[str, Any]]) -> Slot:
        told = stack[0]["slice"]
        # Every task asks, and the files of a slice with many targets are long.
        asked = (told["id"], step_of(stack[0]))
        way = self._ways.get(asked)
        if way is None:
            self._began.setdefault(told["id"], _began(Path(told["folder"])))
            way = self._ways[asked] = fingerprint(stack, Path(told["folder"]))
        return self._take(told["id"], way, keepable(stack[:1]))

    def _take(self, slice_id: str, way: str, keep: bool) -> Slot:
        with self._guard:
            if slice_id in self._over:
                raise mitogen.core.StreamError("the slice is over")
            now = time.monotonic()
            free = None
            for slot in self._slots:
                if slot.way != way:
                    continue
                if slot.holder == slice_id:
                    return slot
                if slot.holder is None and slot.keep and now - slot.made < self.lifetime:
                    free = slot
            if free is None:
                self._count += 1
                free = Slot(way, self._count, slice_id, keep and self.lifetime > 0, now)
                self._slots.append(free)
            free.holder = slice_id
            return free

    def _next(self) -> int:
        with self._guard:
            self._count += 1
            return self._count

    def _named(self, slot: Slot, stack: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The way as mitogen wants it. Steps beyond the login are told apart by all they say."""
        found = []
        for place, spec in enumerate(stack):
            arguments = _Arguments(spec["kwargs"])
            arguments.name = f"{slot.number}/{place}/{step_of(spec) if place else ''}"
            found.append({name: value for name, value in spec.items() if name != "slice"} | {"kwargs": arguments})
        return found

    def _may(self, slot: Slot, stack: list[dict[str, Any]]) -> bool:
        """Whether somebody who logs in now comes as far, and has the rights that the kept connection has."""
        groups = self._logins.take(stack)
        if groups is None:
            return False
        key, via = "", None
        for spec in self._named(slot, stack):
            key = key_from_dict(via=via, **spec)
            response = self._response_by_key.get(key)
            if response is None:
                return via is not None  # it is made anew, on a login that is good
            via = response["context"]
        try:
            asked = [via.call_async(each) for each in (os.getegid, os.getgroups)]  # type: ignore[union-attr]
            first, others = (answer.get(timeout=_PATIENCE).unpickle() for answer in asked)
        except (mitogen.core.ChannelError, mitogen.core.CallError, mitogen.core.TimeoutError):
            return False
        return {first, *others} == groups

    def _close(self, slot: Slot) -> None:
        context, slot.context = slot.context, None
        if context is not None:
            with self._lock:
                self._shutdown_unlocked(context)

    def _sweep(self) -> None:
        """Close what nobody has and nobody may get."""
        now = time.monotonic()
        with self._guard:
            over = [s for s in self._slots if s.holder is None and (not s.keep or now - s.made >= self.lifetime)]
            self._slots = [slot for slot in self._slots if slot not in over]
        for slot in over:
            with slot.lock:
                self._close(slot)

    def _watch(self) -> None:
        while True:
            time.sleep(_PACE)
            self._sweep()


def _began(folder: Path) -> float:
    """When a slice began; before everything, where it does not say so."""
    try:
        return float((folder / BEGAN).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0.0
