# SPDX-License-Identifier: Apache-2.0
"""Databases of past versions in the hands of this one: brought up to date, opened, read and folded."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from opsconductor import __version__
from opsconductor.db.migrate import current, head, upgrade
from opsconductor.domain.jobs import JobStatus, Priority
from opsconductor.domain.plans import Outcome, PlanStatus
from opsconductor.domain.results import ResultStatus
from opsconductor.services.schedules import Policy
from opsconductor.settings import Settings
from opsconductor.wiring import Container, open_container
from tests.fixtures.databases import SECRETS, move, restore, versions


@pytest.fixture(params=versions())
def container(request: pytest.FixtureRequest, any_database: str, tmp_path: Path) -> Iterator[Container]:
    """The services on a database of each version, of either kind."""
    settings = Settings(home=tmp_path / "seeded")
    if any_database == "postgresql":
        move(request.param, settings)
    else:
        restore(request.param, settings.home)
    upgrade(settings)
    assert current(settings) == head()
    with open_container(settings) as opened:
        assert opened.database.engine.dialect.name == any_database
        yield opened


def test_this_version_has_one() -> None:
    assert __version__ in versions()


def test_assets_groups_and_files_are_there(container: Container) -> None:
    estate = container.assets.estate()
    assert sorted(asset.name for asset in estate.assets) == ["lin-1", "plant-1", "plant-2"]
    assert container.groups.get("Plant").critical
    assert [(file.version, file.label) for file in container.files.versions("agent.conf")] == [(2, "2"), (1, "1")]


def test_secrets_open_with_the_key_beside_them(container: Container) -> None:
    opened = container.credentials.open_all(list(SECRETS))
    assert {name: secret.value.get_secret_value() for name, secret in opened.items()} == SECRETS


def test_plans_are_read_back(container: Container) -> None:
    records = container.planning.recent()
    assert {(r.plan.outcome, r.status) for r in records} >= {(Outcome.PLAN, PlanStatus.APPROVED)}
    assert Outcome.REFUSE in {r.plan.outcome for r in records}
    [approved] = [r for r in records if r.status is PlanStatus.APPROVED]
    assert approved.digest == approved.plan.digest
    assert [step.intent for step in approved.plan.steps] == ["service.stop", "file.backup", "file.copy"]
    assert approved.plan.targets.names == ("plant-1", "plant-2")


def test_events_fold_to_the_job_that_was(container: Container) -> None:
    [job] = container.jobs.recent()
    assert (job.status, job.complete) == (JobStatus.PARTIALLY_FAILED, True)
    progress = container.following.progress(job.id)
    assert progress.status is job.status
    assert (progress.totals.completed, progress.totals.failed) == (1, 1)
    cells = {(r.step, r.target): r for r in container.following.results(job.id)}
    assert cells[1, "plant-1"].state == "stopped"
    assert cells[3, "plant-1"].status is ResultStatus.CHANGED
    assert cells[3, "plant-2"].status is ResultStatus.FAILED
    assert "denied" in (cells[3, "plant-2"].message or "").lower()
    assert [event.seq for event in container.following.events(job.id)] == list(range(1, progress.seq + 1))


def test_what_is_new_counts_for_what_was_there(container: Container) -> None:
    [job] = container.jobs.recent()
    assert (job.priority, job.schedule_id, job.after_job_id) == (Priority.NORMAL, None, None)
    assert {asset.interpreter for asset in container.assets.everything()[0]} == {None}
    assert (container.schedules.list(), container.calendars.list()) == ((), ())


def test_work_goes_on(container: Container) -> None:
    before = container.audit.list(limit=100).items
    container.assets.record_interpreter("lin-1", "/usr/bin/python3.11", "local:test")
    assert container.assets.get("lin-1").interpreter == "/usr/bin/python3.11"
    [entry, *kept] = container.audit.list(limit=100).items
    assert (entry.action, entry.subject, tuple(kept)) == ("asset.changed", "asset:lin-1", tuple(before))
    container.calendars.put("Holidays", ["12-25"], "local:test")
    plan = container.planning.propose("ping plant-1 every Monday at 3am", "local:test", follow=False).plan
    schedule = container.schedules.create(plan.id, "local:test", name="Weekly", policy=Policy(calendars=("Holidays",)))
    assert container.schedules.get("Weekly").schedule == schedule
    assert container.planning.get(plan.id).plan.targets.names == ("plant-1",)
