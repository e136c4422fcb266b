# SPDX-License-Identifier: Apache-2.0
"""Systems in the words of the records."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from opsconductor.services.found_systems import system_of

CASES = yaml.safe_load((Path(__file__).parents[2] / "cases/systems/facts.yml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["system"]))
def test_facts_become_a_system(case: dict[str, Any]) -> None:
    assert system_of(case["said"]) == case["system"]
