# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m opsconductor.warm FOLDER OWN RUNS MEMORY HOT`: import Ansible, say so, and fork for whoever asks.

Standard input is a pipe from the host: when it closes, no more runs are taken, those under way go on, and this ends.
Standard output tells the host, one line of JSON each: `{"ready": PID}`, `{"recycle": WHY}`. FOLDER gets the socket
and `state.json`; OWN is this process's folder, with the ansible.cfg that a slice's must be like. After RUNS runs, or
when this process has grown by MEMORY megabytes, the host is asked for a successor. In the fast profile a
multiplexer stands below this process, and keeps connections for HOT seconds.
"""

import contextlib
import json
import os
import select
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from opsconductor.execution.processes import end_all, marked, names_of_threads
from opsconductor.execution.warm_profile import Profile, socket_of
from opsconductor.warm.ansible_state import AnsibleState
from opsconductor.warm.keeper import keep
from opsconductor.warm.mark import Mark

if TYPE_CHECKING:
    from opsconductor.warm.multiplexer import Multiplexer

_BACKLOG = 512
#: Seconds before it tries again to accept when the system has run out of something.
_PAUSE = 0.1


@dataclass
class State:
    """What `opsc doctor` shows."""

    pid: int
    since: str
    runs: int = 0
    refused: int = 0
    refusal: str = ""  #: of the last that was refused
    memory: int = 0  #: MB


@dataclass
class _Child:
    """A keeper, or a process that ends what one has left."""

    pid: int
    told: bytes = b""
    counted: bool = False


class WarmProcess:
    """Waits for launchers. Has one thread: it forks."""

    def __init__(
        self,
        folder: Path,
        runs: int,
        growth: int,
        profile: Profile,
        ansible: AnsibleState,
        mark: Mark,
        multiplexer: "Multiplexer | None" = None,
    ) -> None:
        self.multiplexer = multiplexer
        self.folder = folder
        self.runs = runs
        self.growth = growth
        self.profile = profile
        self.mark = mark
        self.ansible = ansible
        self.state = State(os.getpid(), datetime.now(UTC).isoformat(timespec="seconds"))
        #: Pipe that a child reports through → the child.
        self._children: dict[int, _Child] = {}
        self._poll = select.poll()
        self._asked = False

    def serve(self, listening: socket.socket) -> None:
        """Until standard input is closed."""
        start = self.state.memory = _resident()
        self.write_state()
        self._poll.register(listening, select.POLLIN)
        self._poll.register(0, select.POLLIN | select.POLLHUP)
        multiplexer = self.multiplexer.ended if self.multiplexer else None
        if multiplexer is not None:
            self._poll.register(multiplexer, select.POLLIN)
        while True:
            ready = [descriptor for descriptor, _events in self._poll.poll()]
            if multiplexer in ready:
                # Whoever waits at the socket starts cold; runs under way are ended by their keepers.
                sys.stderr.write("the multiplexer of connections has ended, and this process with it\n")
                return
            for descriptor in ready:
                if descriptor in self._children:
                    self._hear(descriptor, listening)
            if listening.fileno() in ready:
                self._accept(listening)
            elif 0 in ready:
                return  # and nobody waits any more
            self.state.memory = _resident() or self.state.memory
            if not self._asked and (why := self._old(start)):
                self._asked = True
                _tell({"recycle": why})

    def _old(self, start: int) -> str | None:
        if self.state.runs >= self.runs:
            return f"{self.state.runs} runs"
        grown = self.state.memory - start
        return f"{grown} MB more than at its start" if grown >= self.growth else None

    def _accept(self, listening: socket.socket) -> None:
        """Fork a keeper. When that cannot be done now, the launcher hears so and starts cold."""
        try:
            connection, _ = listening.accept()
        except OSError as error:
            sys.stderr.write(f"a launcher could not be heard: {error}\n")
            time.sleep(_PAUSE)  # it is still there, and would be tried again at once
            return
        with connection:
            try:
                self._fork(
                    listening,
                    lambda report: keep(connection, report, self.profile, self.ansible, self.mark, self.multiplexer),
                )
            except OSError as error:
                with contextlib.suppress(OSError):
                    connection.sendall(b"R" + f"the warm process cannot fork: {error}".encode()[:200])

    def _fork(self, listening: socket.socket, work: Callable[[int], object]) -> None:
        """Do the work in a process of its own, which has the end of a pipe to report through. Raises OSError."""
        reading, writing = os.pipe()
        try:
            pid = os.fork()
        except OSError:
            os.close(reading)
            os.close(writing)
            raise
        if pid == 0:
            status = 1
            try:
                listening.close()
                os.close(reading)
                self._let_go()
                work(writing)
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(status)
        os.close(writing)
        self._children[reading] = _Child(pid)
        self._poll.register(reading, select.POLLIN)

    def _let_go(self) -> None:
        """Of what is the warm process's own."""
        for reading in self._children:
            os.close(reading)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        os.close(nothing)

    def _hear(self, reading: int, listening: socket.socket) -> None:
        """What a keeper reports. The pipe's end is the keeper's; one that was killed has left its slice's processes."""
        child = self._children[reading]
        if part := os.read(reading, 4096):
            child.told += part
            if child.told.startswith(b"slice ") and not child.counted:
                child.counted = True
                self.state.runs += 1
                self.write_state()
            return
        self._poll.unregister(reading)
        del self._children[reading]
        os.close(reading)
        good = _status(child.pid) == 0
        word, _, rest = child.told.decode(errors="replace").rstrip("\n").partition(" ")
        if word == "refused":
            self.state.refused += 1
            self.state.refusal = rest
        elif word == "slice" and rest and not good:
            self._sweep(rest, listening)
        self.write_state()

    def _sweep(self, slice_id: str, listening: socket.socket) -> None:
        """End what a killed keeper has left; elsewhere, because it takes its time and launchers wait."""
        if self.multiplexer:
            self.multiplexer.over(slice_id, good=False)
        try:
            self._fork(listening, lambda _report: end_all(lambda: marked(slice_id), reaping=False))
        except OSError:
            for pid in marked(slice_id):
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)

    def write_state(self) -> None:
        """Say of itself what `opsc doctor` shows."""
        fresh = self.folder / f"state.{os.getpid()}"
        try:
            fresh.write_text(json.dumps(asdict(self.state)), encoding="utf-8")
            fresh.rename(self.folder / "state.json")
        except OSError as error:  # only `opsc doctor` reads it
            sys.stderr.write(f"the state cannot be told: {error}\n")


