# SPDX-License-Identifier: Apache-2.0
"""Telnet logins against servers that speak real bytes on a loopback address, in the shapes machines have."""

import asyncio
import logging
import socket
from collections.abc import Callable

import pytest

from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.checks import CheckResult, Verdict
from opsconductor.domain.credentials import CredentialKind
from opsconductor.domain.specs import AssetEdit, ConnectionSpec
from opsconductor.services import checks as checks_module
from opsconductor.services.telnet_login import End, TelnetAnswer, TelnetLogin, try_telnet
from tests.fixtures.inventory_world import ACTOR, InventoryWorld
from tests.fixtures.telnet_server import ADDRESS, Caller, Dialogue, telnet_server
from tests.integration.inventories.conftest import new_key

USER, WORD = "ops", "s3cret wörd #"
LOGIN = TelnetLogin(user=USER, password=WORD)
PATIENCE = 1.5


def server(
    *,
    banner: bytes = b"",
    ask: bytes | None = b"login: ",
    ask_password: bytes = b"Password: ",
    echo: bool = True,
    welcome: bytes = b"\r\nLast login: Mon Nov  3 from 10.0.0.9\r\n",
    prompt: bytes = b"ops@old:~$ ",
    refusal: bytes = b"\r\nLogin incorrect\r\n\r\nlogin: ",
) -> Dialogue:
    """A machine that lets USER in with WORD."""

    async def dialogue(caller: Caller) -> None:
        await caller.say(banner)
        if ask is not None:
            await caller.say(ask)
            assert await caller.line(echo=echo) == USER
        await caller.say(ask_password)
        if await caller.line() != WORD:
            await caller.say(refusal)
            await caller.rest()
        await caller.say(welcome)
        await asyncio.sleep(0.5)  # a slow message of the day is no shell prompt
        await caller.say(prompt)
        if await caller.line(echo=echo) == "exit":
            await caller.say(b"logout\r\n")

    return dialogue


OPTIONS = b"\xff\xfd\x18\xff\xfd\x20\xff\xfd\x23\xff\xfd\x27\xff\xfb\x03\xff\xfb\x01\xff\xfd\x1f"
SHAPES = {
    "plain": server(),
    "options": server(banner=OPTIONS + b"Debian GNU/Linux 12\r\n\r\n"),
    "username": server(ask=b"\r\nUsername: ", prompt=b"\r\nswitch-1#"),
    "windows": server(ask=b"Welcome to Microsoft Telnet Service \r\n\r\nlogin: ", prompt=b"\r\nC:\\Users\\ops>"),
    "router": server(ask=None, ask_password=b"User Access Verification\r\n\r\nPassword: ", prompt=b"\r\nRouter>"),
    "no echo": server(echo=False),
    "colours": server(
        ask=b"\x1b[1;33mold login:\x1b[0m ",
        ask_password=b"\x1b[31mPassword:\x1b[m ",
        prompt=b"\x1b]0;ops@old: ~\x07\x1b[01;32mops@old\x1b[00m:\x1b[01;34m~\x1b[00m$ \x1b[K\x1b[6n",
    ),
    "echoed password": server(welcome=f"{WORD}\r\nWelcome\r\n".encode()),
}


@pytest.mark.parametrize("dialogue", SHAPES.values(), ids=SHAPES)
def test_the_prompts_of_many_machines_are_answered(dialogue: Dialogue) -> None:
    with telnet_server(dialogue) as there:
        answer = try_telnet(ADDRESS, there.port, LOGIN, patience=4)
        assert answer.end is End.IN, answer
    assert there.heard in ([USER, WORD, "exit"], [WORD, "exit"])


@pytest.mark.parametrize("dialogue", SHAPES.values(), ids=SHAPES)
def test_a_wrong_password_is_refused_and_nothing_more_is_typed(dialogue: Dialogue) -> None:
    with telnet_server(dialogue) as there:
        answer = try_telnet(ADDRESS, there.port, TelnetLogin(user=USER, password="wrong"), patience=4)
        assert answer.end is End.REFUSED, answer
    assert there.heard in ([USER, "wrong"], ["wrong"])


