# SPDX-License-Identifier: Apache-2.0
"""Sentences and what they become: the tables under tests/cases/sentences."""

from typing import Any

import pytest

from opsconductor.domain.estate import Estate
from opsconductor.domain.plans import Origin, Outcome, Plan
from opsconductor.domain.templates import Catalogue
from planner.planner import Planner
from tests.unit.planner.conftest import NOW, Propose, load_cases


def _id(case: dict[str, Any]) -> str:
    return str(case.get("text") or case.get("where"))[:60]


def _given(plan: Plan) -> list[dict[str, Any]]:
    """Intents with the parameters that are not defaults."""
    defaults = {e.path for e in plan.evidence if e.source.startswith(("default:", "option:"))}
    return [
        {s.intent: {k: v for k, v in s.params.items() if f"steps[{at}].params.{k}" not in defaults}}
        for at, s in enumerate(plan.steps)
    ]


def _expected(case: dict[str, Any]) -> list[dict[str, Any]]:
    """As `_given`: a timeout that an option fills is no parameter of the words."""
    option = case.get("options", {}).get("verify_timeout")
    return [
        {i: {k: v for k, v in p.items() if not (k == "timeout" and v == option)} for i, p in s.items()}
        for s in case["steps"]
    ]


@pytest.mark.parametrize("case", load_cases("tasks"), ids=_id)
def test_task_becomes_the_plan_it_means(case: dict[str, Any], propose: Propose) -> None:
    plan = propose(case["text"])

    assert plan.outcome == case.get("outcome", "plan"), (plan.questions, plan.refusal)
    assert _given(plan) == _expected(case)
    if "targets" in case:
        assert list(plan.targets.names) == case["targets"]
    if "count" in case:
        assert len(plan.targets.names) == case["count"]
    policy = [n for n, s in enumerate(plan.steps, start=1) if s.origin is Origin.POLICY]
    assert policy == case.get("policy", [])
    assert plan.options.model_dump(exclude_defaults=True) == case.get("options", {})
    assert list(plan.missing) == case.get("missing", [])
    assert [q.id for q in plan.questions] == case.get("asks", [])
    assert plan.complete is not bool(case.get("missing") or plan.obstacles)
    if "risk" in case:
        assert plan.risk is not None
        assert plan.risk.level == case["risk"]
    if "hosts" in case:
        assert [list(s.hosts or ()) for s in plan.steps] == case["hosts"]
    for step in plan.steps:
        if "timeout" in step.params and "verify_timeout" in case.get("options", {}):
            assert step.params["timeout"] == case["options"]["verify_timeout"]


@pytest.mark.parametrize("case", load_cases("targets"), ids=_id)
def test_words_name_the_machines_they_mean(case: dict[str, Any], propose: Propose) -> None:
    plan = propose(f"restart nginx on {case['where']}")

    assert plan.outcome is Outcome.PLAN, plan.questions
    if "targets" in case:
        assert list(plan.targets.names) == case["targets"]
    else:
        assert len(plan.targets.names) == case["count"]


@pytest.mark.parametrize("case", load_cases("questions"), ids=_id)
def test_what_is_open_is_asked_and_nothing_can_run(case: dict[str, Any], propose: Propose) -> None:
    plan = propose(case["text"])

    assert plan.outcome is Outcome.CLARIFY, plan.explanation
    assert not plan.complete
    assert [q.id for q in plan.questions] == case["asks"]
    assert list(plan.missing) == case.get("missing", [])
    assert case.get("says", "") in " ".join(q.text for q in plan.questions)
    assert case.get("offers", "") in " ".join(c.label for q in plan.questions for c in q.choices)


@pytest.mark.parametrize("case", load_cases("refusals"), ids=_id)
def test_refusal_says_why_and_plans_nothing(case: dict[str, Any], propose: Propose) -> None:
    plan = propose(case["text"])

    assert plan.outcome is Outcome.REFUSE, plan.steps
    assert plan.refusal is not None
    assert plan.refusal.reason == case["reason"]
    assert case.get("says", "") in plan.refusal.text
    assert not plan.steps
    assert not plan.complete
    if "masked" in case:
        assert case["masked"] not in plan.model_dump_json()
        assert "•••" in plan.text


def test_an_argument_with_blanks_is_shown_as_one(propose: Propose) -> None:
    plan = propose("run 'logger \"all is well\"' on shop-01")

    assert plan.steps[0].params["command"] == ["logger", "all is well"]
    assert plan.title == 'Run logger "all is well" on 1 machine'


def test_a_long_plan_is_named_by_its_riskiest_step(propose: Propose) -> None:
    plan = propose("check if nginx is running, stop nginx, and start nginx on shop-01")

    assert plan.title == "Stop service nginx and 2 more steps on 1 machine"


