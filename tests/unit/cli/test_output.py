# SPDX-License-Identifier: Apache-2.0
"""What others wrote does nothing to the operator's terminal."""

import io
import json
import re

import pytest
from rich.table import Table
from rich.text import Text

from opsconductor.cli.output import PlainConsole, json_text

EVIL = "a\x1b]0;owned\x07b\x1b[2Jc\x9b31md\x00e\x1bPq\x1b\\f"


def in_table(inner: object) -> Table:
    made = Table("x")
    made.add_row(inner)  # type: ignore[arg-type]
    return made


SHOWN = {"text": Text(EVIL), "string": EVIL, "cell": in_table(Text(EVIL)), "nested": in_table(in_table(EVIL))}


@pytest.mark.parametrize("shown", SHOWN.values(), ids=SHOWN)
def test_no_sequence_but_its_own(shown: object) -> None:
    file = io.StringIO()
    PlainConsole(file=file, highlight=False, force_terminal=True, width=200).print(shown, markup=False)
    without_colours = re.sub(r"\x1b\[[0-9;]*m", "", file.getvalue())
    assert not set("\x1b\x07\x9b\x00") & set(without_colours)
    assert [letter for letter in "abcdef" if letter not in without_colours] == []


def test_colours_of_our_own_stay() -> None:
    file = io.StringIO()
    PlainConsole(file=file, force_terminal=True, color_system="standard").print("x", style="red")
    assert "\x1b[31mx" in file.getvalue()


def test_a_broken_character_is_shown_as_such() -> None:
    file = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    PlainConsole(file=file).print("a\udcffb", markup=False)
    file.seek(0)
    assert file.read() == "a?b\n"


def test_json_is_harmless_and_the_same() -> None:
    text = json_text({"ü": EVIL + "\udcff"})
    assert text.isprintable()
    assert "ü" in text
    assert json.loads(text) == {"ü": EVIL + "\udcff"}
