# SPDX-License-Identifier: Apache-2.0
"""Runbooks after runbooks: on success, on failure, with an approval between; never without a valid one."""

import pytest

from opsconductor.clock import utc_now
from opsconductor.db.repositories.jobs import JobRepository
from opsconductor.domain.attempts import Answers
from opsconductor.domain.chains import ChainStatus, ChainStep, Link
from opsconductor.domain.documents import InvalidDocument
from opsconductor.domain.jobs import Job, JobStatus
from opsconductor.domain.runbooks import RunbookDocument
from opsconductor.errors import Conflict, NotApproved
from tests.integration.scheduling.conftest import ACTOR, EITHER, Desk


def save(desk: Desk, name: str, *then: Link, command: str = "true") -> None:
    document = {
        "name": name,
        "plan": {
            "targets": ["Here"],
            "steps": [{"intent": "command.run", "params": {"command": f"echo {name} {command}"}}],
        },
        "then": [link.model_dump() for link in then],
    }
    desk.container.runbooks.save(RunbookDocument.model_validate(document), ACTOR)


def begin(desk: Desk, name: str) -> Job:
    """A job of a runbook, running."""
    record = desk.container.runbooks.run(name, {}, ACTOR)
    desk.approve(record.plan.id)
    job = desk.container.launching.launch(record.plan.id, ACTOR)
    desk.go(seconds=1)
    return job


def after(desk: Desk, job: Job) -> list[ChainStep]:
    return [*desk.container.chaining.after(job.id)]


def standing(desk: Desk, name: str) -> str:
    """Approve a runbook for chains; the plan that it was approved with."""
    record = desk.container.runbooks.run(name, {}, ACTOR)
    desk.approve(record.plan.id, standing=True)
    return record.plan.id


@EITHER
def test_what_follows_waits_for_its_approval_and_then_runs(desk: Desk) -> None:
    save(desk, "check")
    save(desk, "deploy", Link(runbook="check"))
    job = begin(desk, "deploy")
    assert [s.status for s in after(desk, job)] == [ChainStatus.PENDING]
    desk.end()
    desk.go(seconds=1)
    [step] = after(desk, job)
    assert (step.status, len(desk.jobs())) == (ChainStatus.WAITING, 1)
    desk.approve(step.plan_id or "")
    desk.go(seconds=1)
    [step] = after(desk, job)
    first, second = desk.jobs()
    assert (step.status, step.job_id) == (ChainStatus.STARTED, second.id)
    assert (second.after_job_id, second.actor) == (first.id, "runbook:check")
    desk.end()
    assert [j.status for j in desk.jobs()] == [JobStatus.SUCCEEDED] * 2


@EITHER
def test_a_plan_that_waits_may_be_run_by_hand(desk: Desk) -> None:
    save(desk, "check")
    save(desk, "deploy", Link(runbook="check"))
    job = begin(desk, "deploy")
    desk.end()
    desk.go(seconds=1)
    [step] = after(desk, job)
    desk.approve(step.plan_id or "")
    by_hand = desk.container.launching.launch(step.plan_id or "", ACTOR)
    desk.go(seconds=1)
    assert [s.job_id for s in after(desk, job)] == [by_hand.id]
    assert len(desk.jobs()) == 2


def test_a_standing_approval_carries_the_unchanged_version_only(desk: Desk) -> None:
    save(desk, "check")
    save(desk, "deploy", Link(runbook="check"))
    carried = standing(desk, "check")
    for number in (2, 4):
        job = begin(desk, "deploy")
        desk.end()
        desk.go(seconds=1)
        [step] = after(desk, job)
        assert (step.status, step.plan_id, len(desk.jobs())) == (ChainStatus.STARTED, carried, number)
        desk.end()
    desk.machine("here-3")
    job = begin(desk, "deploy")
    desk.end()
    desk.go(seconds=1)
    [step] = after(desk, job)
    assert step.status is ChainStatus.WAITING
    assert step.plan_id != carried


@EITHER
def test_a_standing_approval_is_for_chains_and_one_job_by_hand(desk: Desk) -> None:
    save(desk, "check")
    save(desk, "deploy", Link(runbook="check"))
    carried = standing(desk, "check")
    by_hand = desk.container.launching.launch(carried, ACTOR, "once")
    assert desk.container.launching.launch(carried, ACTOR, "once").id == by_hand.id
    desk.go(seconds=1)
    desk.end(("here-2",))
    with pytest.raises(NotApproved, match="is for jobs that start by themselves, and for job"):
        desk.container.launching.launch(carried, ACTOR)
    assert desk.container.attempts.retry(by_hand.id, ACTOR, answers=Answers(repeat=("1",))).attempt == 2
    desk.go(seconds=1)
    desk.end()
    desk.approve(carried)
    desk.container.launching.launch(carried, ACTOR)
    desk.go(seconds=1)
    desk.end()
    with pytest.raises(NotApproved):
        desk.container.launching.launch(carried, ACTOR)
    job = begin(desk, "deploy")
    desk.end()
    desk.go(seconds=1)
    assert [(s.status, s.plan_id) for s in after(desk, job)] == [(ChainStatus.STARTED, carried)]


def test_a_new_version_is_not_carried(desk: Desk) -> None:
    save(desk, "check")
    save(desk, "deploy", Link(runbook="check"))
    standing(desk, "check")
    document = desk.container.runbooks.get("check").document
    desk.container.runbooks.edit("check", document.model_copy(update={"description": "another"}), ACTOR)
    job = begin(desk, "deploy")
    desk.end()
    desk.go(seconds=1)
    assert [s.status for s in after(desk, job)] == [ChainStatus.WAITING]


