# SPDX-License-Identifier: Apache-2.0
"""How far large files have come, as events."""

from datetime import UTC, datetime

from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.events import EventKind, JobEvent
from opsconductor.domain.jobs import Slice, SliceStatus
from opsconductor.execution.deliveries import ssh_variables
from opsconductor.execution.transfers import Transfers
from tests.fixtures.job_world import local_target

MB = 1 << 20
PIECE = Slice(
    id="s", job_id="j", batch=0, lane="windows/plain/default", platform=Platform.WINDOWS, attempt=1, targets=("a",),
    status=SliceStatus.RUNNING, fence=1, lease_until=datetime(2026, 1, 1, tzinfo=UTC),
)  # fmt: skip


class Told:
    """Events, and a clock to set."""

    def __init__(self) -> None:
        self.events: list[JobEvent] = []
        self.now = 0.0
        self.transfers = Transfers(PIECE, self.events.append, lambda: self.now)

    def moved(self, at: float, done: float, target: str = "a") -> None:
        self.now = at
        self.transfers.moved(2, target, int(done * MB), int(45.2 * MB))


def test_they_are_told_once_a_second_and_never_for_little() -> None:
    told = Told()
    for at, done in [(0.0, 0.1), (0.5, 9), (1.2, 23.1), (1.9, 30), (2.3, 24), (9.0, 24.1), (9.5, 40)]:
        told.moved(at, done)
    assert [event.message for event in told.events] == ["23.1 MB of 45.2 MB", "40.0 MB of 45.2 MB"]
    assert {(e.kind, e.step, e.target) for e in told.events} == {(EventKind.TRANSFER, 2, "a")}
    assert len({event.key for event in told.events}) == 2


def test_a_file_that_is_sent_anew_is_told_anew() -> None:
    told = Told()
    for at, done in [(0.0, 0), (2.0, 40), (4.0, 5), (6.0, 10)]:
        told.moved(at, done)
    assert [event.data["done"] // MB for event in told.events] == [40, 5, 10]


def test_a_rate_is_told_to_what_copies_over_ssh() -> None:
    ssh = local_target("shore").model_copy(update={"kind": ConnectionKind.SSH})
    winrm = local_target("pane").model_copy(update={"kind": ConnectionKind.WINRM})
    paced = {"ansible_sftp_extra_args": "-l 8000", "ansible_scp_extra_args": "-l 8000"}
    assert ssh_variables(1_000_000, [ssh, winrm]) == {"shore": paced}
    assert ssh_variables(None, [ssh]) == {}


def test_large_files_are_not_compressed_on_their_way() -> None:
    ssh = local_target("shore").model_copy(update={"kind": ConnectionKind.SSH})
    given = ssh_variables(None, [ssh], {"shore"})["shore"]["ansible_ssh_args"]
    assert "ControlMaster" in given
    assert "-C" not in given
