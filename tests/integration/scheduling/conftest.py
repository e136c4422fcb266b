# SPDX-License-Identifier: Apache-2.0
"""An installation of three machines whose jobs run as a test says, by a clock that a test sets."""

import shutil
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from opsconductor.clock import utc_now
from opsconductor.db.migrate import upgrade
from opsconductor.db.repositories.plans import PlanRepository
from opsconductor.domain.approvals import Approval
from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.jobs import Job, Slice
from opsconductor.domain.lint import LintStatus, LintVerdict
from opsconductor.domain.plans import PlanRecord
from opsconductor.domain.schedules import ScheduleRun
from opsconductor.domain.specs import AssetSpec, ConnectionSpec, GroupSpec
from opsconductor.execution.writing import EventStore
from opsconductor.settings import Settings
from opsconductor.wiring import Container, open_container
from tests.fixtures.scripted_supervisors import ScriptedSupervisors, begin, end

ACTOR = "local:ann"
#: A Monday.
START = "2026-05-04T12:00:00+00:00"
#: Marks tests of what is decided once for everybody: they are run on both kinds of databases.
EITHER = pytest.mark.usefixtures("any_database")


@dataclass
class Desk:
    """The services of an installation, and how its jobs end."""

    container: Container
    clock: time_machine.Traveller
    supervisors: ScriptedSupervisors = field(default_factory=ScriptedSupervisors)
    running: list[tuple[EventStore, Slice]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.container.dispatcher.supervisors = self.supervisors

    def machine(self, name: str) -> None:
        """One more machine in the asset group 'Here'."""
        local = ConnectionSpec(kind=ConnectionKind.LOCAL)
        spec = AssetSpec(
            name=name, platform=Platform.LINUX, address="127.0.0.1", groups=("Here",), connections=(local,)
        )
        self.container.assets.add(spec, "test")

    def plan(self, text: str) -> PlanRecord:
        """A plan whose playbook has passed its checks: these are tried elsewhere, and take seconds."""
        return self.checked(self.container.planning.propose(text, ACTOR, follow=False))

    def checked(self, record: PlanRecord) -> PlanRecord:
        """The checks of the plan's playbook have passed."""
        assert record.commit, (record.plan.questions, record.plan.obstacles)
        with self.container.database.session() as session:
            PlanRepository(session).set_lint(record.plan.id, LintVerdict(status=LintStatus.GREEN))
        return record

    def approve(self, plan_id: str, *, standing: bool = False) -> Approval:
        """Approve a plan as it is."""
        record = self.checked(self.container.planning.get(plan_id))
        return self.container.approving.approve(plan_id, record.digest or "", ACTOR, standing=standing)

    def go(self, **length: float) -> datetime:
        """The clock goes on, or back; then the dispatcher looks."""
        self.clock.shift(timedelta(**length))
        self.container.dispatcher.tick()
        database = self.container.database
        self.running += [(begin(database, piece, lease=1e8), piece) for piece in self.supervisors.take()]
        return utc_now()

    def end(self, failed: Collection[str] = ()) -> None:
        """What runs now ends, failing on these machines."""
        running, self.running = self.running, []
        for store, piece in running:
            end(self.container.database, store, piece, failed)
        self.go(seconds=0)

    def jobs(self) -> list[Job]:
        """All jobs, oldest first."""
        return self.container.jobs.recent(limit=500)[::-1]

    def runs(self, name: str) -> list[ScheduleRun]:
        """What became of a schedule's times, oldest first."""
        return [*self.container.schedules.runs(name, limit=500)][::-1]

    def audited(self, action: str) -> list[dict[str, object]]:
        """The details of all audit entries of that action, newest first."""
        return [entry.details for entry in self.container.audit.list(action=action, limit=100).items]


@pytest.fixture
def desk(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Services whose dispatcher ticks only when a test says so."""
    # The checked catalogue is the same in every test, and takes a while.
    cache = tmp_path_factory.getbasetemp() / "catalogue"
    cache.mkdir(mode=0o700, exist_ok=True)
    (tmp_path / "opsc").mkdir(mode=0o700)
    (tmp_path / "opsc" / "cache").symlink_to(cache)
    runtime = Path(tempfile.mkdtemp(prefix="opsc-test-", dir="/dev/shm"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    settings = Settings(home=tmp_path / "opsc")
    if settings.database_url is not None:
        upgrade(settings)
    with time_machine.travel(START, tick=False) as clock, open_container(settings) as container:
        made = Desk(container, clock)
        container.groups.add(GroupSpec(name="Here"), "test")
        for name in ("here-1", "here-2"):
            made.machine(name)
        yield made
    shutil.rmtree(runtime, ignore_errors=True)
