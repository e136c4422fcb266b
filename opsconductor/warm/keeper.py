# SPDX-License-Identifier: GPL-3.0-or-later
"""One run: a fork that becomes Ansible, and above it this process, which holds it together with its launcher.

The launcher stands below ansible-runner and the supervisor. Whatever ends it, or closes its terminal, ends everything
below this process; and when this process is killed, the kernel kills Ansible and the warm process ends the rest.
"""

import atexit
import contextlib
import fcntl
import gc
import os
import select
import signal
import socket
import struct
import sys
import termios
import traceback
from multiprocessing import process, util
from typing import TYPE_CHECKING

from opsconductor.execution.processes import MARK, become_subreaper, end_descendants, signal_when_parent_dies
from opsconductor.execution.warm_profile import Profile
from opsconductor.warm.ansible_state import AnsibleState
from opsconductor.warm.mark import Mark
from opsconductor.warm.request import Refused, Request, receive

if TYPE_CHECKING:
    from opsconductor.warm.multiplexer import Multiplexer

#: Ansible's own for what it did not expect.
_UNEXPECTED = 250
#: Exit statuses of a run that came to its end: well, with failures, with targets that were not reached.
_DECIDED = frozenset({0, 2, 4})


def keep(
    connection: socket.socket,
    report: int,
    profile: Profile,
    ansible: AnsibleState,
    mark: Mark,
    multiplexer: "Multiplexer | None" = None,
) -> None:
    """Take the launcher's run and see it to its end. In a process of its own.

    `report` gets one line for the warm process: `slice ID` once the run is ours, or `refused WHY`. All that can fail
    is done before the launcher is told that its run is taken: until then it can start cold.
    """
    os.setsid()
    become_subreaper()
    try:
        request = receive(connection)
        request.check(profile)
        slice_id = request.environment.get(MARK, "")
        mark.write(slice_id)
        run = _Run(request, ansible, connection, report)
    except (Refused, ValueError, OSError) as refusal:
        _tell(report, f"refused {refusal}")
        with contextlib.suppress(OSError):
            connection.sendall(b"R" + str(refusal).encode()[:200])
        return
    try:
        connection.sendall(b"K")
        begun = connection.recv(1) == b"G"
    except OSError:
        begun = False
    if not begun:  # it had waited long enough, and started cold: the slice is not ours
        run.drop()
        return
    _tell(report, f"slice {slice_id}")
    run.begin()
    good = _hold(connection, request, run, multiplexer)
    if multiplexer:
        multiplexer.over(slice_id, good=good)


def _tell(report: int, line: str) -> None:
    with contextlib.suppress(OSError):  # the warm process may have ended
        os.write(report, f"{line}\n".encode())


class _Run:
    """The fork that becomes Ansible. It waits until it is told to begin, and ends when this process does."""

    def __init__(self, request: Request, ansible: AnsibleState, connection: socket.socket, report: int) -> None:
        """Connection and report are not its own: whoever reads there waits for the keeper's end. Raises OSError."""
        keeper = os.getpid()
        waiting, self._go = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            connection.close()
            os.close(report)
            os.close(self._go)
            _become(request, ansible, keeper, waiting)
        os.close(waiting)
        self.ended = os.pidfd_open(self.pid)

    def begin(self) -> None:
        """Let it go."""
        with contextlib.suppress(OSError):  # it was killed
            os.write(self._go, b"G")
        os.close(self._go)

    def drop(self) -> None:
        """It is not needed."""
        os.close(self._go)
        os.waitpid(self.pid, 0)


def _hold(connection: socket.socket, request: Request, run: _Run, multiplexer: "Multiplexer | None") -> bool:
    """See the run to its end; whether it was its own, with all its tasks decided."""
    terminal = request.streams[0] if os.isatty(request.streams[0]) else None
    for stream in request.streams[terminal is not None :]:
        os.close(stream)
    status = _watch(connection, run, terminal, multiplexer)
    if multiplexer and multiplexer.died() and terminal is not None:
        with contextlib.suppress(OSError):
            os.write(terminal, b"\r\nERROR! the process that held the connections to the targets has ended\r\n")
    if terminal is not None:
        os.close(terminal)  # ansible-runner reads until nobody holds it any more
    if status is None:
        end_descendants()
        return False
    end = struct.pack("BB", 1, os.WTERMSIG(status)) if os.WIFSIGNALED(status) else bytes([0, os.WEXITSTATUS(status)])
    with contextlib.suppress(OSError):
        connection.sendall(end)
    if os.WIFSIGNALED(status):
        end_descendants()
    return os.WIFEXITED(status) and os.WEXITSTATUS(status) in _DECIDED


def _watch(connection: socket.socket, run: _Run, terminal: int | None, multiplexer: "Multiplexer | None") -> int | None:
    """The run's exit status; None when its launcher or its multiplexer is gone. Signals are handed on."""
    poll = select.poll()
    poll.register(run.ended, select.POLLIN)
    poll.register(connection, select.POLLIN)
    if multiplexer:
        poll.register(multiplexer.ended, select.POLLIN)
    if terminal is not None:
        poll.register(terminal, 0)  # tells of a hang-up only
    while True:
        for descriptor, _events in poll.poll():
            if descriptor == run.ended:
                _pid, status = os.waitpid(run.pid, 0)
                return status
            if descriptor == terminal or (multiplexer and descriptor == multiplexer.ended):
                return None
            with contextlib.suppress(OSError):
                if numbers := connection.recv(64):
                    for number in numbers:
                        os.kill(run.pid, number)
                    continue
            return None
        _reap_orphans(run.pid)


def _reap_orphans(run: int) -> None:
    with contextlib.suppress(ChildProcessError):
        while (found := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) and found.si_pid != run:
            os.waitpid(found.si_pid, 0)


def _become(request: Request, ansible: AnsibleState, keeper: int, waiting: int) -> None:
    """Be the process the launcher asked for, once it may begin, and end with it."""
    status = _UNEXPECTED
    try:
        signal_when_parent_dies(signal.SIGKILL)
        if os.getppid() != keeper or os.read(waiting, 1) != b"G":
            os._exit(0)
        os.close(waiting)
        _take_over(request)
        status = ansible.run(request.command)
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        atexit._run_exitfuncs()
        os._exit(status & 255)


def _take_over(request: Request) -> None:
    """Session, terminal, streams, signals, folder, umask and environment of the launcher."""
    os.setsid()
    for number, stream in enumerate(request.streams):
        os.dup2(stream, number)
    os.closerange(3, max(request.streams) + 1)
    if os.isatty(0):
        with contextlib.suppress(OSError):
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    for number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGCHLD, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_IGN if request.ignores_hangup else signal.SIG_DFL)
    os.chdir(request.folder)
    os.umask(request.umask)
    os.environ.clear()
    os.environ.update(request.environment)
    # What the warm process would do at its end is not this one's to do.
    atexit._clear()
    util._finalizer_registry.clear()  # type: ignore[attr-defined]
    process._children.clear()  # type: ignore[attr-defined]
    process.current_process().authkey = os.urandom(32)  # read at import, and would open one run's server to another's
    atexit.register(util._exit_function)  # type: ignore[attr-defined]
    gc.enable()
