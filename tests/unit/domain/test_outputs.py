# SPDX-License-Identifier: Apache-2.0
"""Large texts are set aside whole, and what is left says so."""

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconductor.domain.outputs import KEPT, KeptText, kept_texts, set_aside

LIMIT = 20_000
LONG = "é" + "x" * LIMIT


class Store:
    """Where texts are kept."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def __call__(self, text: str) -> KeptText:
        content = text.encode("utf-8", "surrogateescape")
        sha256 = hashlib.sha256(content).hexdigest()
        self.kept[sha256] = text
        return KeptText(sha256=sha256, size=len(content))


@pytest.mark.parametrize(
    ("data", "places"),
    [
        ({"stdout": "x" * LIMIT}, []),
        ({"stdout": "x" * (LIMIT + 1)}, ["stdout"]),
        ({"stdout": "é" * (LIMIT // 2 + 1)}, ["stdout"]),  # bytes count, not characters
        ({"stdout": LONG, "stderr": LONG}, ["stdout", "stderr"]),
        ({"results": [{"stdout": "x"}, {"stdout": LONG}]}, ["results/1/stdout"]),
        ({"deep": {"er": [LONG]}}, ["deep/er/0"]),
        ({"ansible_facts": {"opsc_s1": {"state": LONG}}}, []),  # a step's own value stays whole
    ],
)
def test_what_is_set_aside(data: dict[str, Any], places: list[str]) -> None:
    store = Store()
    left, kept = set_aside(data, LIMIT, store)
    assert list(kept) == places
    assert (left is data) == (not places)
    for place in places:
        there: Any = data
        here: Any = left
        for part in place.split("/"):
            there, here = (v[int(part)] if isinstance(v, list) else v[part] for v in (there, here))
        assert store.kept[kept[place]["sha256"]] == there
        size = len(str(there).encode())
        assert f"of {size} bytes are not shown here" in str(here)
        assert str(here).startswith(str(there)[:1000])
        assert str(here).endswith(str(there)[-1000:])


def test_the_lines_of_an_output_that_is_kept_are_not_kept_again() -> None:
    left, _kept = set_aside({"stdout": LONG, "stdout_lines": [LONG], "stderr_lines": ["a"]}, LIMIT, Store())
    assert set(left) == {"stdout", "stderr_lines"}


def test_what_was_set_aside_is_not_touched_again() -> None:
    store = Store()
    left, kept = set_aside({"stdout": LONG}, LIMIT, store)
    again, more = set_aside({**left, KEPT: kept}, LIMIT, store)
    assert (again, more) == ({**left, KEPT: kept}, {})
    assert kept_texts(again)["stdout"].size == len(LONG.encode())


_json = st.recursive(
    st.none() | st.integers() | st.text(max_size=5) | st.sampled_from(["y" * (LIMIT + 1), "ü" * LIMIT]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(_json)
def test_nothing_is_lost_and_nothing_else_changes(value: Any) -> None:
    store = Store()
    before = repr(value)
    left, kept = set_aside(value, LIMIT, store)
    assert repr(value) == before
    assert _put_back(left, kept, store, "") == value


def _put_back(value: Any, kept: dict[str, Any], store: Store, place: str) -> Any:
    if place in kept:
        return store.kept[kept[place]["sha256"]]
    if isinstance(value, dict):
        return {k: _put_back(v, kept, store, f"{place}/{k}" if place else k) for k, v in value.items()}
    if isinstance(value, list):
        return [_put_back(v, kept, store, f"{place}/{n}" if place else str(n)) for n, v in enumerate(value)]
    return value
