# SPDX-License-Identifier: Apache-2.0
"""Which variables are taken for secrets by their names."""

from pathlib import Path

import pytest
import yaml

from opsconductor.domain.secret_names import is_secretive

CASES = yaml.safe_load((Path(__file__).parents[2] / "cases" / "names" / "secretive.yml").read_text("utf-8"))


@pytest.mark.parametrize("name", CASES["secret"])
def test_a_name_that_speaks_of_a_secret(name: str) -> None:
    assert is_secretive(name)


@pytest.mark.parametrize("name", CASES["plain"])
def test_a_name_that_does_not(name: str) -> None:
    assert not is_secretive(name)
