# SPDX-License-Identifier: Apache-2.0
"""The published schema is the one the code writes, and plans obey it."""

import json
from pathlib import Path

import jsonschema
import pytest

from opsconductor.domain.plan_schema import plan_schema_text
from tests.unit.planner.conftest import Propose, load_cases

PUBLISHED = Path(__file__).parents[3] / "docs" / "reference" / "plan.schema.json"
TEXTS = [load_cases(name)[0]["text"] for name in ("tasks", "questions", "refusals")]


def test_published_schema_is_up_to_date() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == plan_schema_text(), (
        "run: python -m opsconductor.domain.plan_schema > docs/reference/plan.schema.json"
    )


@pytest.mark.parametrize("text", TEXTS)
def test_plans_obey_the_published_schema(text: str, propose: Propose) -> None:
    plan = json.loads(propose(text).model_dump_json())

    jsonschema.validate(plan, json.loads(PUBLISHED.read_text(encoding="utf-8")))
