# SPDX-License-Identifier: Apache-2.0
"""Conversations and what they become: the tables under tests/cases/conversations."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from opsconductor.domain.conversations import JobOutcome
from opsconductor.domain.estate import Estate
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.plans import JobStep, Origin, Outcome, Plan
from opsconductor.domain.results import Result, ResultStatus
from opsconductor.errors import OpsConductorError
from planner.followups import Before, FollowUp, memorable
from planner.planner import Planner
from tests.unit.planner.conftest import CASES, NOW, load_cases

FILES = ("machines", "options", "steps", "answers", "jobs", "remarks", "alone")


def load(name: str) -> list[dict[str, Any]]:
    text = (CASES / "conversations" / f"{name}.yml").read_text(encoding="utf-8")
    return [{"taken": name != "alone", **case} for case in YAML(typ="safe").load(text)]


ALL = [case for name in FILES for case in load(name)]


def _id(case: dict[str, Any]) -> str:
    return " > ".join(case["turns"])[-90:]


@dataclass
class Talk:
    """One actor's conversation, as the services hold it."""

    planner: Planner
    estate: Estate
    last: Plan | None = None
    job: JobOutcome | None = None
    turns: int = 0
    followed: FollowUp | None = field(default=None, init=False)

    def say(self, text: str) -> Plan:
        self.turns += 1
        alone = self.planner.propose(text, self.estate, NOW, plan_id=f"t{self.turns}")
        self.followed = self.planner.follow_up(alone, Before(self.last, self.job), self.estate, NOW)
        plan = self.followed.plan if self.followed else alone
        if self.followed and self.followed.forgets:
            self.last = None
        elif memorable(plan):
            self.last, self.job = plan, None
        return plan


def outcome_of(case: dict[str, Any], plan: Plan | None) -> JobOutcome | None:
    """The job of a case; the statuses are those of the user's steps in order."""
    if "job" not in case or plan is None:
        return None
    numbers = [n for n, s in enumerate(plan.steps, start=1) if s.origin is Origin.USER]
    cells = [
        Result(step=n, target=target, status=ResultStatus(status), changed=status == "changed")
        for target, statuses in case["job"]["cells"].items()
        for n, status in zip(numbers, statuses, strict=False)
    ]
    status = JobStatus(case["job"]["status"])
    return JobOutcome(job_id="j" * 32, status=status, targets=plan.targets.names, cells=tuple(cells))


@pytest.fixture
def talk(planner: Planner, estate: Estate) -> Talk:
    return Talk(planner, estate)


def told(plan: Plan) -> str:
    return " ".join([*(q.text for q in plan.questions), plan.refusal.text if plan.refusal else ""])


def given(plan: Plan) -> list[dict[str, Any]]:
    """Intents of the user's steps with the parameters that are not defaults."""
    defaults = {e.path for e in plan.evidence if e.source.startswith(("default:", "option:"))}
    return [
        {s.intent: {k: v for k, v in s.params.items() if f"steps[{at}].params.{k}" not in defaults}}
        for at, s in enumerate(plan.steps)
        if s.origin is Origin.USER
    ]


@pytest.mark.parametrize("case", ALL, ids=_id)
def test_last_turn_becomes_what_it_means(case: dict[str, Any], talk: Talk) -> None:
    *first, last = case["turns"]
    for text in first:
        talk.say(text)
    before = talk.last
    talk.job = outcome_of(case, before)
    plan = talk.say(last)

    assert plan.outcome == case.get("outcome", "plan"), (plan.questions, plan.refusal)
    if "steps" in case:
        assert given(plan) == case["steps"]
    if "targets" in case:
        assert list(plan.targets.names) == case["targets"]
    if "count" in case:
        assert len(plan.targets.names) == case["count"]
    if "options" in case:
        assert plan.options.model_dump(exclude_defaults=True) == case["options"]
    assert [q.id for q in plan.questions] == case.get("asks", [])
    assert case.get("says", "") in told(plan)
    assert case.get("offers", "") in " ".join(c.label for q in plan.questions for c in q.choices)
    assert all(words in " ".join(plan.obstacles) for words in case.get("obstacles", []))
    assert plan.refusal is None or plan.refusal.reason == case.get("reason", plan.refusal.reason)
    assert bool(talk.followed and talk.followed.replaces) is case.get("replaces", False)


