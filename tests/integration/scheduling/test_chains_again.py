# SPDX-License-Identifier: Apache-2.0
"""Chains behind jobs that are retried or resumed, that fail in the middle, and that nobody approves."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from opsconductor.domain.attempts import Answers
from opsconductor.domain.chains import ChainStatus, Link
from opsconductor.domain.jobs import Job, JobStatus, Priority
from opsconductor.domain.timing import timing_of
from opsconductor.services.chaining import PATIENCE
from tests.integration.scheduling.conftest import ACTOR, EITHER, Desk
from tests.integration.scheduling.test_chains import after, begin, save, standing

AGAIN = Answers(repeat=("1",))
BOTH = ("here-1", "here-2")
THEN = (Link(runbook="check"), Link(runbook="tell", on="failure"))


def told(desk: Desk, job: Job) -> dict[str, str]:
    return {step.link.runbook: step.status.value for step in after(desk, job)}


@pytest.fixture
def followed(desk: Desk) -> Job:
    """A running job that 'check' follows on success, 'tell' on failure; both have standing approvals."""
    for name in ("check", "tell"):
        save(desk, name)
        standing(desk, name)
    save(desk, "deploy", *THEN)
    return begin(desk, "deploy")


@pytest.mark.parametrize(
    ("ends", "expected", "jobs"),
    [
        ([("here-1",), ()], {"check": "started", "tell": "started"}, 3),
        ([BOTH, ("here-1",), ()], {"check": "started", "tell": "started"}, 3),
        ([("here-1",), ("here-1",)], {"check": "skipped", "tell": "started"}, 2),
    ],
)
def test_a_retry_that_succeeds_is_followed_and_nothing_follows_twice(
    desk: Desk, followed: Job, ends: Sequence[tuple[str, ...]], expected: dict[str, str], jobs: int
) -> None:
    """`ends`: the targets that fail in each attempt."""
    for number, failed in enumerate(ends):
        if number:
            desk.container.attempts.retry(followed.id, ACTOR, answers=AGAIN)
            assert told(desk, followed)["check"] == "pending"
            desk.go(seconds=1)
        desk.end(failed)
        desk.go(seconds=1)
        desk.end()  # of what follows
    assert told(desk, followed) == expected
    assert len(desk.jobs()) == jobs


@EITHER
def test_what_waits_for_approval_is_taken_back_when_the_job_goes_on(desk: Desk) -> None:
    save(desk, "tell")
    save(desk, "deploy", Link(runbook="tell", on="failure"))
    job = begin(desk, "deploy")
    desk.end(("here-1",))
    desk.go(seconds=1)
    [waiting] = after(desk, job)
    assert waiting.status is ChainStatus.WAITING
    desk.container.attempts.retry(job.id, ACTOR, answers=AGAIN)
    desk.approve(waiting.plan_id or "")
    desk.go(seconds=1)
    assert told(desk, job) == {"tell": "pending"}
    assert len(desk.jobs()) == 1  # what was approved told of a failure that is not there any more
    desk.end()
    desk.go(seconds=1)
    assert told(desk, job) == {"tell": "skipped"}


def test_what_was_rejected_is_not_asked_again_by_a_retry(desk: Desk) -> None:
    save(desk, "tell")
    save(desk, "deploy", Link(runbook="tell", on="failure"))
    job = begin(desk, "deploy")
    desk.end(("here-1",))
    desk.go(seconds=1)
    [step] = after(desk, job)
    desk.container.approving.reject(step.plan_id or "", ACTOR, "no need")
    desk.go(seconds=1)
    desk.container.attempts.retry(job.id, ACTOR, answers=AGAIN)
    desk.go(seconds=1)
    desk.end(("here-1",))
    desk.go(seconds=1)
    [step] = after(desk, job)
    assert (step.status, "no need" in (step.reason or "")) == (ChainStatus.SKIPPED, True)


@EITHER
def test_whoever_is_making_a_plan_meanwhile_starts_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job is retried between the look at how it ended and the start of what follows."""
    save(desk, "tell")
    standing(desk, "tell")
    save(desk, "deploy", Link(runbook="tell", on="failure"))
    job = begin(desk, "deploy")
    carrying = desk.container.approving.carrying

    def meanwhile(*asked: object) -> str | None:
        found = carrying(*asked)  # type: ignore[arg-type]
        desk.container.attempts.retry(job.id, ACTOR, answers=AGAIN)
        return found

    monkeypatch.setattr(desk.container.approving, "carrying", meanwhile)
    desk.end(("here-1",))
    desk.go(seconds=1)
    assert told(desk, job) == {"tell": "pending"}
    assert len(desk.jobs()) == 1


@pytest.mark.parametrize(
    ("link", "ends", "then"),
    [
        (Link(runbook="tell", on="success"), ("here-1",), "started"),
        (Link(runbook="tell", on="failure"), ("here-1",), "skipped"),
    ],
)
def test_a_job_retried_since_its_end_was_seen_is_followed_by_how_the_retry_ends(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, link: Link, ends: tuple[str, ...], then: str
) -> None:
    """The job is retried between the look at how it ended and what is decided by that."""
    save(desk, "tell")
    standing(desk, "tell")
    save(desk, "deploy", link)
    job = begin(desk, "deploy")
    follow = desk.container.chaining._follow

    def retried(*seen: object) -> None:
        monkeypatch.setattr(desk.container.chaining, "_follow", follow)
        desk.container.attempts.retry(job.id, ACTOR, answers=AGAIN)
        follow(*seen)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.container.chaining, "_follow", retried)
    desk.end(ends)
    desk.go(seconds=1)
    assert told(desk, job) == {"tell": "pending"}
    assert len(desk.jobs()) == 1
    desk.end()
    desk.go(seconds=1)
    assert told(desk, job) == {"tell": then}


