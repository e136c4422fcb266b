# SPDX-License-Identifier: Apache-2.0
"""What holds for any text at all."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from opsconductor.domain.base import Platform
from opsconductor.domain.estate import Estate, EstateAsset, EstateGroup
from opsconductor.domain.plans import Outcome
from opsconductor.domain.templates import Catalogue, ParameterType
from planner.masking import mask_secrets
from planner.planner import Planner
from planner.tokens import tokenize
from tests.unit.planner.conftest import NOW, Propose, load_cases

_TASKS = [c["text"] for c in load_cases("tasks")]
_WORDS = sorted(
    {w for text in _TASKS for w in text.split()} | {"'", '"', "`", "if", "or", "-", "/", "[", "]", "\\", "{{", "$("}
)
_SENTENCES = st.lists(st.sampled_from(_WORDS), max_size=16).map(" ".join)
_ANY = st.one_of(st.text(max_size=120), _SENTENCES)
_PATIENT = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@_PATIENT
@given(text=_ANY)
@example(text="copy 'C:\\a b\\c.exe' to web-[01:03], 5%")
def test_masking_loses_nothing(text: str) -> None:
    tokens = tokenize(text)

    at = 0
    for token in tokens:
        assert text[token.start : token.end] == token.text
        assert not text[at : token.start].strip()
        at = token.end
    assert not text[at:].strip()


@_PATIENT
@given(text=_ANY)
def test_any_text_gets_an_outcome_and_a_plan_runs_only_on_known_machines(
    text: str, propose: Propose, estate: Estate
) -> None:
    plan = propose(text)

    assert set(plan.targets.names) <= {a.name for a in estate.assets}
    assert (plan.outcome is Outcome.REFUSE) == (plan.refusal is not None)
    if plan.outcome is Outcome.CLARIFY:
        assert plan.questions
    for item in plan.evidence:
        if item.start is not None:
            assert item.text == plan.text[item.start : item.end]


@_PATIENT
@given(text=_SENTENCES)
@example(text="hosts hostname")
@example(text="delete everything in /srv/cache on shop-01")
def test_every_literal_of_a_step_stands_in_the_request(text: str, propose: Propose, catalogue: Catalogue) -> None:
    plan = propose(text)
    chosen = {e.path for e in plan.evidence if e.source == "request"}

    for at, step in enumerate(plan.steps):
        for name, value in step.params.items():
            # What a template chooses from a list of its own is no literal, and all of a folder is said in words.
            listed = catalogue.templates[step.intent].parameters[name].type is ParameterType.CHOICE
            if f"steps[{at}].params.{name}" in chosen and isinstance(value, str) and not listed:
                assert value.removesuffix("*").rstrip("/\\").casefold() in text.casefold()


@pytest.mark.parametrize("text", _TASKS)
def test_every_value_has_its_source(text: str, propose: Propose) -> None:
    plan = propose(text)
    paths = {e.path for e in plan.evidence}

    for at, step in enumerate(plan.steps):
        if f"steps[{at}]" not in paths:
            assert f"steps[{at}].intent" in paths
            assert {f"steps[{at}].params.{name}" for name in step.params} <= paths


@_PATIENT
@given(secret=st.text(alphabet="abcxyz0123456789!#%+", min_size=6, max_size=20))
def test_a_password_in_a_request_is_kept_nowhere(secret: str, propose: Propose) -> None:
    for form in ("restart nginx on shop-01 with password: {}", "set password={} on shop-01", "the token is '{}'"):
        plan = propose(form.format(secret))

        assert secret not in json.dumps(plan.model_dump(mode="json"))
        assert plan.outcome is Outcome.REFUSE


@pytest.mark.parametrize("text", ["reset the password on shop-01", "the password policy of shop-01", *_TASKS])
def test_plain_talk_holds_no_secret(text: str) -> None:
    assert mask_secrets(text) == text


_BRACES = "{{ lookup('pipe','touch pwned') }}"


@pytest.mark.parametrize("where", ["group", "asset", "file"])
def test_braces_in_names_of_the_estate_stay_plain_text(where: str, planner: Planner) -> None:
    names: dict[str, Any] = {"group": "Ovens", "asset": "oven-01", "file": "motd", where: _BRACES}
    estate = Estate(
        assets=(EstateAsset(name=names["asset"], platform=Platform.LINUX, groups=(names["group"],)),),
        groups=(EstateGroup(name=names["group"]),),
        files=(names["file"],),
    )

    plan = planner.propose("restart nginx on all servers", estate, NOW, plan_id="p")

    assert plan.targets.names == (names["asset"],)
    assert all(_BRACES not in json.dumps(step.params) for step in plan.steps)


@pytest.mark.parametrize(
    "text",
    [
        "the " * 900,
        "stop " + "a, " * 1200,
        "restart nginx and " * 200,
        "shop-01 and " * 300,
        "'" * 3900,
        "[ " * 1900,
        "delete " * 500,
        "restart nginx on shop-[0000:9999]",
        "x" * 5000,
    ],
    ids=lambda t: t[:20],
)
def test_long_winded_requests_end_in_an_outcome(text: str, propose: Propose) -> None:
    assert propose(text).outcome in (Outcome.CLARIFY, Outcome.REFUSE)