@pytest.mark.parametrize("case", ALL, ids=_id)
def test_what_is_taken_over_is_said_and_traced(case: dict[str, Any], talk: Talk) -> None:
    *first, last = case["turns"]
    for text in first:
        talk.say(text)
    before = talk.last
    talk.job = outcome_of(case, before)
    plan = talk.say(last)

    sources = {e.source for e in plan.evidence}
    if not case["taken"]:
        assert plan.follows is None
        assert "earlier" not in sources
    elif case.get("answer"):
        assert before is not None
        assert plan.follows == before.id
    else:
        assert before is not None
        assert plan.follows == before.id
        assert "earlier" in sources
        assert plan.explanation[0].startswith(f"Like plan …{before.id}")
    for item in plan.evidence:
        if item.start is not None and not case.get("answer"):
            assert item.text == last[item.start : item.end]
    paths = {e.path for e in plan.evidence}
    for at, step in enumerate(plan.steps):
        if step.origin is Origin.USER:
            assert {f"steps[{at}].params.{n}" for n, v in step.params.items() if v is not None} <= paths


BERLIN = {"cron": "0 3 * * 1", "zone": "Europe/Berlin"}
ONCE = {"at": "2026-05-06T16:30", "zone": "Europe/Berlin"}  # it is 14:00 there


@pytest.mark.parametrize(
    ("before", "text", "after"),
    [
        (BERLIN, "make that at 4am", {"cron": "0 4 * * 1", "zone": "Europe/Berlin"}),
        (BERLIN, "make it 23:30", {"cron": "30 23 * * 1", "zone": "Europe/Berlin"}),
        (BERLIN, "make that Sunday", {"cron": "0 3 * * 0", "zone": "Europe/Berlin"}),
        (BERLIN, "every Sunday at 5am", {"cron": "0 5 * * 0", "zone": "Europe/Berlin"}),
        (BERLIN, "make that at 4am utc", {"cron": "0 4 * * 1"}),
        (BERLIN, "tomorrow at 4am", {"at": "2026-05-07T04:00", "zone": "Europe/Berlin"}),
        (BERLIN, "in two hours", {"at": "2026-05-06T16:00", "zone": "Europe/Berlin"}),
        (BERLIN, "tonight at 22:00 UTC", {"at": "2026-05-06T22:00"}),
        (BERLIN, "two at a time", BERLIN),
        (ONCE, "an hour later", {"at": "2026-05-06T17:30", "zone": "Europe/Berlin"}),
        (ONCE, "an hour earlier", {"at": "2026-05-06T15:30", "zone": "Europe/Berlin"}),
        (ONCE, "make it 20:15", {"at": "2026-05-06T20:15", "zone": "Europe/Berlin"}),
        (ONCE, "make that tomorrow", {"at": "2026-05-07T16:30", "zone": "Europe/Berlin"}),
        (ONCE | {"at": "2026-05-06T22:30Z"}, "an hour later", {"at": "2026-05-07T01:30", "zone": "Europe/Berlin"}),
        (ONCE, "do the same on Lab Berlin", ONCE),
        ({"at": "2026-05-06T09:30", "zone": "America/New_York"}, "two at a time", "same"),
    ],
)
def test_a_time_said_in_a_follow_up_is_on_the_clocks_of_the_plan_before(
    before: dict[str, str], text: str, after: dict[str, str] | str, talk: Talk
) -> None:
    plan = talk.say("restart nginx on Production Web")
    talk.last = plan.model_copy(update={"options": plan.options.model_copy(update={"schedule": before})})
    made = talk.say(text)
    assert made.questions == ()
    assert made.options.schedule == (before if after == "same" else after)


@pytest.mark.parametrize(
    ("before", "text", "asked"),
    [
        (ONCE, "three hours earlier", "2026-05-06 13:30 is already past. When (Europe/Berlin) shall it run?"),
        (ONCE, "make it 13:00", "it is 2026-05-06 14:00 Europe/Berlin"),
        (BERLIN, "make that tonight", "At what time (Europe/Berlin)"),
        ({"at": "2026-05-06T13:30", "zone": "Europe/Berlin"}, "two at a time", "has passed"),
    ],
)
def test_what_has_passed_has_passed_on_the_clocks_of_the_plan_before(
    before: dict[str, str], text: str, asked: str, talk: Talk
) -> None:
    plan = talk.say("restart nginx on Production Web")
    talk.last = plan.model_copy(update={"options": plan.options.model_copy(update={"schedule": before})})
    assert asked in told(talk.say(text))


def test_one_after_another_means_the_same_as_alone(planner: Planner, estate: Estate) -> None:
    """Every request of the other tables, said in one conversation: what is complete takes nothing from before."""
    talk = Talk(planner, estate)
    tables = ("tasks", "questions", "refusals", "conditions", "schedules", "options", "obstacles")
    texts = [case["text"] for name in tables for case in load_cases(name) if "text" in case]
    assert len(texts) > 100
    for text in texts:
        plan = talk.say(text)
        alone = planner.propose(text, estate, NOW, plan_id=plan.id)
        offered = [
            q.model_copy(update={"choices": q.choices[1:]})
            if q.choices and "of your last plan" in q.choices[0].label
            else q
            for q in plan.questions
        ]
        assert plan.model_copy(update={"questions": tuple(offered)}) == alone, text


