# SPDX-License-Identifier: Apache-2.0
"""An edited plan is validated like one of the planner's own."""

from typing import Any

import pytest
from pydantic import ValidationError

from opsconductor.domain.estate import Estate
from opsconductor.domain.plans import Condition, Origin, Plan, Selector, Step, Targets
from opsconductor.domain.templates import Catalogue
from opsconductor.errors import InvalidInput, NotFound, OpsConductorError, Refused
from planner.planner import Planner
from tests.unit.planner.conftest import NOW, Propose, load_cases


@pytest.mark.parametrize("text", [c["text"] for c in load_cases("tasks")])
def test_plan_in_is_plan_out(text: str, planner: Planner, estate: Estate, propose: Propose) -> None:
    plan = propose(text)

    again = planner.finalise(Plan.model_validate_json(plan.model_dump_json()), estate)

    assert again.model_dump(exclude={"evidence"}) == plan.model_dump(exclude={"evidence"})
    assert {e.path for e in again.evidence} == {e.path for e in plan.evidence}


def test_a_step_with_too_many_conditions_is_refused(planner: Planner, estate: Estate, propose: Propose) -> None:
    plan = propose("restart apache2 on shop-01 only if s0 is running")
    step = plan.steps[-1]
    edited = plan.model_copy(update={"steps": (step.model_copy(update={"when": step.when * 21}),)})

    with pytest.raises(InvalidInput, match="has 21 conditions"):
        planner.finalise(edited, estate)
    said = propose("restart apache2 on shop-01 " + ", ".join(f"only if s{n} is running" for n in range(21)))
    assert said.refusal is not None
    assert "has 21 conditions" in said.refusal.text


def _edited(plan: Plan, **params: Any) -> Plan:
    step = plan.steps[-1]
    return plan.model_copy(update={"steps": (*plan.steps[:-1], step.model_copy(update={"params": params}))})


@pytest.mark.parametrize(
    ("params", "error", "says"),
    [
        ({"src": "motd", "dest": "relative/path"}, InvalidInput, "absolute path"),
        ({"src": "motd", "dest": "/etc/$(reboot)"}, Refused, "substitution"),
        ({"src": "motd", "dest": "/boot"}, Refused, "belongs to the system"),
        ({"src": "motd", "dest": "/etc/motd", "colour": "red"}, InvalidInput, "no parameter 'colour'"),
        ({"src": ["motd"], "dest": "/etc/motd"}, InvalidInput, "is no value"),
        ({"src": "motd", "dest": "/etc/motd", "mode": "rwx"}, InvalidInput, "of the form"),
    ],
)
def test_wrong_values_are_named(
    params: dict[str, Any],
    error: type[OpsConductorError],
    says: str,
    planner: Planner,
    estate: Estate,
    propose: Propose,
) -> None:
    plan = _edited(propose("copy motd to /etc/motd on shop-01"), **params)

    with pytest.raises(error) as caught:
        planner.finalise(plan, estate)

    assert says in str(caught.value)


def test_unknown_intent_names_the_known_ones(planner: Planner, estate: Estate, propose: Propose) -> None:
    plan = propose("restart nginx on shop-01").model_copy(update={"steps": (Step(intent="service.dance"),)})

    with pytest.raises(InvalidInput, match=r"no template 'service\.dance'") as caught:
        planner.finalise(plan, estate)

    assert "service.restart" in caught.value.context["known"]


@pytest.mark.parametrize(
    "targets",
    [
        Targets(selector=Selector(hosts=("shop-99",))),
        Targets(selector=Selector(groups=("Production Wob",))),
        Targets(selector=Selector(everything=True, exclude=("nobody",))),
    ],
)
def test_targets_outside_the_estate_are_not_found(
    targets: Targets, planner: Planner, estate: Estate, propose: Propose
) -> None:
    plan = propose("restart nginx on shop-01").model_copy(update={"targets": targets})

    with pytest.raises(NotFound, match="no group or machine"):
        planner.finalise(plan, estate)


def test_removed_policy_step_comes_back_and_defaults_are_filled_anew(
    planner: Planner, estate: Estate, propose: Propose
) -> None:
    plan = propose("copy motd to /etc/motd on shop-01")
    user = tuple(s for s in plan.steps if s.origin is Origin.USER)

    again = planner.finalise(plan.model_copy(update={"steps": user}), estate)

    assert [s.intent for s in again.steps] == ["file.backup", "file.copy"]


def test_edited_option_moves_the_default_it_fills(planner: Planner, estate: Estate, propose: Propose) -> None:
    plan = propose("restart nginx on shop-01")
    options = plan.options.model_copy(update={"verify_timeout": 25})

    again = planner.finalise(plan.model_copy(update={"options": options}), estate)

    assert again.steps[0].params["timeout"] == 25


