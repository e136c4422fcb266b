# SPDX-License-Identifier: Apache-2.0
"""Large files that a slice deploys: targets may fetch them, at the pace that is set; how far they are is told."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from opsconductor.clock import utc_now
from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.events import EventKind, JobEvent
from opsconductor.domain.inventory import BoundTarget
from opsconductor.domain.jobs import Slice
from opsconductor.execution.copies import CopyWatch
from opsconductor.execution.environment import UNCOMPRESSED
from opsconductor.execution.parts import OpenedSlice
from opsconductor.execution.pull.desk import Handed, offers, open_desk
from opsconductor.execution.pull.server import PortsTaken
from opsconductor.execution.slice_folder import SliceFolder
from opsconductor.execution.transfers import Transfers
from opsconductor.settings import Settings

Put = Callable[[JobEvent], None]


class Deliveries:
    """What Ansible is told about large files, and what is heard of them while it runs."""

    def __init__(self, handed: Handed, limits: Mapping[str, Mapping[str, str]], steps: dict[str, int]) -> None:
        self.secrets = handed.secrets
        self._given = (handed.variables, limits)
        #: target → the step it is at
        self._steps = steps

    def variables(self, target: str) -> dict[str, Any]:
        """Host variables of a target."""
        return {name: value for given in self._given for name, value in given.get(target, {}).items()}

    def heard(self, event: JobEvent) -> None:
        """Something happened: it tells at which step a target is."""
        if event.target is not None and event.step is not None:
            self._steps[event.target] = event.step


@contextmanager
def open_deliveries(
    settings: Settings,
    piece: Slice,
    folder: SliceFolder,
    targets: Sequence[BoundTarget],
    opened: OpenedSlice,
    put: Put,
) -> Iterator[Deliveries]:
    """Offer the checked-out commit's large files, and watch those that Ansible copies, while the context lasts."""
    transfers, steps = Transfers(piece, put), dict[str, int]()
    wanted = offers(folder.project, targets)
    sizes = {offer.sha256: offer.size for offer in wanted}

    def copied(target: str, sha256: str, done: int) -> None:
        if target in steps:
            transfers.moved(steps[target], target, done, sizes[sha256])

    with ExitStack() as stack:
        handed = Handed()
        try:
            handed = stack.enter_context(
                open_desk(settings, wanted, lambda o, done: transfers.moved(o.step, o.target, done, o.size))
            )
        except PortsTaken as error:
            put(_warning(piece, f"Large files are not offered to be fetched: {error.message} {error.remedy}"))
        if wanted:
            own = {word: target for target, word in opened.aliases().items()}
            stack.enter_context(CopyWatch(piece.id, folder.project / "files", frozenset(sizes), targets, own, copied))
        large = {offer.target for offer in wanted}
        yield Deliveries(handed, ssh_variables(settings.transfer_rate, targets, large), steps)


def ssh_variables(
    rate: int | None, targets: Sequence[BoundTarget], large: Collection[str] = ()
) -> dict[str, dict[str, str]]:
    """Target name → variables that keep sftp and scp at `rate` bytes per second, which they know in kbit/s.

    Where large files go ssh compresses nothing: they mostly are compressed, and it took two to three times as long.
    """
    option = f"-l {max(1, rate * 8 // 1000)}" if rate else None
    paced = {"ansible_sftp_extra_args": option, "ansible_scp_extra_args": option} if option else {}
    plain = {"ansible_ssh_args": UNCOMPRESSED}
    ssh = [target.name for target in targets if target.kind is ConnectionKind.SSH]
    return {name: {**paced, **(plain if name in large else {})} for name in ssh if paced or name in large}


def _warning(piece: Slice, message: str) -> JobEvent:
    return JobEvent(
        job_id=piece.job_id,
        slice_id=piece.id,
        seq=0,
        key="not-offered",
        kind=EventKind.WARNING,
        at=utc_now(),
        message=message,
    )
