# SPDX-License-Identifier: Apache-2.0
"""Literal secrets are refused wherever they are given, and stand nowhere in what becomes of it."""

from typing import Any

import pytest
from ruamel.yaml import YAML

from opsconductor.domain.estate import Estate
from opsconductor.domain.plans import Outcome
from planner.guard import refusal_for
from planner.masking import SecretGiven, mask_secrets
from planner.planner import Planner
from tests.unit.planner.conftest import CASES, NOW, Propose

TABLE = YAML(typ="safe").load((CASES / "secrets" / "secrets.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", TABLE["held"], ids=lambda case: case["text"][:50])
def test_a_literal_secret_is_refused_and_masked(case: dict[str, Any], propose: Propose) -> None:
    plan = propose(case["text"])

    assert plan.outcome is Outcome.REFUSE
    assert plan.refusal is not None
    assert plan.refusal.reason == "secrets"
    assert "opsc credentials add" in plan.refusal.text
    assert "credential" in plan.refusal.text
    assert case["secret"] not in plan.model_dump_json()
    assert "•••" in plan.text


@pytest.mark.parametrize("text", TABLE["plain"])
def test_talk_about_secrets_is_no_secret(text: str) -> None:
    assert mask_secrets(text) == text
    assert refusal_for(text) is None


def test_the_way_that_a_refusal_names_is_understood(propose: Propose) -> None:
    plan = propose("set the password of user bob to credential bob-login on shop-01")
    assert [(s.intent, s.params) for s in plan.steps] == [("user.password", {"user": "bob", "password": "bob-login"})]


@pytest.mark.parametrize(
    "answer", ["password=hunter2", "/srv/x?token=hunter2", "-----BEGIN RSA PRIVATE KEY----- hunter2"]
)
def test_a_secret_in_an_answer_is_refused(answer: str, planner: Planner, estate: Estate, propose: Propose) -> None:
    plan = propose("copy agent.conf to shop-01")
    with pytest.raises(SecretGiven) as refused:
        planner.answer(plan, {plan.questions[0].id: answer}, estate, NOW, plan_id="p2")
    assert "hunter2" not in str(refused.value)
    assert "opsc credentials add" in str(refused.value)


def test_a_secret_in_an_edited_step_is_refused(planner: Planner, estate: Estate, propose: Propose) -> None:
    plan = propose("run 'uptime' on shop-01")
    step = plan.steps[0].model_copy(update={"params": {"command": ["mysqldump", "--password=hunter2"]}})
    with pytest.raises(SecretGiven) as refused:
        planner.finalise(plan.model_copy(update={"steps": (step,)}), estate)
    assert "hunter2" not in str(refused.value)


def test_what_cannot_be_the_name_of_a_credential_is_not_repeated(
    planner: Planner, estate: Estate, propose: Propose
) -> None:
    plan = propose("change the password of user bob on shop-01")
    with pytest.raises(Exception, match="no value") as wrong:
        planner.answer(plan, {plan.questions[0].id: "hunter2!"}, estate, NOW, plan_id="p2")
    assert "hunter2" not in str(wrong.value)
