# SPDX-License-Identifier: Apache-2.0
"""Conditions written as text, and the limits of what is written."""

import time
from typing import Any

import pytest
from pydantic import ValidationError

from opsconductor.domain.documents import LONGEST_CONDITION, MOST_CONDITIONS, StepSpec, TargetSpec
from opsconductor.domain.plans import LONGEST_PAUSE, MOST_TARGETS, Condition, Options
from opsconductor.errors import InvalidInput
from planner.condition_values import check_condition


def read(text: str) -> Condition:
    [condition] = StepSpec.model_validate({"intent": "host.ping", "when": text}).when
    return condition


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("uptime_days > 30", {"fact": "uptime_days", "op": ">", "value": 30}),
        ("disk_free_pct < 10", {"fact": "disk_free_pct", "op": "<", "value": 10}),
        ("disk_free_pct /srv < 9.5", {"fact": "disk_free_pct", "subject": "/srv", "op": "<", "value": 9.5}),
        ("os_family == linux", {"fact": "os_family", "op": "==", "value": "linux"}),
        ("not cpu_pct > 90", {"fact": "cpu_pct", "op": ">", "value": 90, "negate": True}),
        ("reboot_required", {"fact": "reboot_required"}),
        ("changed == false", {"fact": "changed", "op": "==", "value": False}),
        ("  not \t service_running  nginx ", {"fact": "service_running", "subject": "nginx", "negate": True}),
        ("service_running contains", {"fact": "service_running", "subject": "contains"}),
        (
            "service_running Print  Spooler == false",
            {"fact": "service_running", "subject": "Print  Spooler", "op": "==", "value": False},
        ),
        (
            "package_version nginx >= 1.20",
            {"fact": "package_version", "subject": "nginx", "op": ">=", "value": "1.20"},
        ),
    ],
)
def test_a_condition_is_read_with_and_without_subject(text: str, told: dict[str, Any]) -> None:
    condition = read(text)

    assert condition == Condition(**told)
    assert check_condition(condition) == condition


@pytest.mark.parametrize("text", ["not", "uptime_days >", "service_running == true", "cpu_pct > " + "9" * 400])
def test_what_says_nothing_is_told(text: str) -> None:
    with pytest.raises(InvalidInput):
        check_condition(read(text))


@pytest.mark.parametrize("text", ["", " ", "x" * (LONGEST_CONDITION + 1)])
def test_what_is_no_text_of_a_condition_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        read(text)


def test_blanks_take_no_time() -> None:
    blank = " " * 240
    before = time.process_time()

    assert read(f"file_exists {blank}a{blank}\nb").fact == "file_exists"

    assert time.process_time() - before < 0.2


def test_a_step_has_not_too_many_conditions() -> None:
    assert (
        len(StepSpec(intent="host.ping", when=(Condition(fact="changed"),) * MOST_CONDITIONS).when) == MOST_CONDITIONS
    )
    with pytest.raises(ValidationError, match="at most 20 items"):
        StepSpec(intent="host.ping", when=(Condition(fact="changed"),) * (MOST_CONDITIONS + 1))


@pytest.mark.parametrize(
    ("name", "most"),
    [("batch", MOST_TARGETS), ("max_fail", MOST_TARGETS), ("canary", MOST_TARGETS), ("pause", LONGEST_PAUSE)],
)
def test_numbers_have_an_end(name: str, most: int) -> None:
    assert getattr(Options.model_validate({name: most}), name) == most
    for wrong in (most + 1, 10**30):
        with pytest.raises(ValidationError):
            Options.model_validate({name: wrong})


def test_the_number_of_targets_has_an_end() -> None:
    with pytest.raises(ValidationError):
        TargetSpec(count=10**30)