def test_an_interrupted_job_is_followed_when_it_was_resumed(desk: Desk, followed: Job) -> None:
    [(_, piece)] = desk.running
    desk.supervisors.dead.add(piece.id)
    desk.running.clear()
    desk.go(seconds=1)
    desk.go(seconds=1)
    assert desk.container.jobs.get(followed.id).status is JobStatus.INTERRUPTED
    assert told(desk, followed) == {"check": "pending", "tell": "pending"}
    desk.container.attempts.resume(followed.id, ACTOR, answers=AGAIN)
    desk.go(seconds=1)
    desk.end()
    desk.go(seconds=1)
    assert told(desk, followed) == {"check": "started", "tell": "skipped"}


@EITHER
def test_a_failed_middle_ends_the_chain_until_it_is_retried(desk: Desk) -> None:
    save(desk, "third")
    save(desk, "second", Link(runbook="third"))
    save(desk, "first", Link(runbook="second"))
    for name in ("second", "third"):
        standing(desk, name)
    first = begin(desk, "first")
    desk.end()
    desk.go(seconds=1)
    middle = desk.jobs()[-1]
    desk.end(("here-1",))
    desk.go(seconds=1)
    [third] = after(desk, middle)
    assert (third.status, "ended as partially failed" in (third.reason or "")) == (ChainStatus.SKIPPED, True)
    assert [s.status for s in after(desk, first)] == [ChainStatus.STARTED]
    desk.container.attempts.retry(middle.id, ACTOR, answers=AGAIN)
    desk.go(seconds=1)
    desk.end()
    desk.go(seconds=1)
    assert told(desk, middle) == {"third": "started"}
    assert [job.after_job_id for job in desk.jobs()] == [None, first.id, middle.id]


def test_an_approval_that_nobody_gives_is_not_waited_for_for_ever(desk: Desk) -> None:
    save(desk, "check")
    save(desk, "deploy", Link(runbook="check", approval=True))
    job = begin(desk, "deploy")
    desk.end()
    desk.go(seconds=1)
    desk.clock.shift(PATIENCE - timedelta(minutes=1))
    desk.go(seconds=0)
    assert told(desk, job) == {"check": "waiting"}
    desk.go(minutes=2)
    [step] = after(desk, job)
    assert (step.status, "waited 7 days in vain" in (step.reason or "")) == (ChainStatus.SKIPPED, True)
    desk.approve(step.plan_id or "")  # the plan stays, and may be run by hand
    desk.go(seconds=1)
    assert len(desk.jobs()) == 1
    assert desk.container.launching.launch(step.plan_id or "", ACTOR).after_job_id is None


def test_what_only_reads_follows_when_its_checks_are_done(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(desk.container.linting, "_submit", lambda plan_id, _commit: asked.append(plan_id))
    document = desk.container.runbooks.from_plan(desk.plan("ping all servers in 'Here'").plan.id, "look", "", {})
    desk.container.runbooks.save(document, ACTOR)
    save(desk, "deploy", Link(runbook="look"))
    job = begin(desk, "deploy")
    desk.end()
    for _ in range(3):
        desk.go(seconds=1)
    [step] = after(desk, job)
    assert (step.status, step.reason, asked[-1]) == (ChainStatus.WAITING, "the checks of its playbook", step.plan_id)
    desk.checked(desk.container.planning.get(step.plan_id or ""))
    desk.go(seconds=1)
    [step] = after(desk, job)
    assert (step.status, step.reason, step.job_id) == (ChainStatus.STARTED, None, desk.jobs()[-1].id)


def test_what_follows_has_the_priority_of_the_job_before(desk: Desk) -> None:
    save(desk, "check")
    standing(desk, "check")
    save(desk, "deploy", Link(runbook="check"))
    record = desk.container.runbooks.run("deploy", {}, ACTOR)
    desk.approve(record.plan.id)
    desk.container.launching.launch(record.plan.id, ACTOR, priority=Priority.HIGH)
    desk.go(seconds=1)
    desk.end()
    desk.go(seconds=1)
    assert [job.priority for job in desk.jobs()] == [Priority.HIGH, Priority.HIGH]


def test_a_chain_that_is_changed_counts_from_the_next_job_of_a_schedule_on(desk: Desk) -> None:
    for name in ("check", "tell"):
        save(desk, name)
        standing(desk, name)
    save(desk, "deploy", Link(runbook="check"))
    plan = desk.container.runbooks.run("deploy", {}, ACTOR).plan
    schedule = desk.container.schedules.create(plan.id, ACTOR, name="Hourly", timing=timing_of({"cron": "@hourly"}))
    desk.approve(schedule.plan_id)
    for then, expected in (((Link(runbook="check"),), ["check"]), ((Link(runbook="tell"),), ["tell"]), ((), [])):
        desk.container.runbooks.chain("deploy", then, ACTOR)
        desk.go(hours=1)
        job = desk.jobs()[-1]
        assert [s.link.runbook for s in after(desk, job)] == expected
        desk.end()
        desk.go(seconds=1)
        desk.end()
