# SPDX-License-Identifier: Apache-2.0
"""Logs in over telnet the way a person would: answers the prompts, looks for a shell prompt, and leaves."""

import asyncio
import logging
import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from opsconductor.services.ports import CONNECT_SECONDS, describe

if TYPE_CHECKING:
    from telnetlib3 import TelnetReader, TelnetWriter

#: Seconds until the first prompt, and after each answer: a wrong password is answered late on purpose.
PROMPT_SECONDS = 10.0
#: Seconds without a further byte after which the last line counts as what the server waits on.
_QUIET = 0.3
_LARGEST = 64 * 1024
_USER = re.compile(r"(?<!last )(login|user|user ?(name|id)|account)\s*[:>]\s*$", re.IGNORECASE)
_PASSWORD = re.compile(r"pass(word|code|phrase)\b[^\r\n:>]*[:>]\s*$", re.IGNORECASE)
_SHELL = re.compile(r"([$#>❯»]|(?<!\d)%)[ \t]*$")
_REFUSAL = re.compile(
    r"(login|password|user ?name|authentication|credentials?) (is |was )?(incorrect|invalid|failed|failure|wrong)"
    r"|(incorrect|invalid|wrong|bad|unknown) (login|user|password|credential)|access denied|permission denied"
    r"|authentication fail|login failed|not authori[sz]ed",
    re.IGNORECASE,
)
_MUST_CHANGE = re.compile(r"(has|is|was) expired|new (unix )?password|change (your|the) password", re.IGNORECASE)
#: Colours, titles and cursor movements of terminals; what is left of them would hide a prompt.
_ESCAPES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[ -/]*[0-Z\\^-~])|[\x00\x07]")


class End(Enum):
    """How a try ended."""

    IN = auto()
    UNREACHABLE = auto()
    SILENT = auto()  #: not one byte came
    ENDLESS = auto()  #: it sends without a pause and never asks
    NO_PROMPT = auto()
    HUNG_UP = auto()  #: the line was closed before a prompt came
    NOT_TRIED = auto()  #: a prompt came, and there is nothing to answer it with
    NO_USER = auto()  #: it asks for a user, and none is known
    REFUSED = auto()
    MUST_CHANGE = auto()  #: the password has expired
    CLOSED = auto()  #: the line was closed after the answers
    NO_SHELL = auto()  #: neither a refusal nor a shell prompt came


#: What answers there asks for no login.
NO_TELNET = frozenset({End.SILENT, End.ENDLESS, End.NO_PROMPT, End.HUNG_UP})


@dataclass(frozen=True)
class TelnetAnswer:
    """What came of it. `said` is what the server said before it got a password, never after."""

    end: End
    said: str = ""


@dataclass(frozen=True)
class TelnetLogin:
    """What to answer the prompts with; a password of None only looks for a prompt."""

    user: str | None = None
    password: str | None = None

    def __repr__(self) -> str:
        return "TelnetLogin(…)"


def try_telnet(address: str, port: int, login: TelnetLogin, *, patience: float = PROMPT_SECONDS) -> TelnetAnswer:
    """Log in, look for a shell prompt, leave with `exit`. Raises nothing: every outcome is an answer.

    `patience`: seconds until the first prompt and after each answer. The password is sent in the clear.
    """
    try:
        return asyncio.run(_converse(address, port, login, patience))
    except OSError as error:
        return TelnetAnswer(End.UNREACHABLE, describe(error, port))


async def _converse(address: str, port: int, login: TelnetLogin, patience: float) -> TelnetAnswer:
    from telnetlib3 import TelnetClient, open_connection  # only telnet connections need it

    # Its trace shows what is sent as hexadecimal digits, in which no log would find the password to strike it out.
    logging.getLogger("telnetlib3").setLevel(logging.CRITICAL)
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)  # nonsense from the server: it ends
    opening = open_connection(
        address,
        port,
        client_factory=TelnetClient,
        compression=False,
        encoding=False,  # bytes: what cannot be encoded must not end in an exception that quotes it
        connect_maxwait=0.5,
        send_environ=("TERM",),
    )
    reader, writer = await asyncio.wait_for(opening, CONNECT_SECONDS)
    line = _Line(reader, writer)
    try:
        return await _answer_prompts(line, login, patience)
    finally:
        writer.close()


