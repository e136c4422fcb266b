# SPDX-License-Identifier: Apache-2.0
"""Names are plain text: nearly everything is allowed, nothing is evaluated, and they sort as people count."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from opsconductor.domain.names import InvalidName, check_file_name, check_name, check_text, check_user, sort_key
from opsconductor.errors import InvalidInput

CASES = Path(__file__).parents[2] / "cases" / "names"


def cases(file: str) -> list[Any]:
    return [pytest.param(case, id=repr(case["name"])) for case in yaml.safe_load((CASES / file).read_text("utf-8"))]


@pytest.mark.parametrize("case", cases("names.yml"))
def test_names(case: dict[str, str]) -> None:
    if "refused" in case:
        with pytest.raises(InvalidName) as caught:
            check_name(case["name"], "asset")
        assert case["refused"] in caught.value.message
        assert caught.value.message.isprintable()
        assert caught.value.remedy
    else:
        assert check_name(case["name"], "asset") == case.get("stored", case["name"])


@pytest.mark.parametrize("case", cases("file_names.yml"))
def test_file_names(case: dict[str, str]) -> None:
    if "refused" in case:
        with pytest.raises(InvalidName, match=case["refused"]):
            check_file_name(case["name"])
    else:
        assert check_file_name(case["name"]) == case["name"]


def test_length_counts_characters_but_for_files_bytes_too() -> None:
    assert check_name("é" * 200, "asset") == "é" * 200
    with pytest.raises(InvalidName, match="201 characters"):
        check_name("x" * 201, "asset")
    with pytest.raises(InvalidName, match="400 bytes"):
        check_file_name("é" * 200)


def test_blank_text_is_none_and_a_user_is_never_an_option() -> None:
    assert check_text("  ", "role") is None
    assert check_text(" web ", "role") == "web"
    assert check_user("CORP\\ops") == "CORP\\ops"
    with pytest.raises(InvalidInput, match="hyphen"):
        check_user("-oProxyCommand=x")
    with pytest.raises(InvalidInput, match="invisible"):
        check_text("a\nb", "role")


def test_natural_order() -> None:
    names = ["web10", "Web2", "web1", "web02b", "web", "10", "9", "db"]
    assert sorted(names, key=sort_key) == ["9", "10", "db", "web", "web1", "Web2", "web02b", "web10"]


@given(st.integers(0, 10**30), st.integers(0, 10**30))
def test_numbers_in_names_sort_by_value(one: int, other: int) -> None:
    assert (sort_key(f"h{one}") < sort_key(f"h{other}")) == (one < other)
