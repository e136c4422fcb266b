# SPDX-License-Identifier: Apache-2.0
"""Molecule's scenarios: one per family of templates, each a request that the planner understands."""

from pathlib import Path

import pytest

from opsconductor.domain.base import Platform
from opsconductor.domain.plans import Outcome
from tests.fixtures.molecule_plays import FOLDER, plan_of_scenario, playbooks, scenarios
from tests.fixtures.plain_run import CATALOGUE

#: Families that no container can show: a kernel's modules are the machine's own.
LEFT_OUT = {"kernel_module"}


@pytest.mark.parametrize("folder", list(scenarios()), ids=lambda folder: folder.name)
def test_a_scenario_is_what_the_planner_makes_of_its_request(folder: Path) -> None:
    plan = plan_of_scenario(folder)
    assert plan.outcome in (Outcome.PLAN, Outcome.QUERY), (plan.questions, plan.refusal)
    assert not plan.obstacles
    for name, content in playbooks(folder).items():
        assert (folder / name).read_text() == content, "run python -m tests.fixtures.molecule_plays"


def test_every_family_that_runs_on_linux_has_a_scenario() -> None:
    families = {t.id.partition(".")[0] for t in CATALOGUE if Platform.LINUX in t.platforms}
    shown = {step.intent.partition(".")[0] for folder in scenarios() for step in plan_of_scenario(folder).steps}
    assert families - shown == LEFT_OUT
    assert not {p.parent.name for p in FOLDER.glob("*/molecule.yml")} - {folder.name for folder in scenarios()}