def _job(plan: Plan, statuses: dict[str, list[str]]) -> JobOutcome:
    cells = [
        Result(step=n, target=t, status=ResultStatus(s), changed=s == "changed")
        for t, steps in statuses.items()
        for n, s in enumerate(steps, start=1)
    ]
    return JobOutcome(
        job_id="a" * 32, status=JobStatus.PARTIALLY_FAILED, targets=plan.targets.names, cells=tuple(cells)
    )


def test_undo_takes_back_changed_steps_last_first_and_never_runs(talk: Talk, estate: Estate) -> None:
    plan = talk.say("copy motd to /etc/motd and restart nginx on shop-01 and shop-02")
    assert [s.intent for s in plan.steps] == ["file.backup", "file.copy", "service.restart"]
    talk.job = _job(plan, {"shop-01": ["changed", "changed", "changed"], "shop-02": ["changed", "ok", "failed"]})
    undo = talk.say("undo that")

    assert [(s.intent, s.undo_of, s.hosts) for s in undo.steps] == [
        ("service.restart", JobStep(job="a" * 32, step=3), ("shop-01",)),
        ("file.copy", JobStep(job="a" * 32, step=2), ("shop-01",)),
        ("file.backup", JobStep(job="a" * 32, step=1), ("shop-01", "shop-02")),
    ]
    assert all(s.title.startswith("Undo: ") for s in undo.steps)
    assert len(undo.obstacles) == 3
    assert not undo.complete
    edited = talk.planner.finalise(undo, estate)
    assert [s.undo_of for s in edited.steps] == [s.undo_of for s in undo.steps]
    assert not edited.complete
    assert "can only be narrowed" in told(talk.say("also restart nginx"))
    assert talk.say("without shop-02").targets.names == ("shop-01",)


def test_undo_names_what_cannot_be_undone(talk: Talk) -> None:
    plan = talk.say("restart nginx and reboot shop-01")
    assert [s.intent for s in plan.steps] == ["service.restart", "host.reboot"]
    talk.job = _job(plan, {"shop-01": ["changed", "changed"]})
    undo = talk.say("roll it back")

    assert [s.intent for s in undo.steps] == ["service.restart"]
    assert any("What cannot be undone stays: step 2" in line for line in undo.explanation)


def test_retry_of_a_step_that_may_do_harm_stays_an_obstacle_when_edited(talk: Talk, estate: Estate) -> None:
    plan = talk.say("run /opt/tools/migrate.sh and restart nginx on shop-01")
    talk.job = _job(plan, {"shop-01": ["changed", "failed"]})
    retry = talk.say("retry the ones that failed")

    assert retry.steps[0].done_on == ("shop-01",)
    assert not retry.complete
    assert talk.planner.finalise(retry, estate).obstacles == retry.obstacles
    without = talk.say("skip step 1")
    assert [s.intent for s in without.steps] == ["service.restart"]
    assert without.complete


def test_schedule_of_the_past_is_asked_about(planner: Planner, estate: Estate) -> None:
    plan = planner.propose("restart nginx on shop-01 today at 13:00", estate, NOW, plan_id="t1")
    later = NOW.replace(hour=14)
    alone = planner.propose("do the same on shop-02", estate, later, plan_id="t2")
    followed = planner.follow_up(alone, Before(plan), estate, later)

    assert followed is not None
    assert followed.plan.outcome is Outcome.CLARIFY
    assert "has passed" in told(followed.plan)


ODD = (
    "",
    " ",
    "again",
    "it",
    "same same same",
    "instead of",
    "without",
    "only",
    "and",
    "\U0001f4a5 again",
    "do the same on " * 200,
)


@pytest.mark.parametrize("text", ODD)
def test_no_text_raises(text: str, talk: Talk) -> None:
    talk.say("restart nginx on Production Web")
    try:
        talk.say(text)
    except OpsConductorError as error:  # pragma: no cover - told by the assertion
        pytest.fail(str(error))


def test_cases_are_many_enough() -> None:
    assert len(ALL) >= 60
    assert sum(not case["taken"] for case in ALL) >= 20
    assert {p.stem for p in Path(CASES / "conversations").glob("*.yml")} == set(FILES)


@pytest.mark.parametrize(
    "said",
    ["make it batches of 99999999", "make it 99999999 at a time", "batches of 0", f"wait {'9' * 12} s between them"],
)
def test_a_number_beyond_every_use_is_asked_about(said: str, planner: Planner, estate: Estate) -> None:
    talk = Talk(planner, estate)
    talk.say("restart nginx on Production Web")

    plan = talk.say(said)

    assert plan.refusal or plan.questions
