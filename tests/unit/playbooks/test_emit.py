# SPDX-License-Identifier: Apache-2.0
"""Whatever is written is read back the same, by the YAML that Ansible reads."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from opsconductor.playbooks.emit import Unsafe, emit

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
SCALARS = st.one_of(TEXTS, st.integers(-(10**9), 10**9), st.booleans(), st.none())
DATA = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS.filter(lambda t: len(t) < 60), inner)
)


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,12}", fullmatch=True), DATA, min_size=1, max_size=4))
def test_what_is_written_is_read_back(data: dict[str, Any]) -> None:
    text = "\n".join(emit(data)) + "\n"
    assert yaml.load(text, Loader=yaml.CSafeLoader) == data
    assert max(len(line) for line in text.splitlines()) <= 700


@given(TEXTS)
def test_an_unsafe_text_stays_one_tagged_value(text: str) -> None:
    written = "\n".join(emit({"x": Unsafe(text)}))
    assert written.startswith("x: !unsafe ")
    assert yaml.safe_load(written.replace(" !unsafe ", " ", 1)) == {"x": text}


@pytest.mark.parametrize(
    "word", ["yes", "No", "null", "~", "1e3", "0o7", "12:30", "2026-01-01", "", " ", "a: b", "a #b"]
)
def test_words_that_yaml_would_take_for_something_else_are_quoted(word: str) -> None:
    assert yaml.safe_load("\n".join(emit({"x": word}))) == {"x": word}


def test_long_conditions_are_folded_within_the_linters_line_length() -> None:
    text = " and ".join(f"opsc_s{n}.state == 'running'" for n in range(1, 30))
    lines = emit({"tasks": [{"when": text}]}, 8)
    assert max(map(len, lines)) < 160
    assert yaml.safe_load("\n".join(lines)) == {"tasks": [{"when": text}]}
