# SPDX-License-Identifier: Apache-2.0
"""What says that a request was misread, and what only looks like it."""

import time
from typing import Any

import pytest
from ruamel.yaml import YAML

from planner.misses import read_denial
from tests.unit.planner.conftest import CASES

TABLE: dict[str, list[Any]] = YAML(typ="safe").load((CASES / "misses" / "denials.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", TABLE["denials"], ids=lambda case: str(case["text"]))
def test_a_denial_is_known_with_its_correction(case: dict[str, Any]) -> None:
    denial = read_denial(case["text"])

    assert denial is not None
    assert denial.meant == case.get("meant")


@pytest.mark.parametrize("text", TABLE["requests"])
def test_a_request_is_no_denial(text: str) -> None:
    assert read_denial(text) is None


@pytest.mark.parametrize("text", ["no " * 2000, "that is not " * 400, "wrong, " * 700, "you " + "completely " * 400])
def test_no_text_takes_long(text: str) -> None:
    before = time.perf_counter()
    read_denial(text)

    assert time.perf_counter() - before < 0.5
