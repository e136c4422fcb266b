# SPDX-License-Identifier: Apache-2.0
"""Batches, canaries and limits of failure: the table in tests/cases/batches."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from opsconductor.domain.batches import batch_sizes, batches
from opsconductor.domain.plans import Options, Step
from opsconductor.domain.templates import Catalogue
from opsconductor.execution.batches import stop_reason
from planner.estimates import START_UP, estimate

CASES = yaml.safe_load((Path(__file__).parents[2] / "cases/batches/batches.yml").read_text(encoding="utf-8"))
COUNTS = st.none() | st.integers(1, 40) | st.integers(1, 100).map(lambda n: f"{n}%")


def _names(count: int) -> list[str]:
    return [f"t{n}" for n in range(1, count + 1)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_table(case: dict[str, Any]) -> None:
    targets, options = _names(case["targets"]), Options(**case["options"])
    assert list(batch_sizes(len(targets), options)) == case["sizes"]
    assert [len(part) for part in batches(targets, options)] == case["sizes"]
    for (done, failed), reason in case["stops"]:
        assert stop_reason(options, targets, done, {f"t{n}" for n in failed}) == reason


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_estimate_counts_the_batches_that_run(case: dict[str, Any]) -> None:
    step = Step(intent="x", title="X", params={}, seconds=1.0)
    told = estimate((step,), case["targets"], Options(**case["options"]), Catalogue(templates={}))
    assert told is not None
    assert told.seconds == len(case["sizes"]) * (START_UP + 1.0)
    assert f" {len(case['sizes'])} batch" in told.basis


@given(count=st.integers(0, 60), canary=st.none() | st.integers(0, 70), batch=COUNTS)
def test_every_target_once_and_in_order(count: int, canary: int | None, batch: int | str | None) -> None:
    parts = batches(_names(count), Options(canary=canary, batch=batch))
    assert [name for part in parts for name in part] == _names(count)
    assert all(parts)
