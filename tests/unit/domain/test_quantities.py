# SPDX-License-Identifier: Apache-2.0
"""Amounts as people write them."""

import pytest

from opsconductor.domain.answers import Unit
from opsconductor.domain.quantities import amount
from opsconductor.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("10%", 10, Unit.PERCENT),
        ("10 %", 10, Unit.PERCENT),
        ("12.5 per cent", 12.5, Unit.PERCENT),
        ("80", 80, Unit.PERCENT),
        ("80 percent", 80, Unit.PERCENT),
        ("10GB", 10 * 1024**3, Unit.BYTES),
        ("10 GiB", 10 * 1024**3, Unit.BYTES),
        ("1.5g", 1.5 * 1024**3, Unit.BYTES),
        ("500 MB", 500 * 1024**2, Unit.BYTES),
        ("2 terabytes", 2 * 1024**4, Unit.BYTES),
        ("7 bytes", 7, Unit.BYTES),
        ("7B", 7, Unit.BYTES),
        ("3 kilobytes", 3 * 1024, Unit.BYTES),
    ],
)
def test_percentages_and_sizes(text: str, number: float, unit: Unit) -> None:
    assert amount(text) == (number, unit)


@pytest.mark.parametrize("text", ["", "GB", "ten", "-1%", "5 apples", "5 bananas", "10%%", "1e9", "5 minutes"])
def test_what_is_neither(text: str) -> None:
    with pytest.raises(InvalidInput, match="no percentage and no size"):
        amount(text)
