# SPDX-License-Identifier: Apache-2.0
"""What is typed over telnet, and what counts as a prompt, a pager and an answer of it."""

import subprocess

import pytest

from opsconductor.services import telnet_login
from tests.fixtures.telnet_session import session

WORDS = [
    "plain",
    "",
    "a b",
    "it's",
    '"q"',
    "$HOME `id` $(id)",
    "tab\tx",
    "line\nend",
    "ü €",
    "\\",
    "*",
    "-n",
    "%s",
    "!x",
]


def test_a_shell_takes_every_word_for_what_it_is() -> None:
    typed = "printf '%s\\0' " + session.quoted(WORDS)
    assert typed.isascii()
    assert typed.isprintable(), "a terminal would act on it"
    done = subprocess.run(["sh", "-c", typed], capture_output=True, check=True, timeout=20)
    assert done.stdout.decode().split("\0")[:-1] == WORDS


@pytest.mark.parametrize("word", ["ends\n", "a\x00b"])
def test_what_cannot_be_given_is_refused(word: str) -> None:
    with pytest.raises(session.Refused):
        session.quoted([word])


def test_a_check_and_a_job_wait_for_the_same_prompts() -> None:
    assert session.USER.pattern == telnet_login._USER.pattern
    assert session.PASSWORD.pattern == telnet_login._PASSWORD.pattern
    assert session.REFUSAL.pattern == telnet_login._REFUSAL.pattern
    assert session.MUST_CHANGE.pattern == telnet_login._MUST_CHANGE.pattern
    assert session.ESCAPES.pattern == telnet_login._ESCAPES.pattern


@pytest.mark.parametrize(
    ("line", "is_prompt"),
    [
        ("sw-1>", True),
        ("root@box:~# ", True),
        ("$ ", True),
        ("% ", True),
        ("95%", False),
        ("### welcome ###\r\n", False),
    ],
)
def test_a_prompt_is_the_last_thing_that_is_shown(line: str, is_prompt: bool) -> None:
    assert bool(session.PROMPT.search(line)) is is_prompt


@pytest.mark.parametrize(
    ("pager", "wiped"),
    [
        (b" --More-- ", b"\x08" * 10 + b" " * 10 + b"\x08" * 10),
        (b"-- More --", b"\r          \r"),
        (b"---- More ----", b"\x1b[42D\x1b[K"),
        (b"Press any key to continue", b"\r\x1b[K"),
        (b"<--- More --->", b""),
    ],
)
def test_nothing_of_a_pager_is_left(pager: bytes, wiped: bytes) -> None:
    raw = b"one\r\n" + pager + wiped + b"two\r\n"
    found = session.PAGER.search("one\r\n" + pager.decode())
    assert found
    words = found[0].encode()
    left = session._without(bytearray(raw), [(raw.rindex(words), len(words))])
    assert session.ESCAPES.sub("", left.decode()).split() == ["one", "two"]


def test_a_login_never_shows_its_password() -> None:
    assert "s3cret" not in repr(session.Login("h", password="s3cret"))
