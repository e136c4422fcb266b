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


class AnsibleLoader(yaml.SafeLoader):
    """Resolves what `!unsafe` stands before once more, as Ansible does: quotes count for nothing then."""


def read(text: str) -> Any:
    return yaml.load(text, Loader=AnsibleLoader)  # noqa: S506 - a safe loader with one more tag


def _resolved(loader: AnsibleLoader, node: yaml.Node) -> Any:
    tag = loader.resolve(type(node), node.value, (True, False))  # type: ignore[no-untyped-call]
    return loader.construct_object(type(node)(tag, node.value, node.start_mark, node.end_mark), deep=True)


AnsibleLoader.add_constructor("!unsafe", _resolved)
WORDS = ["yes", "No", "null", "~", "1e3", "0o7", "12:30", "2026-01-01", "", " ", "a: b", "a #b", "0600", "1.10", "="]


@given(TEXTS)
def test_an_unsafe_text_stays_one_value_that_is_never_a_template(text: str) -> None:
    written = "\n".join(emit({"x": Unsafe(text)}))
    assert written.startswith("x: !unsafe ") or not {"{", "%"} & set(text)
    assert read(written) == {"x": text}


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("wrap", [str, lambda word: [word]])
def test_an_unsafe_text_that_looks_like_something_else_stays_text(word: str, wrap: Any) -> None:
    assert read("\n".join(emit({"x": Unsafe(wrap(word))}))) == {"x": wrap(word)}


@pytest.mark.parametrize("word", WORDS)
def test_words_that_yaml_would_take_for_something_else_are_quoted(word: str) -> None:
    assert yaml.safe_load("\n".join(emit({"x": word}))) == {"x": word}


def test_long_conditions_are_folded_within_the_linters_line_length() -> None:
    text = " and ".join(f"opsc_s{n}.state == 'running'" for n in range(1, 30))
    lines = emit({"tasks": [{"when": text}]}, 8)
    assert max(map(len, lines)) < 160
    assert yaml.safe_load("\n".join(lines)) == {"tasks": [{"when": text}]}