def after_password(last: bytes) -> Dialogue:
    """A machine that says this after the password and then nothing."""

    async def dialogue(caller: Caller) -> None:
        await caller.say(b"login: ")
        await caller.line(echo=True)
        await caller.say(b"Password: ")
        await caller.line()
        await caller.say(last)
        if b"bye" not in last:
            await caller.rest()

    return dialogue


@pytest.mark.parametrize(
    ("last", "end"),
    [
        (b"\r\nLogin incorrect\r\n", End.REFUSED),
        (b"\r\n% Authentication failed\r\n", End.REFUSED),
        (b"\r\nAccess denied\r\n\r\nPassword: ", End.REFUSED),
        (b"\r\nold login: ", End.REFUSED),
        (b"\r\nYour password has expired.\r\nNew password: ", End.MUST_CHANGE),
        (b"bye", End.CLOSED),
        (b"\r\n1) Ports\r\n2) Users\r\nChoose [1-2]: ", End.NO_SHELL),
        (b"\r\nLoading 50%", End.NO_SHELL),
        (b"", End.NO_SHELL),
    ],
)
def test_what_follows_the_password_is_told_apart(last: bytes, end: End) -> None:
    with telnet_server(after_password(last)) as there:
        assert try_telnet(ADDRESS, there.port, LOGIN, patience=PATIENCE).end is end


async def silent(caller: Caller) -> None:
    """Say nothing."""
    await caller.rest()


async def endless(caller: Caller) -> None:
    """A banner that never ends."""
    while True:
        await caller.say(b"* buy our switches * " * 20)
        await asyncio.sleep(0.05)


async def flooding(caller: Caller) -> None:
    """As much as the line takes."""
    while True:
        await caller.say(b"\xff\xf9 login: x" * 10_000)


async def http(caller: Caller) -> None:
    """Another protocol."""
    await caller.say(b"HTTP/1.1 400 Bad Request\r\n\r\n\x1b[2J")
    await caller.rest()


async def full(caller: Caller) -> None:
    """No line is free."""
    await caller.say(b"All lines are busy.\r\n")


async def nonsense(caller: Caller) -> None:
    """Bytes that mean nothing, telnet commands among them."""
    await caller.say(b"\xff\xfa\x18\x01\xff\xf0\xff\xfa\x22\x03\x01\xff\xf0" + bytes(range(256)) * 8)
    await caller.rest()


@pytest.mark.parametrize(
    ("dialogue", "end"),
    [
        (silent, End.SILENT),
        (endless, End.ENDLESS),
        (flooding, End.ENDLESS),
        (http, End.NO_PROMPT),
        (full, End.HUNG_UP),
    ],
)
def test_what_asks_for_no_login_gets_no_password(dialogue: Dialogue, end: End) -> None:
    with telnet_server(dialogue) as there:
        assert try_telnet(ADDRESS, there.port, LOGIN, patience=PATIENCE).end is end
    assert there.heard == []


def test_nonsense_ends_like_any_other_service_that_is_no_telnet() -> None:
    with telnet_server(nonsense) as there:
        assert try_telnet(ADDRESS, there.port, LOGIN, patience=PATIENCE).end in (End.NO_PROMPT, End.HUNG_UP)


