# SPDX-License-Identifier: Apache-2.0
"""Secrets are taken out of whatever Ansible reports."""

from opsconductor.execution.scrub import Scrubber
from opsconductor.logging import MASK

KEY = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEF\nQIDAQABAoIBAQC7VJTUt9Us8cKj\n-----END KEY-----\n"


def test_everywhere_in_a_structure() -> None:
    scrub = Scrubber(["s3cret!"])
    found = scrub({"a s3cret!": ["x s3cret! y", {"b": ("s3cret!",)}], "n": 3, "none": None, "yes": True})
    assert found == {f"a {MASK}": [f"x {MASK} y", {"b": [MASK]}], "n": 3, "none": None, "yes": True}


def test_a_longer_secret_first() -> None:
    assert Scrubber(["pass", "pass-word-long"])("a pass-word-long b pass c") == f"a {MASK} b {MASK} c"


def test_each_line_of_a_key() -> None:
    assert "QIDAQABAoIBAQC7VJTUt9Us8cKj" not in Scrubber([KEY])("line 3: QIDAQABAoIBAQC7VJTUt9Us8cKj")
    assert Scrubber([KEY])(f"<{KEY.strip()}>") == f"<{MASK}>"


def test_a_secret_that_is_as_short_as_a_word_is_left() -> None:
    assert Scrubber(["abc"])("abcdef") == "abcdef"


def test_nothing_to_hide_changes_nothing() -> None:
    value = {"a": [1, "b"]}
    assert Scrubber([])(value) == value
