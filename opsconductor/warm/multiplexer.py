# SPDX-License-Identifier: GPL-3.0-or-later
"""The multiplexer of a warm process: holds the connections of all its runs, in a process of its own below it.

It ends when the warm process and every fork of it have ended: they all hold one end of a socket pair whose other end
it waits at. When it is killed no run can reach its targets any more: see `Multiplexer.died`.
"""

import atexit
import contextlib
import os
import resource
import select
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

import ansible_mitogen.affinity
import ansible_mitogen.connection
import ansible_mitogen.mixins
import ansible_mitogen.planner
import ansible_mitogen.process
import ansible_mitogen.services
import mitogen.service
import mitogen.unix

from opsconductor.execution import hot
from opsconductor.warm import task_mark
from opsconductor.warm.hot_contexts import HotContexts


class Multiplexer:
    """As its warm process sees it."""

    def __init__(self, own: Path, lifetime: float) -> None:
        """Start it. `own`: folder of the warm process; `lifetime`: see HotContexts."""
        self.own = own
        # Raised for the multiplexer: it has a connection per target. A fork must have the limits of a fresh start.
        task_mark.install()
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        ansible_mitogen.affinity.policy = ansible_mitogen.affinity.Policy()
        mitogen.unix.make_socket_path = lambda: str(own / "x")
        ansible_mitogen.process.setup_pool = lambda pool: _serve(pool, own, lifetime)
        model = ansible_mitogen.process.get_classic_worker_model()
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        # It would end it at once; when the warm process ends, runs may be under way.
        atexit.unregister(model._on_process_exit)
        self.pid: int = model._muxes[0].pid
        #: Becomes readable when it has ended. Forks have it, too.
        self.ended = os.pidfd_open(self.pid)

    def died(self) -> bool:
        """Whether it has ended."""
        return bool(select.select([self.ended], [], [], 0)[0])

    def over(self, slice_id: str, *, good: bool) -> None:
        """A slice has ended."""
        hot.ended(self.own, slice_id, good=good)


def _serve(pool: Any, own: Path, lifetime: float) -> None:
    """In the multiplexer, which is about to begin: its services, and its own ways out of the warm process."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    contexts = HotContexts(pool.router, lifetime)
    pool.add(mitogen.service.FileService(router=pool.router))
    pool.add(mitogen.service.PushFileService(router=pool.router))
    pool.add(contexts)
    pool.add(ansible_mitogen.services.ModuleDepService(pool.router))
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    path = hot.control_of(own)
    listening.bind(str(path))
    path.chmod(0o600)
    listening.listen(64)
    threading.Thread(target=_answer, args=(listening, contexts), name="control", daemon=True).start()


def _answer(listening: socket.socket, contexts: HotContexts) -> None:
    while True:
        with contextlib.suppress(OSError):
            connection, _ = listening.accept()
            with connection:
                connection.settimeout(1.0)
                words = connection.recv(256).decode(errors="replace").strip().split(" ", 2)
                try:
                    answer = _obey(words, contexts)
                except Exception as error:
                    sys.stderr.write(f"{words}: {type(error).__name__}: {error}\n")
                else:
                    connection.sendall(f"{answer}\n".encode())


def _obey(words: list[str], contexts: HotContexts) -> int:
    match words:
        case ["end", slice_id, word]:
            return contexts.end(slice_id, good=word == "good")
        case ["expect", slice_id, folder]:
            return contexts.expect(slice_id, Path(folder))
        case ["drop"]:
            return contexts.drop()
        case ["count"]:
            return contexts.count()
    return 0
