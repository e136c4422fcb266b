# SPDX-License-Identifier: Apache-2.0
"""Cuts off what takes too long on a target, and sees to it that nothing of a step that was cut off goes on there."""

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from opsconductor.clock import utc_now
from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.events import EventKind, JobEvent
from opsconductor.domain.inventory import BoundTarget
from opsconductor.domain.jobs import Slice
from opsconductor.domain.results import ResultStatus
from opsconductor.execution.endings import not_run
from opsconductor.execution.limits import Limits
from opsconductor.execution.parts import OpenedSlice
from opsconductor.execution.processes import TARGET_MARK, terminate
from opsconductor.execution.slice_folder import SliceFolder
from opsconductor.execution.target_processes import NOTHING, end_here, end_on_targets, environment_of
from opsconductor.execution.under_way import UnderWay

#: Seconds between two looks at this machine.
_BETWEEN = 1.0


class Cutter:
    """One slice's. `look` is called now and then while it runs."""

    def __init__(
        self,
        under_way: UnderWay,
        limits: Limits,
        folder: SliceFolder,
        piece: Slice,
        put: Callable[[JobEvent], None],
    ) -> None:
        self.under_way = under_way
        self.limits = limits
        self.folder = folder
        self.piece = piece
        self.put = put
        self._targets: dict[str, BoundTarget] = {}
        self._hosts: Mapping[str, str] = {}
        self._tasks: Mapping[str, str] = {}
        self._aliases: dict[str, str] = {}
        #: Targets whose time is over.
        self._over: set[str] = set()
        self._asking: list[threading.Thread] = []
        self._open = False

    def open(self, targets: Sequence[BoundTarget], opened: OpenedSlice, tasks: Mapping[str, str]) -> None:
        """The targets can be logged in to, until `close`. `tasks`: in the fast profile, target → Ansible's id of the
        task that has begun there last, at any time."""
        self._targets = {target.name: target for target in targets}
        self._tasks = tasks
        self._hosts = opened.names
        self._aliases = opened.aliases()
        self._open = True

    def variables(self, target: str) -> dict[str, Any]:
        """Host variables by which processes on the target are found again, and by which it is cut off."""
        if target not in self._targets:
            return {}
        if self.limits.target is not None and is_ended_here(self._targets[target]):
            return {
                "ansible_connection": "opsconductor.core.local",
                "opsc_cut_off": str(self._flag(target)),
                "opsc_environment": {TARGET_MARK: self._mark(target)},
            }
        return environment_of(self._targets[target], self.piece.id)

    def look(self) -> None:
        """End the targets whose time is over: their connection here, then what is left there."""
        if self.limits.target is None or not self._open:
            return
        late = {t: s for t, s in self.under_way.over(self.limits.target).items() if t not in self._over}
        if not late:
            return
        self._over |= late.keys()
        cut = {target: step for target, step in late.items() if self._cut(target, step)}
        if cut:
            asking = threading.Thread(target=self._ask, args=(cut,), name="asking targets", daemon=True)
            self._asking.append(asking)
            asking.start()

    def close(self, *, cut_off: bool) -> None:
        """Nothing of the slice runs here any more. `cut_off`: it was ended, so ask where something was under way."""
        self._open = False
        if cut_off:
            self._ask({t: s for t, s in self.under_way.steps().items() if t not in self._over})
        for asking in self._asking:
            asking.join()

    def _cut(self, target: str, step: int) -> bool:
        found = self._targets[target]
        if found.kind is not ConnectionKind.SSH and not is_ended_here(found):
            means = f"over {found.kind.value}" if found.kind is not ConnectionKind.LOCAL else "as another user"
            over = f"{target}: {self.limits.target_told}; {means} it is not cut off"
            self.put(self._event(EventKind.WARNING, f"late-{target}", over, step, target))
            return False
        # Told before the connection ends: to Ansible the target is only unreachable.
        now, reason = utc_now(), self.limits.target_told
        job, piece, key = self.piece.job_id, self.piece.id, f"limit-{target}"
        self.put(not_run(job, piece, key, now, ResultStatus.FAILED, reason, [target], step))
        self.put(not_run(job, piece, f"{key}-rest", now, ResultStatus.NOT_RUN, f"stopped at step {step}", [target]))
        if found.kind is ConnectionKind.SSH:
            terminate(self.piece.id, self._aliases[target])
        else:
            self._flag(target).touch()
        return True

    def _mark(self, target: str) -> str:
        """Of one length, so that no target's is the beginning of another's."""
        return f"{self.piece.id}:{sha256(target.encode()).hexdigest()[:16]}"

    def _flag(self, target: str) -> Path:
        return self.folder.cut_off / self._mark(target).rpartition(":")[2]

    def _ask(self, steps: Mapping[str, int]) -> None:
        targets = [self._targets[target] for target in steps if target in self._targets]
        if not targets:
            return
        for name in [t.name for t in targets if t.name in self._over and is_ended_here(t)]:
            told = self._end_here(name)
            self.put(self._event(EventKind.PROCESSES, f"processes-{name}", told, steps[name], name))
            targets = [target for target in targets if target.name != name]
        if not targets:
            return
        hosts = {host: name for host, name in self._hosts.items() if name in steps}
        for name, told in end_on_targets(self.folder, self.piece.id, targets, hosts, dict(self._tasks)).items():
            self.put(self._event(EventKind.PROCESSES, f"processes-{name}", told, steps[name], name))

    def _end_here(self, target: str) -> str:
        """What became of a target on this machine. What begins at this very moment is seen at the next look."""
        while (told := end_here(self._mark(target))).startswith(NOTHING):
            if not self._open or target not in self.under_way.steps():
                break
            time.sleep(_BETWEEN)
        return told

    def _event(self, kind: EventKind, key: str, message: str, step: int, target: str) -> JobEvent:
        return JobEvent(
            job_id=self.piece.job_id,
            slice_id=self.piece.id,
            seq=0,
            key=key[:100],
            kind=kind,
            at=utc_now(),
            step=step,
            target=target,
            message=message,
        )


def is_ended_here(target: BoundTarget) -> bool:
    """Whether it is this machine, and what its tasks start is ours to end: not what another user's become has made."""
    own = target.become is None or os.geteuid() == 0
    return target.kind is ConnectionKind.LOCAL and target.platform is Platform.LINUX and own
