# SPDX-License-Identifier: Apache-2.0
"""The planner on the shipped templates and a made-up estate."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from opsconductor.domain.estate import Estate, EstateAsset, EstateGroup
from opsconductor.domain.plans import Plan
from opsconductor.domain.templates import Catalogue
from opsconductor.playbooks.catalogue import load_catalogue, template_paths
from planner.planner import Planner
from planner.ranges import expand

CASES = Path(__file__).parents[2] / "cases"
NOW = datetime(2026, 5, 6, 12, tzinfo=UTC)

Propose = Callable[[str], Plan]


def load_cases(name: str) -> list[dict[str, Any]]:
    """The rows of one file of tests/cases/sentences."""
    return list(YAML(typ="safe").load((CASES / "sentences" / f"{name}.yml").read_text(encoding="utf-8")))


def load_estate(name: str) -> Estate:
    """One estate of tests/cases/estates, its ranges expanded."""
    raw = YAML(typ="safe").load((CASES / "estates" / f"{name}.yml").read_text(encoding="utf-8"))
    assets = []
    for row in raw["assets"]:
        fields = {k: v for k, v in row.items() if k != "names"}
        assets += [EstateAsset(name=n, **fields) for n in expand(row["names"])]
    groups = tuple(EstateGroup(**g) for g in raw["groups"])
    return Estate(assets=tuple(assets), groups=groups, files=tuple(raw["files"]))


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue(template_paths())


@pytest.fixture(scope="session")
def planner(catalogue: Catalogue) -> Planner:
    return Planner(catalogue)


@pytest.fixture(scope="session")
def estate() -> Estate:
    return load_estate("works")


@pytest.fixture(scope="session")
def propose(planner: Planner, estate: Estate) -> Propose:
    return lambda text: planner.propose(text, estate, NOW, plan_id="p1")
