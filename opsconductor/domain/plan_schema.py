# SPDX-License-Identifier: Apache-2.0
"""The published JSON schema of a plan.

Publish it with `python -m opsconductor.domain.plan_schema > docs/reference/plan.schema.json`.
"""

import json
import sys
from typing import Any

from opsconductor.domain.plans import PLAN_SCHEMA_VERSION, Plan

SCHEMA_ID = f"urn:opsconductor:schema:plan:{PLAN_SCHEMA_VERSION}"


def plan_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a plan as it is printed and stored."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **Plan.model_json_schema(mode="validation"),
    }


def plan_schema_text() -> str:
    """The schema as it is published: indented, with a line end."""
    return json.dumps(plan_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(plan_schema_text())
