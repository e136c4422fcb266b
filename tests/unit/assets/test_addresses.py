# SPDX-License-Identifier: Apache-2.0
"""Addresses reach command lines: only host names and IP addresses pass."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from opsconductor.domain.addresses import InvalidAddress, check_address

CASES = yaml.safe_load((Path(__file__).parents[2] / "cases" / "addresses" / "addresses.yml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case["address"]))
def test_addresses(case: dict[str, Any]) -> None:
    if case.get("refused"):
        with pytest.raises(InvalidAddress) as caught:
            check_address(case["address"])
        assert "192.0.2.10" in (caught.value.remedy or "")
    else:
        assert check_address(case["address"]) == case.get("stored", case["address"])