def test_changed_selector_decides_about_targets_and_risk(planner: Planner, estate: Estate, propose: Propose) -> None:
    plan = propose("restart nginx on shop-01")
    assert plan.risk is not None
    wider = Targets(selector=Selector(groups=("Core DB",)), resolved=plan.targets.resolved)

    again = planner.finalise(plan.model_copy(update={"targets": wider}), estate)

    assert again.targets.names == ("sql-01", "sql-02")
    assert plan.risk.level == "medium"
    assert again.risk is not None
    assert again.risk.level == "high"
    assert any("critical group" in reason for reason in again.risk.reasons)


def test_literal_secret_in_an_edited_text_is_masked(planner: Planner, estate: Estate, propose: Propose) -> None:
    plan = propose("restart nginx on shop-01").model_copy(update={"text": "use password hunter2"})

    assert "hunter2" not in planner.finalise(plan, estate).model_dump_json()


def test_plan_without_steps_cannot_be_used(planner: Planner, estate: Estate, propose: Propose) -> None:
    with pytest.raises(InvalidInput, match="without steps"):
        planner.finalise(propose("rm -rf / on shop-01"), estate)


def test_new_template_is_a_new_intent_without_code(catalogue: Catalogue, estate: Estate) -> None:
    restart = catalogue.templates["service.restart"]
    grammar = restart.grammar.model_copy(update={"verbs": ("reload",), "negative": ()})
    reload = restart.model_copy(
        update={"id": "service.reload", "grammar": grammar, "becomes": {}, "summary": "Reload service {service}"}
    )
    wider = Catalogue(templates={**catalogue.templates, "service.reload": reload})
    planner = Planner(wider)

    plan = planner.propose("reload nginx on shop-01 and restart redis there", estate, NOW, plan_id="p")

    assert [(s.intent, s.params["service"]) for s in plan.steps] == [
        ("service.reload", "nginx"),
        ("service.restart", "redis"),
    ]


def test_what_no_job_would_do_is_promised_by_no_plan(planner: Planner, estate: Estate, propose: Propose) -> None:
    plan = propose("stop nginx on shop-01")
    timed = plan.options.model_copy(update={"schedule": {"at": "2026-06-01T02:00"}})
    never = plan.options.model_copy(update={"schedule": {"cron": "0 3 30 2 *"}})

    edited = planner.finalise(plan.model_copy(update={"options": timed}), estate)
    assert (edited.obstacles, edited.complete) == ((), True)
    assert "Run by schedule: Once, on 2026-06-01 at 02:00 (UTC)" in edited.explanation

    edited = planner.finalise(plan.model_copy(update={"options": never}), estate)
    assert "0 3 30 2 *" in " ".join(edited.obstacles)
    assert not edited.complete


@pytest.mark.parametrize(
    "option",
    [{"max_fail": "abc"}, {"max_fail": "nan%"}, {"max_fail": -1}, {"batch": "0%"}, {"batch": 0}, {"batch": "101%"}],
    ids=str,
)
def test_options_that_no_job_could_follow_are_no_plan(option: dict[str, Any], propose: Propose) -> None:
    plan = propose("stop nginx on shop-01").model_dump(mode="json")

    with pytest.raises(ValidationError, match=next(iter(option))):
        Plan.model_validate({**plan, "options": option})


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        (Condition(fact="moon_phase"), "no fact 'moon_phase'"),
        (Condition(fact="service_running"), "does not say what it is about"),
        (Condition(fact="cpu_pct", subject="nginx", op="<", value=3), "about the target itself"),
        (Condition(fact="cpu_pct", op="<", value="x; reboot"), "cannot be checked"),
        (Condition(fact="cpu_pct", value=3), "cannot be checked"),
        (Condition(fact="cpu_pct", op="<", value=True), "cannot be checked"),
        (Condition(fact="changed", value="yes"), "cannot be checked"),
        (Condition(fact="service_running", subject="nginx", op="==", value=0), "cannot be checked"),
        (Condition(fact="previous_ok", value=1), "cannot be checked"),
        (Condition(fact="os_family", op="==", value="beos"), "cannot be checked"),
        (Condition(fact="package_version", subject="nginx", op="<", value="1 or true"), "value"),
        (Condition(fact="file_exists", subject="relative/path"), "subject"),
        (Condition(fact="port_open", subject="70000"), "subject"),
    ],
)
def test_condition_that_says_nothing_is_refused(
    planner: Planner, estate: Estate, propose: Propose, condition: Condition, says: str
) -> None:
    plan = propose("restart nginx on shop-01")
    edited = plan.model_copy(update={"steps": (plan.steps[0].model_copy(update={"when": (condition,)}),)})
    with pytest.raises(OpsConductorError, match=says) as caught:
        planner.finalise(edited, estate)
    assert caught.value.remedy


def test_step_that_waits_for_a_failure_is_planned_and_said(planner: Planner, estate: Estate, propose: Propose) -> None:
    plan = propose("restart nginx and then restart redis on shop-01")
    failed = plan.steps[1].model_copy(update={"when": (Condition(fact="previous_ok", negate=True),)})
    edited = planner.finalise(plan.model_copy(update={"steps": (plan.steps[0], failed)}), estate)
    assert "takes no further steps" in " ".join(edited.obstacles)