def main() -> int:
    """Warm up, then serve."""
    mark = Mark()
    folder, own = Path(sys.argv[1]), Path(sys.argv[2])
    profile = Profile(os.environ, (own / "ansible.cfg").read_text(encoding="utf-8"))
    ansible = AnsibleState()
    multiplexer = _multiplexer(own, float(sys.argv[5]))
    # What the playbook prints belongs to the log, not to the host.
    told = os.dup(1)
    os.dup2(2, 1)
    ansible.warm_up(own)
    os.dup2(told, 1)
    os.close(told)
    if len(threads := names_of_threads()) > 1:
        raise RuntimeError(f"Ansible has left threads behind: {threads} {threading.enumerate()}")
    os.close(os.pidfd_open(os.getpid()))  # no keeper can do without
    process = WarmProcess(folder, int(sys.argv[3]), int(sys.argv[4]), profile, ansible, mark, multiplexer)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        fresh = own / "s"
        listening.bind(str(fresh))
        fresh.chmod(0o600)
        listening.listen(_BACKLOG)
        node = fresh.stat().st_ino
        process.write_state()  # whoever finds the socket finds it, too
        fresh.rename(socket_of(folder))  # from now on nobody comes to a predecessor; whoever waits there is served
        _tell({"ready": os.getpid()})
        process.serve(listening)
        with contextlib.suppress(OSError):
            if socket_of(folder).stat().st_ino == node:
                socket_of(folder).unlink()
                (folder / "state.json").unlink()
    return 0


def _multiplexer(own: Path, lifetime: float) -> "Multiplexer | None":
    if os.environ.get("ANSIBLE_STRATEGY") != "opsc_fast":
        return None
    from opsconductor.warm.multiplexer import Multiplexer  # mitogen is imported where it is used

    return Multiplexer(own, lifetime)


def _tell(message: dict[str, object]) -> None:
    with contextlib.suppress(OSError):
        os.write(1, json.dumps(message).encode() + b"\n")


def _status(pid: int) -> int | None:
    """The exit status of a child; None when somebody else has taken it."""
    try:
        return os.waitpid(pid, 0)[1]
    except ChildProcessError:
        return None


def _resident() -> int:
    """Megabytes of this process; 0 when that cannot be read now."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") >> 20


if __name__ == "__main__":
    sys.exit(main())
