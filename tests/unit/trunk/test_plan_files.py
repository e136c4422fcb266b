# SPDX-License-Identifier: Apache-2.0
"""A plan file that cannot be read: the message says where."""

from pathlib import Path

import pytest

from opsconductor.cli import plans
from opsconductor.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"id": ', "plan.json: invalid JSON at line 1 column 7"),
        ("{\n  id: 1\n}", "plan.json: invalid JSON at line 2 column 3"),
        ("", "plan.json: invalid JSON at line 1 column 0"),
        ("[]", "plan.json: Input should be an object"),
        ("{}", "plan.json: id: Field required"),
    ],
)
def test_the_place_of_a_fault_is_said(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text)
    with pytest.raises(InvalidInput) as caught:
        plans.edit("0123abcd", path)
    assert caught.value.message.removeprefix(f"{tmp_path}/").startswith(said)
    assert ": :" not in caught.value.message