def test_a_short_plan_names_its_steps_in_their_order(propose: Propose) -> None:
    plan = propose("check if nginx is running and stop the nginx service on shop-01")

    assert plan.title == "Check the state of service nginx, stop service nginx on 1 machine"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("tail the last 50 lines of /var/log/dpkg.log on shop-01", "Search /var/log/dpkg.log, the last 50 lines"),
        ("search /var/log/dpkg.log for htop on shop-01", "Search /var/log/dpkg.log for htop, the last 100 lines"),
        ("delete files older than 30 days in /var/backups on shop-01", "older than 30 days"),
        ("wait 90 seconds, then restart nginx on shop-01", "Wait 90 seconds"),
        ("restart nginx on shop-01 if disk is below 10%", "free disk space on the fullest disk is < 10 %"),
        ("create /srv/x on shop-01 if /etc/x does not exist", "only where /etc/x does not exist"),
        ("tail the last 50 lines of /var/log/dpkg.log on shop-01", "Reads content: needs an approval"),
    ],
)
def test_a_plan_reads_as_people_say_it(text: str, line: str, propose: Propose) -> None:
    plan = propose(text)
    assert any(line in said for said in plan.explanation), plan.explanation
    assert "?)" not in plan.title
    assert not any("?)" in said for said in plan.explanation)


def test_only_what_reads_content_says_that_it_needs_an_approval(propose: Propose) -> None:
    for text in ("is nginx running on shop-01?", "search /etc/hosts for x on shop-01 and restart nginx"):
        assert "Reads content: needs an approval" not in propose(text).explanation


@pytest.mark.parametrize("case", load_cases("obstacles"), ids=_id)
def test_what_cannot_be_run_yet_is_planned_and_said(case: dict[str, Any], propose: Propose) -> None:
    plan = propose(case["text"])

    assert plan.outcome is Outcome.PLAN, (plan.questions, plan.refusal)
    assert [s.intent for s in plan.steps if s.origin is Origin.USER] == case["steps"]
    assert case["says"] in " ".join(plan.obstacles)
    assert set(plan.obstacles) <= set(plan.explanation)
    assert not plan.complete


@pytest.mark.parametrize("text", ["reboot all machines in the cellar", "frobnicate shop-01", "reboot"])
def test_no_risk_is_told_before_it_is_known_what_and_where(text: str, propose: Propose) -> None:
    plan = propose(text)

    assert plan.outcome is Outcome.CLARIFY
    assert plan.risk is None


def test_batches_canary_and_pause_are_no_obstacle(propose: Propose) -> None:
    plan = propose("restart nginx on all web servers, one canary first, 2 at a time pause 1 minute between batches")

    assert plan.obstacles == ()
    assert (plan.options.canary, plan.options.batch, plan.options.pause) == (1, 2, 60)


def test_a_rollback_names_what_it_cannot_take_back(propose: Propose) -> None:
    plan = propose("run 'hostname' and restart nginx on shop-01, roll back if it fails")

    assert plan.obstacles == ()
    assert "Undo what was done on a target where a step fails" in plan.explanation
    [line] = [text for text in plan.explanation if "rolled back" in text]
    assert line == "Step 1 cannot be rolled back: What a command changed is not known, so it cannot be undone."


def test_a_dry_run_needs_no_approval_and_names_what_it_cannot_foresee(propose: Propose) -> None:
    plan = propose("dry run: run 'hostname', reload nginx and install htop on shop-01")

    assert plan.obstacles == ()
    assert not plan.needs_approval
    assert plan.title.startswith("Dry run: ")
    assert "Step 1 cannot be previewed: the dry run leaves it out" in plan.explanation
    assert "Step 2 can be previewed in part only" in plan.explanation
    assert propose("run 'hostname' on shop-01").needs_approval


def test_template_without_task_file_is_planned_and_said(catalogue: Catalogue, estate: Estate) -> None:
    bare = catalogue.templates["service.stop"].model_copy(update={"platforms": {}})
    planner = Planner(Catalogue(templates={**catalogue.templates, bare.id: bare}))

    plan = planner.propose("restart redis and stop nginx on shop-01", estate, NOW, plan_id="p")

    assert plan.obstacles == ("Step 2 cannot be run yet: its template service.stop has no task file.",)
    assert plan.targets.names == ("shop-01",)
    assert plan.steps[1].risk is not None
    assert not plan.complete


@pytest.mark.parametrize("case", load_cases("schedules"), ids=lambda case: str(case["when"]))
def test_words_about_time_become_the_schedule_they_mean(case: dict[str, Any], propose: Propose) -> None:
    plan = propose(f"restart nginx on shop-01 {case['when']}")

    assert plan.options.schedule == case["schedule"]
    assert [s.intent for s in plan.steps] == ["service.restart"]
    assert not plan.questions


@pytest.mark.parametrize("case", load_cases("conditions"), ids=_id)
def test_conditions_become_facts_of_the_steps_they_are_about(case: dict[str, Any], propose: Propose) -> None:
    plan = propose(case["text"])

    assert not plan.questions
    user = [s for s in plan.steps if s.origin is Origin.USER]
    assert [[c.model_dump(exclude_defaults=True) for c in s.when] for s in user] == case["when"]


@pytest.mark.parametrize("case", load_cases("options"), ids=_id)
def test_options_are_read_wherever_they_stand(case: dict[str, Any], propose: Propose) -> None:
    plan = propose(case["text"])

    assert not plan.questions
    assert plan.options.model_dump(exclude_defaults=True) == case["options"]
    assert [s.intent for s in plan.steps if s.origin is Origin.USER] == ["service.restart"]
    assert list(plan.targets.names) == case.get("targets", ["shop-01", "shop-02", "shop-03", "shop-04"])