def test_the_password_is_in_no_log_and_no_representation(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(1)
    logging.getLogger("telnetlib3").setLevel(1)
    word = "Tr0ub4dor"
    with telnet_server(after_password(f"you typed {word}\r\n$ ".encode())) as there:
        answer = try_telnet(ADDRESS, there.port, TelnetLogin(user=USER, password=word), patience=PATIENCE)
        assert answer.end is End.IN
    assert word not in caplog.text
    assert word.encode().hex(" ") not in caplog.text.lower()
    assert word not in repr((answer, TelnetLogin(user=USER, password=word)))


@pytest.fixture
def ask(world: InventoryWorld, monkeypatch: pytest.MonkeyPatch) -> Callable[..., CheckResult]:
    """Checks an asset with one telnet connection."""

    def hasty(address: str, port: int, login: TelnetLogin) -> TelnetAnswer:
        return try_telnet(address, port, login, patience=PATIENCE)

    monkeypatch.setattr(checks_module, "try_telnet", hasty)

    def check(port: int, credential: str | None, user: str | None = None) -> CheckResult:
        world.asset(
            "old switch",
            ADDRESS,
            ConnectionSpec(kind=ConnectionKind.TELNET, port=port, user=user),
            credential=credential,
        )
        (result,) = world.checks.check(["old switch"])
        return result

    return check


def test_a_check_logs_in_and_warns_of_the_clear_text(world: InventoryWorld, ask: Callable[..., CheckResult]) -> None:
    world.credential("switches", CredentialKind.PASSWORD, WORD, USER)
    with telnet_server(server()) as there:
        result = ask(there.port, "switches")
    assert (result.reachable, result.login, result.good) == (Verdict.OK, Verdict.OK, True), result
    assert result.credential == "switches"
    assert result.warning is not None
    assert "password in clear" in result.warning


def test_the_connection_s_user_goes_before_the_credential_s(
    world: InventoryWorld, ask: Callable[..., CheckResult]
) -> None:
    world.credential("switches", CredentialKind.PASSWORD, WORD, "somebody else")
    with telnet_server(server()) as there:
        assert ask(there.port, "switches", USER).good


@pytest.mark.parametrize(
    ("value", "user", "dialogue", "message", "remedy"),
    [
        ("wrong", USER, server(), "credential 'switches' is wrong", "opsc credentials replace switches"),
        (None, None, server(), "no credential applies", "opsc assets edit 'old switch' --credential NAME"),
        (WORD, None, server(), "credential 'switches' names none", "opsc credentials edit switches --user USER"),
        (WORD, USER, full, "it said 'All lines are busy.'", "has a line free"),
        (WORD, USER, silent, "nothing came before the time was over", "telnet 127.29.4.1 "),
        (WORD, USER, endless, "never asks for a login", "telnet 127.29.4.1 "),
        (WORD, USER, http, "HTTP/1.1 400 Bad Request", "telnet 127.29.4.1 "),
    ],
)
def test_what_went_wrong_is_said_with_a_remedy(
    world: InventoryWorld,
    ask: Callable[..., CheckResult],
    value: str | None,
    user: str | None,
    dialogue: Dialogue,
    message: str,
    remedy: str,
) -> None:
    if value is not None:
        world.credential("switches", CredentialKind.PASSWORD, value, user)
    with telnet_server(dialogue) as there:
        result = ask(there.port, None if value is None else "switches")
    assert Verdict.FAILED in (result.reachable, result.login)
    assert not result.good
    assert message in result.message
    assert result.remedy is not None
    assert remedy in result.remedy
    assert WORD not in result.model_dump_json()


def test_a_closed_port_and_a_key_in_the_place_of_a_password(
    world: InventoryWorld, ask: Callable[..., CheckResult]
) -> None:
    with socket.socket() as free:
        free.bind((ADDRESS, 0))
        port = free.getsockname()[1]
    refused = ask(port, None)
    assert (refused.reachable, refused.login) == (Verdict.FAILED, Verdict.NOT_TRIED)
    assert refused.message == f"Nothing listens on port {port}: the connection was refused."
    assert refused.remedy == "Start the telnet server on the machine, or correct the connection's port."
    world.credential("a key", CredentialKind.SSH_KEY, new_key()[0], USER)
    world.assets.edit("old switch", AssetEdit(credential="a key"), ACTOR)
    (wrong,) = world.checks.check(["old switch"])
    assert wrong.login is Verdict.FAILED
    assert wrong.message == "Telnet logs in with a password, and credential 'a key' is none."