def test_an_approval_between_is_asked_for_each_time(desk: Desk) -> None:
    save(desk, "check")
    save(desk, "deploy", Link(runbook="check", approval=True))
    standing(desk, "check")
    job = begin(desk, "deploy")
    desk.end()
    desk.go(seconds=1)
    [step] = after(desk, job)
    assert step.status is ChainStatus.WAITING
    desk.container.approving.reject(step.plan_id or "", ACTOR, "not today")
    desk.go(seconds=1)
    [step] = after(desk, job)
    assert step.status is ChainStatus.SKIPPED
    assert "not today" in (step.reason or "")
    assert len(desk.jobs()) == 1


@pytest.mark.parametrize(
    ("failed", "started"), [((), ["mend"]), (("here-1",), ["tell"]), (("here-1", "here-2"), ["tell"])]
)  # fmt: skip
@EITHER
def test_success_and_failure_lead_elsewhere(desk: Desk, failed: tuple[str, ...], started: list[str]) -> None:
    save(desk, "mend")
    save(desk, "tell")
    save(desk, "deploy", Link(runbook="mend"), Link(runbook="tell", on="failure"))
    standing(desk, "mend")
    standing(desk, "tell")
    job = begin(desk, "deploy")
    desk.end(failed)
    desk.go(seconds=1)
    steps = after(desk, job)
    assert [s.link.runbook for s in steps if s.status is ChainStatus.STARTED] == started
    [skipped] = [s for s in steps if s.status is ChainStatus.SKIPPED]
    assert "the job before ended as" in (skipped.reason or "")


def test_chains_go_on_and_a_cancelled_job_ends_them(desk: Desk) -> None:
    save(desk, "third")
    save(desk, "second", Link(runbook="third"))
    save(desk, "first", Link(runbook="second"))
    standing(desk, "second")
    standing(desk, "third")
    job = begin(desk, "first")
    desk.end()
    desk.go(seconds=1)
    middle = desk.jobs()[-1]
    assert middle.after_job_id == job.id
    desk.container.jobs.cancel(middle.id, ACTOR)
    desk.end(("here-1", "here-2"))
    desk.go(seconds=1)
    assert [(s.link.runbook, s.status) for s in after(desk, middle)] == [("third", ChainStatus.SKIPPED)]


def test_a_circle_is_refused_however_it_would_come_about(desk: Desk) -> None:
    save(desk, "c")
    save(desk, "b", Link(runbook="c"))
    save(desk, "a", Link(runbook="b"))
    with pytest.raises(InvalidDocument, match="c → a → b → c"):
        desk.container.runbooks.chain("c", (Link(runbook="a"),), ACTOR)
    with pytest.raises(InvalidDocument, match="a → a"):
        desk.container.runbooks.chain("a", (Link(runbook="a"),), ACTOR)
    with pytest.raises(InvalidDocument, match="there is no 'nothing'"):
        desk.container.runbooks.chain("a", (Link(runbook="nothing"),), ACTOR)
    with pytest.raises(InvalidDocument, match="no such parameter"):
        desk.container.runbooks.chain("a", (Link(runbook="c", params={"where": "Here"}),), ACTOR)
    with pytest.raises(Conflict, match="follows b"):
        desk.container.runbooks.remove("c", ACTOR)


@EITHER
def test_a_circle_that_definitions_made_under_way_ends_in_words(desk: Desk) -> None:
    save(desk, "b")
    save(desk, "a", Link(runbook="b"))
    standing(desk, "b")
    job = begin(desk, "a")  # its chain is that of this version
    desk.container.runbooks.chain("a", (), ACTOR)
    desk.container.runbooks.chain("b", (Link(runbook="a"),), ACTOR)
    standing(desk, "b")
    standing(desk, "a")
    desk.end()
    desk.go(seconds=1)
    middle = desk.jobs()[-1]
    assert middle.after_job_id == job.id
    desk.end()
    desk.go(seconds=1)
    [step] = after(desk, middle)
    assert step.status is ChainStatus.FAILED
    assert "in a circle" in (step.reason or "")


def test_a_runbook_that_cannot_be_planned_any_more_is_said(desk: Desk) -> None:
    save(desk, "check")
    save(desk, "deploy", Link(runbook="check"))
    job = begin(desk, "deploy")
    desk.container.jobs.cancel(job.id, ACTOR)
    for name in ("here-1", "here-2"):
        desk.container.assets.remove(name, "test")
    with desk.container.database.session() as session:
        JobRepository(session).set_status(
            job.id, JobStatus.SUCCEEDED, only_from=frozenset(JobStatus), reason=None, at=utc_now()
        )
    desk.container.chaining.tick()
    [step] = after(desk, job)
    assert (step.status, bool(step.reason)) == (ChainStatus.FAILED, True)


def test_a_dry_run_is_followed_by_nothing(desk: Desk) -> None:
    save(desk, "check")
    save(desk, "deploy", Link(runbook="check"))
    record = desk.container.runbooks.run("deploy", {}, ACTOR)
    options = record.plan.options.model_copy(update={"dry_run": True})
    assert options.dry_run
    edited = desk.container.planning.edit(record.plan.id, record.plan.model_copy(update={"options": options}), ACTOR)
    desk.checked(edited)
    job = desk.container.launching.launch(edited.plan.id, ACTOR)
    assert after(desk, job) == []
