# SPDX-License-Identifier: Apache-2.0
"""What ansible-runner starts as `ansible-playbook`: hands terminal and arguments to the warm process and stays for it.

Run by path, as `python -I -S launcher.py SOCKET REAL NOTE BIN ARGUMENT…`; imported by nothing. Only modules without
imports of their own, because each costs milliseconds. SOCKET is the warm process's; when it does not take the run,
this becomes REAL, the installed ansible-playbook. NOTE is a file that gets "warm", or why it was not. BIN is the
folder of this program, which the run shall not see in its PATH.

The request is four numbers (4 bytes each: length of the rest, arguments, umask, whether SIGHUP is ignored), then,
NUL-separated, the folder, the arguments and the environment; standard input, output and error go along. The answer
is `K`, or `R` and a reason. On `G` it begins. From then on one byte from here is the number of a signal, and two
bytes from there are the end: 0 and the exit status, or 1 and a signal's number.
"""

import _signal
import _socket
import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

TIMEOUT = 3.0
SIGNALS = (_signal.SIGTERM, _signal.SIGINT, _signal.SIGQUIT, _signal.SIGUSR1, _signal.SIGUSR2, _signal.SIGWINCH)
TIOCNOTTY = 0x5422


def main(arguments: list[str]) -> int:
    """Run warm, or become the real program."""
    path, real, note, folder, *rest = arguments
    environment = dict(posix.environ)
    _leave_out(environment, folder)
    command = [real, *rest]
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        connection.settimeout(TIMEOUT)
        connection.connect(path)
        _send(connection, command, environment)
        answer = connection.recv(1)
        if answer != b"K":
            _cold(command, environment, note, connection.recv(200) or b"the warm process went away")
        connection.settimeout(None)
    except OSError as error:
        why = "there is no warm process" if error.errno in (2, 111) else f"the warm process does not answer: {error}"
        _cold(command, environment, note, why.encode())
    _say(note, b"warm")
    _give_up_terminal()
    for number in (*SIGNALS, *(() if _ignored() else (_signal.SIGHUP,))):
        _signal.signal(number, lambda number, _frame: _forward(connection, number))
    try:  # noqa: SIM105
        connection.sendall(b"G")
    except OSError:  # the keeper was killed: its end tells
        pass
    return _end(connection)


def _leave_out(environment: dict[bytes, bytes], folder: str) -> None:
    """Take our own folder out of PATH, and away what the shell that started us has added: a run never gets these."""
    for name in (b"PWD", b"OLDPWD", b"SHLVL", b"_"):
        environment.pop(name, None)
    places = environment.get(b"PATH", b"").split(b":")
    environment[b"PATH"] = b":".join(place for place in places if place != folder.encode("utf-8", "surrogateescape"))


def _send(connection: _socket.socket, command: list[str], environment: dict[bytes, bytes]) -> None:
    umask = posix.umask(0o77)
    posix.umask(umask)
    parts = [posix.getcwdb(), *(part.encode("utf-8", "surrogateescape") for part in command)]
    parts += [name + b"=" + value for name, value in environment.items()]
    body = b"\0".join(parts)
    message = _numbers(len(body), len(command), umask, int(_ignored())) + body
    sent = connection.sendmsg([message], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, _numbers(0, 1, 2))])
    if sent < len(message):  # nothing, too, is an error once it has refused and gone
        connection.sendall(message[sent:])


def _numbers(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(4, "little") for number in numbers)


def _ignored() -> bool:
    return bool(_signal.getsignal(_signal.SIGHUP) == _signal.SIG_IGN)


def _cold(command: list[str], environment: dict[bytes, bytes], note: str, why: bytes) -> "NoReturn":
    _say(note, b"cold: " + why)
    posix.execve(command[0], command, environment)


def _say(note: str, text: bytes) -> None:
    try:
        descriptor = posix.open(note, posix.O_WRONLY | posix.O_CREAT | posix.O_TRUNC, 0o600)
        posix.write(descriptor, text)
        posix.close(descriptor)
    except OSError:  # the run goes on, and nobody knows how it was started
        pass


def _give_up_terminal() -> None:
    """The controlling terminal goes to the run: it asks for passwords there. Giving it up sends SIGHUP to us."""
    if not posix.isatty(0) or posix.getsid(0) != posix.getpid():
        return
    import fcntl

    before = _signal.signal(_signal.SIGHUP, _signal.SIG_IGN)
    try:  # noqa: SIM105 - contextlib would have to be imported
        fcntl.ioctl(0, TIOCNOTTY)
    except OSError:
        pass
    _signal.signal(_signal.SIGHUP, before)


def _forward(connection: _socket.socket, number: int) -> None:
    try:  # noqa: SIM105
        connection.send(bytes([number]))
    except OSError:
        pass


def _end(connection: _socket.socket) -> int:
    """End as the run has ended."""
    told = b""
    while len(told) < 2:
        try:
            part = connection.recv(2 - len(told))
        except OSError:  # it was killed with a signal of ours unread
            part = b""
        if not part:  # whoever held the run together is gone: not an end of Ansible's own
            told = bytes([1, _signal.SIGKILL])
            break
        told += part
    if told[0]:
        if told[1] != _signal.SIGKILL:
            _signal.signal(told[1], _signal.SIG_DFL)
        posix.kill(posix.getpid(), told[1])
    return told[1]


posix._exit(main(sys.argv[1:]))
