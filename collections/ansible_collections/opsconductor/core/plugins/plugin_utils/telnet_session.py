# SPDX-License-Identifier: GPL-3.0-or-later
"""One telnet session: logs in by its prompts, runs one command, and leaves. Imports nothing of Ansible."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import secrets
from dataclasses import dataclass

#: Seconds without a further byte after which the last line counts as what the other side waits on.
QUIET = 0.3
#: Bytes of a dialogue that asks nothing, and of the output of one command.
TALK, LARGEST = 64 * 1024, 32 * 1024 * 1024
#: A terminal takes lines up to 4096 characters.
LONGEST_LINE = 4000

USER = re.compile(r"(?<!last )(login|user|user ?(name|id)|account)\s*[:>]\s*$", re.IGNORECASE)
PASSWORD = re.compile(r"pass(word|code|phrase)\b[^\r\n:>]*[:>]\s*$", re.IGNORECASE)
PROMPT = re.compile(r"([$#>❯»]|(?<!\d)%)[ \t]*\Z")
REFUSAL = re.compile(
    r"(login|password|user ?name|authentication|credentials?) (is |was )?(incorrect|invalid|failed|failure|wrong)"
    r"|(incorrect|invalid|wrong|bad|unknown) (login|user|password|credential)|access denied|permission denied"
    r"|authentication fail|login failed|not authori[sz]ed",
    re.IGNORECASE,
)
MUST_CHANGE = re.compile(r"(has|is|was) expired|new (unix )?password|change (your|the) password", re.IGNORECASE)
#: Colours, titles and cursor movements of terminals; what is left of them would hide a prompt.
ESCAPES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[ -/]*[0-Z\\^-~])|[\x00\x07]")
#: A pager that waits for a key, and how it is wiped out when it has got one.
PAGER = re.compile(
    r"(-{1,4} ?\(?more\)?[^\r\n]{0,60}|<-{1,4} ?more ?-{1,4}>|press (any|a|the space) ?(key|bar)[^\r\n]{0,60}"
    r"|type <cr>[^\r\n]{0,60})\Z",
    re.IGNORECASE,
)
_WIPED = re.compile(rb"[ \t]*(?:[\x08 ]*\x08|\r[ \t]+\r|\r?\x1b\[[0-9]?K)?")
#: What devices say of a command that they do not take.
_NOT_TAKEN = re.compile(
    r"^[ \t]*(% ?(invalid|incomplete|ambiguous|unknown|unrecogni[sz]ed|bad|error)[^\r\n]*"
    r"|(invalid|unknown|unrecogni[sz]ed) (command|input)[^\r\n]*|syntax error[^\r\n]*)",
    re.IGNORECASE | re.MULTILINE,
)
#: What a command line of a device may read as its own: pipes, lists, help, comments, quotes.
_READ_BY_DEVICES = re.compile(r"[\s|;&<>?!\"'`\\$\x00-\x1f\x7f]")


class TelnetError(Exception):
    """Nothing was run, or it is not known how it ended; the text says what to do, and holds no password."""


class NotReached(TelnetError):
    """Nothing answered there, or nothing that asks for a login."""


class NotLoggedIn(TelnetError):
    """Not let in."""


class Refused(TelnetError):
    """The command cannot be run over this line."""


@dataclass(frozen=True)
class Login:
    """Where, and what to answer the prompts with."""

    host: str
    port: int = 23
    user: str | None = None
    password: str | None = None
    patience: float = 10.0  #: seconds to connect, to the first prompt, and after each answer

    def __repr__(self):
        return f"Login({self.host!r}, {self.port})"


@dataclass(frozen=True)
class Ended:
    """What a command printed, standard error within it, and its exit code where the device has one."""

    output: bytes
    code: int | None
    fault: str | None = None  #: what the device said of a command that it did not take


@dataclass(frozen=True)
class _Shown:
    """What came since the last answer."""

    text: str
    prompt: re.Pattern | None = None  #: which of those waited for
    closed: bool = False


def run(login, argv, *, shell_only=False):
    """Log in, run a program with its arguments (none: only log in), leave. Raises TelnetError.

    On a Unix shell every argument is quoted, and the output is exactly what was printed. Any other device gets the
    words; what its command line could read as its own is refused, as is everything where `shell_only` is asked for.
    """
    return asyncio.run(_session(login, tuple(argv), None, shell_only))


def run_line(login, text):
    """The same with a line for a Unix shell to read. Raises Refused on any other device."""
    return asyncio.run(_session(login, (), text, True))


async def _session(login, argv, text, shell_only):
    line = await _connect(login)
    try:
        prompt = await _log_in(line, login)
        if not argv and text is None:
            return Ended(b"", None)
        if await _is_shell(line, login.patience):
            return await _in_shell(line, quoted(argv) if text is None else text)
        if shell_only:
            raise Refused("This device has no Unix shell: only commands of its own can be run on it.")
        return await _on_device(line, argv, prompt)
    finally:
        line.writer.close()


async def _connect(login):
    from telnetlib3 import TelnetClient, open_connection

    # Its trace shows what is sent as hexadecimal digits, in which no log would find the password to strike it out.
    logging.getLogger("telnetlib3").setLevel(logging.CRITICAL)
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)  # nonsense from there: it ends
    opening = open_connection(
        login.host,
        login.port,
        client_factory=TelnetClient,
        compression=False,
        encoding=False,  # bytes: what cannot be encoded must not end in an exception that quotes it
        connect_maxwait=0.5,
        term="dumb",
        cols=500,  # a line that is wrapped, or paged, is no line any more
        rows=1000,
        send_environ=("TERM",),
    )
    try:
        reader, writer = await asyncio.wait_for(opening, login.patience)
    except TimeoutError:
        raise NotReached(
            f"{login.host} port {login.port} did not answer within {login.patience:g} seconds. "
            "See whether the machine is on and no firewall is between."
        ) from None
    except OSError as error:
        raise NotReached(
            f"{login.host} port {login.port} cannot be reached: {os.strerror(error.errno) if error.errno else error}. "
            "See whether its telnet server runs."
        ) from None
    return Line(reader, writer)


async def _log_in(line, login):
    """Answer the prompts; the last line of what is shown then is the prompt for commands."""
    shown = await line.listen(login.patience, (USER, PASSWORD, PROMPT))
    if shown.prompt is None:
        raise NotReached(
            "The line was closed before a prompt came: see whether the telnet server lets this machine in."
            if shown.closed
            else f"No login prompt came within {login.patience:g} seconds: see what the machine says by hand."
        )
    if shown.prompt is USER:
        if not login.user:
            raise NotLoggedIn("It asks for a user, and none is known: give the credential one.")
        line.send(login.user)
        shown = await line.listen(login.patience, (PASSWORD, USER, PROMPT, REFUSAL))
    if shown.prompt is PASSWORD:
        if login.password is None:
            raise NotLoggedIn("It asks for a password, and none is known: name a password credential.")
        line.send(login.password)
        shown = await line.listen(login.patience, (USER, PASSWORD, PROMPT, REFUSAL))
    if shown.prompt is PROMPT and not MUST_CHANGE.search(shown.text):
        return shown.text.rstrip().splitlines()[-1].strip()
    raise NotLoggedIn(_why_not_in(shown))


def _why_not_in(shown):
    if MUST_CHANGE.search(shown.text):
        return "The password has expired: log in by hand, change it, and store the new one."
    if shown.prompt is not None or REFUSAL.search(shown.text):
        return "The user or the password was refused: store the present one in the credential."
    if shown.closed:
        return "The line was closed after the login: see what the machine's own log says."
    return "It took the login and showed no prompt for commands: log in by hand and see what it waits for."


async def _is_shell(line, patience):
    """Whether what reads the commands is a Unix shell: only one of these can do sums."""
    word = secrets.token_hex(4)
    line.send(f"printf '%s\\n' opsc$((6*7)){word}")
    return (await line.listen(patience, (re.compile(f"opsc42{word}"), PROMPT))).prompt not in (None, PROMPT)


async def _in_shell(line, command):
    """Everything between two marks that stand nowhere in what is typed. No terminal, no pager, no colours, no input."""
    word = secrets.token_hex(8)
    typed = (
        f"printf '%s%s\\n' opsc 'B{word}'; "
        f"( ( {command} ); printf '\\n%s%s %s\\n' opsc 'E{word}' \"$?\" ) </dev/null 2>&1 | cat"
    )
    if len(typed) > LONGEST_LINE:
        raise Refused("The command is too long for a telnet line: use fewer or shorter arguments.")
    line.send(typed)
    end = re.compile(rb"\nopscE%s (\d+)\r?\n" % word.encode())
    came = await line.until(end)
    begun = came.index(f"opscB{word}".encode())
    body = came[came.index(b"\n", begun) + 1 :]
    found = end.search(body)
    line.send("exit")
    await line.drain()
    # The terminal makes each line end two characters; the one before the mark is ours.
    return Ended(_printed(body[: found.start() + 1])[:-1], int(found[1]))


def _printed(raw):
    """As the program printed it: telnet puts a zero behind a lone carriage return, a terminal one before a line end."""
    return raw.replace(b"\r\x00", b"\r").replace(b"\r\n", b"\n")


async def _on_device(line, argv, prompt):
    """The words as they are, up to the next prompt; pages are turned."""
    for word in argv:
        if not word or _READ_BY_DEVICES.search(word):
            raise Refused(
                f"{word[:60]!a} cannot be given to this device: it has no Unix shell, and its command line could read "
                "blanks, quotes, pipes and the like as its own. Use plain words."
            )
    stem = re.escape(re.sub(r"\([^()]*\)$", "", prompt.rstrip("#>$%❯» ")))
    awaited = re.compile(rf"(?:^|[\r\n])[ \t]*{stem}(\([^()\r\n]{{1,60}}\))?[#>$%❯»][ \t]*\Z")
    line.send(" ".join(argv))
    text = await line.page(awaited)
    text = text[: awaited.search(text).start()].replace("\r\n", "\n").strip("\r\n")
    line.send("exit")
    await line.drain()
    fault = _NOT_TAKEN.search("\n".join(text.splitlines()[:4]))
    return Ended(text.encode("utf-8", "surrogateescape"), None, fault[0].strip() if fault else None)


def quoted(argv):
    """The words for a Unix shell: each is one argument whatever is in it, and no keyword or alias."""
    return " ".join(map(_quoted, argv))


def _quoted(word):
    if word.endswith("\n"):
        raise Refused("An argument that ends in a line end cannot be given over telnet.")
    if "\x00" in word:
        raise Refused("An argument with a zero character cannot be given to a program.")
    if word.isascii() and word.isprintable():
        return "'" + word.replace("'", "'\"'\"'") + "'"
    # A terminal would act on what is no plain character: a tab completes, a line end sends.
    return "\"$(printf '" + "".join(f"\\{byte:03o}" for byte in word.encode("utf-8", "surrogateescape")) + "')\""


class Line:
    """One connection: text in, lines out."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.sent = ""

    def send(self, text):
        """Answer with one line."""
        self.sent = text
        # In binary mode nothing is translated any more: Enter is what the key sends, and would be two of them.
        self.writer.write(text.encode() + (b"\r" if self.writer.outbinary else b"\r\n"))

    async def listen(self, patience, awaited):
        """Read until the other side pauses at something awaited, closes the line, or the time is over."""
        came, closed = b"", False
        loop = asyncio.get_running_loop()
        end = loop.time() + patience
        while not closed and len(came) < TALK and (left := end - loop.time()) > 0:
            piece = await self._piece(min(QUIET, left))
            came += piece or b""
            closed = piece == b""
            if piece:
                continue
            text = self._text(came)
            if prompt := next((pattern for pattern in awaited if pattern.search(text)), None):
                return _Shown(text, prompt, closed)
        return _Shown(self._text(came), None, closed)

    async def until(self, end):
        """All bytes up to a mark, however long it takes: the task has a time limit of its own."""
        came = bytearray()
        looked = 0
        while not end.search(came, max(0, looked - 80)):
            looked = len(came)
            piece = await self._piece(60)
            if piece == b"":
                raise TelnetError("The line was closed before the command had ended: nobody knows how it did.")
            came += piece or b""
            _limit(came)
        return bytes(came)

    async def page(self, prompt):
        """All text up to the next prompt; every pager gets a blank and is taken out of the text."""
        raw, pagers, answered = bytearray(), [], 0
        while True:
            piece = await self._piece(QUIET)
            if piece == b"":
                raise TelnetError("The line was closed before the next prompt: nobody knows how the command ended.")
            if piece:
                raw += piece
                _limit(raw)
                continue
            text = self._text(bytes(raw))
            if prompt.search(text):
                return self._text(_without(raw, pagers))
            if len(raw) > answered and (found := PAGER.search(text[-200:])):
                words = found[0].encode("utf-8", "surrogateescape")
                pagers.append((raw.rindex(words), len(words)))
                answered = len(raw)
                self.writer.write(b" ")

    async def drain(self):
        """Let what was sent go out and the other side close the line, for a moment."""
        try:
            async with asyncio.timeout(1.0):
                while await self.reader.read(4096):
                    pass
        except OSError:  # a TimeoutError is one
            pass

    async def _piece(self, seconds):
        """What comes next; None when nothing does in time, empty when the line is closed."""
        try:
            return await asyncio.wait_for(self.reader.read(65536), seconds)
        except TimeoutError:
            return None
        except OSError:  # reset: it has nothing more to say
            return b""

    def _text(self, came):
        """Without terminal escapes and without the echo of what was sent."""
        text = ESCAPES.sub("", came.decode("utf-8", "surrogateescape"))
        return re.sub(rf"\A\s*{re.escape(self.sent)}[ \t]*(?=[\r\n]|\Z)", "", text) if self.sent else text


def _without(raw, pagers):
    """The bytes without the lines of pagers (start, length) and what wiped them out."""
    kept, at = b"", 0
    for start, length in pagers:
        kept += bytes(raw[at:start]).rstrip(b" ")
        at = _WIPED.match(raw, start + length).end()
    return kept + bytes(raw[at:])


def _limit(came):
    if len(came) > LARGEST:
        raise TelnetError(f"The command printed more than {LARGEST // 1024 // 1024} MB: write to a file instead.")
