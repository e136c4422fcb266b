# SPDX-License-Identifier: Apache-2.0
"""Sessions with devices that say what a test tells them to: no shell, pages, refusals, silence."""

import pytest

from tests.fixtures.telnet_server import ADDRESS, Caller, Dialogue, telnet_server
from tests.fixtures.telnet_session import session

PASSWORD = "Kn0wn-0nly-t0-the-sw1tch"


async def log_in(caller: Caller) -> bool:
    await caller.say(b"#### keep out ####\r\n\r\nUsername: ")
    await caller.line(echo=True)
    await caller.say(b"Password: ")
    if await caller.line() == PASSWORD:
        return True
    await caller.say(b"\r\n% Login invalid\r\n\r\nUsername: ")
    await caller.rest()
    return False


async def switch(caller: Caller) -> None:
    if not await log_in(caller):
        return
    await caller.say(b"\r\nsw-1>")
    while (line := await caller.line(echo=True)) != "exit":
        if line == "show log":
            await caller.say(b"one\r\ntwo\r\n --More-- ")
            assert await caller.reader.read(1) == b" "
            await caller.say(b"\x08" * 10 + b" " * 10 + b"\x08" * 10 + b"  three\r\n<--- More --->")
            assert await caller.reader.read(1) == b" "
            await caller.say(b"\r              \rfour: \xff\xff\r\nsw-1(config)#")
        else:
            await caller.say(b"% Invalid input detected at '^' marker.\r\n\r\nsw-1>")


def talk(
    dialogue: Dialogue, *argv: str, password: str = PASSWORD, shell_only: bool = False
) -> tuple[object, list[str]]:
    with telnet_server(dialogue) as there:
        login = session.Login(ADDRESS, there.port, "ops", password, patience=2.0)
        try:
            return session.run(login, argv, shell_only=shell_only), there.heard
        except session.TelnetError as error:
            return error, there.heard


def test_pages_are_turned_and_nothing_of_them_is_left() -> None:
    ended, heard = talk(switch, "show", "log")
    assert ended == session.Ended(b"one\ntwo\n  three\nfour: \xff", None)
    assert heard[-2:] == ["show log", "exit"]


def test_a_command_that_the_device_does_not_take_is_told() -> None:
    ended, _ = talk(switch, "reload", "all")
    assert isinstance(ended, session.Ended)
    assert ended.fault == "% Invalid input detected at '^' marker."


@pytest.mark.parametrize("word", ["two words", "a|b", "x;y", "?", "'q'", "a\nb"])
def test_what_a_device_could_read_as_its_own_is_never_typed(word: str) -> None:
    refused, heard = talk(switch, "show", word)
    assert isinstance(refused, session.Refused)
    assert not any("show" in line for line in heard)


def test_what_is_for_a_unix_shell_is_never_typed_on_another_device() -> None:
    refused, heard = talk(switch, "cat", "/proc/uptime", shell_only=True)
    assert isinstance(refused, session.Refused)
    assert "no Unix shell" in str(refused)
    assert not any("/proc" in line for line in heard)


def test_a_wrong_password_is_told_and_tried_once() -> None:
    refused, heard = talk(switch, "show", "log", password="Wr0ngW0rd")
    assert isinstance(refused, session.NotLoggedIn)
    assert "was refused" in str(refused)
    assert "Wr0ngW0rd" not in str(refused)
    assert heard == ["ops", "Wr0ngW0rd"]


async def _silent(caller: Caller) -> None:
    await caller.rest()


async def _closing(caller: Caller) -> None:
    await caller.say(b"go away\r\n")


async def _ends_in_the_middle(caller: Caller) -> None:
    await log_in(caller)
    await caller.say(b"\r\nsw-1>")
    await caller.line(echo=True)
    await caller.say(b"% Invalid\r\nsw-1>")
    await caller.line(echo=True)
    await caller.say(b"half of i")


@pytest.mark.parametrize(
    ("dialogue", "kind", "said"),
    [
        (_silent, "NotReached", "No login prompt came"),
        (_closing, "NotReached", "closed before a prompt"),
        (_ends_in_the_middle, "TelnetError", "nobody knows how the command ended"),
    ],
)
def test_whoever_does_not_answer_is_told_apart(dialogue: Dialogue, kind: str, said: str) -> None:
    error, _ = talk(dialogue, "show", "log")
    assert type(error).__name__ == kind
    assert said in str(error)


def test_nobody_there() -> None:
    with pytest.raises(session.NotReached, match="cannot be reached: Connection refused"):
        session.run(session.Login(ADDRESS, 9, "ops", PASSWORD), ["show"])