async def _answer_prompts(line: "_Line", login: TelnetLogin, patience: float) -> TelnetAnswer:
    shown = await line.listen(patience, (_USER, _PASSWORD))
    prompt = shown.prompt
    if prompt is None:
        return TelnetAnswer(_no_prompt(shown), shown.words())
    if login.password is None:
        return TelnetAnswer(End.NOT_TRIED)
    if prompt is _USER:
        if login.user is None:
            return TelnetAnswer(End.NO_USER)
        line.send(login.user)
        shown = await line.listen(patience, (_PASSWORD, _USER, _SHELL, _REFUSAL))
        if shown.prompt is not _PASSWORD:
            return await _judge(line, shown)
    line.send(login.password)
    return await _judge(line, await line.listen(patience, (_USER, _PASSWORD, _SHELL, _REFUSAL)))


async def _judge(line: "_Line", shown: "_Shown") -> TelnetAnswer:
    if shown.prompt is _SHELL:
        line.send("exit")
        await line.drain()
        return TelnetAnswer(End.IN)
    if _MUST_CHANGE.search(shown.text):
        return TelnetAnswer(End.MUST_CHANGE)
    if shown.prompt is not None or _REFUSAL.search(shown.text):
        return TelnetAnswer(End.REFUSED)
    return TelnetAnswer(End.CLOSED if shown.closed else End.NO_SHELL)


def _no_prompt(shown: "_Shown") -> End:
    if shown.endless:
        return End.ENDLESS
    if shown.closed:
        return End.HUNG_UP
    return End.NO_PROMPT if shown.text.strip() else End.SILENT


@dataclass(frozen=True)
class _Shown:
    """What came since the last answer."""

    text: str
    prompt: re.Pattern[str] | None  #: which of those waited for
    closed: bool = False
    endless: bool = False

    def words(self) -> str:
        return "".join(c if c.isprintable() else " " for c in " ".join(self.text.split()))[-80:]


class _Line:
    """One connection: text in, lines out."""

    def __init__(self, reader: "TelnetReader", writer: "TelnetWriter") -> None:
        self.reader, self.writer = reader, writer
        self.sent = ""

    def send(self, text: str) -> None:
        """Answer with one line."""
        self.sent = text
        # In binary mode nothing is translated any more: Enter is what the key sends, and would be two of them.
        self.writer.write(text.encode() + (b"\r" if self.writer.outbinary else b"\r\n"))

    async def listen(self, patience: float, awaited: tuple[re.Pattern[str], ...]) -> _Shown:
        """Read until the server pauses at something awaited, closes the line, or the time is over."""
        came = b""
        quiet = closed = False
        loop = asyncio.get_running_loop()
        last = loop.time()
        end = last + patience
        while not closed and len(came) < _LARGEST and (left := end - loop.time()) > 0:
            try:
                piece = await asyncio.wait_for(self.reader.read(4096), min(_QUIET, left))
                last, closed = loop.time(), not piece
                came += piece
            except TimeoutError:
                pass
            except OSError:  # reset: it has nothing more to say
                closed = True
            quiet = loop.time() - last >= _QUIET
            if (quiet or closed) and (prompt := self._prompt(came, awaited)):
                return _Shown(self._text(came), prompt, closed)
        return _Shown(self._text(came), None, closed, endless=bool(came) and not quiet and not closed)

    async def drain(self) -> None:
        """Let what was sent go out and the other side close the line, for a moment."""
        try:
            async with asyncio.timeout(1.0):
                while await self.reader.read(4096):
                    pass
        except OSError:  # a TimeoutError is one
            pass

    def _prompt(self, came: bytes, awaited: tuple[re.Pattern[str], ...]) -> re.Pattern[str] | None:
        text = self._text(came)
        return next((pattern for pattern in awaited if pattern.search(text)), None)

    def _text(self, came: bytes) -> str:
        """Without terminal escapes and without the echo of what was sent."""
        text = _ESCAPES.sub("", came.decode("utf-8", "replace"))
        return re.sub(rf"\A\s*{re.escape(self.sent)}(?=[\r\n]|\Z)", "", text) if self.sent else text
