# SPDX-License-Identifier: Apache-2.0
"""`python -m opsconductor.supervise SLICE`: a guardian that stays small, and below it the supervisor of one slice.

The guardian does nothing but wait. When the supervisor ends in any way but the good one, the guardian ends every
process the slice has left; when the guardian ends, the kernel tells the supervisor to. So killing either of them
leaves no Ansible behind. Imports are few on purpose: the guardian lives as long as the slice. Where jobs are
dispatched for long, a process stands by that has imported, opened and done once all a supervisor begins with, and both
are forks of it.
"""

import gc
import importlib
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opsconductor.execution import processes
from opsconductor.execution.slice_folder import SliceFolder
from opsconductor.settings import Settings

if TYPE_CHECKING:
    from opsconductor.execution.supervisor import Supervisor

#: Bytes of the largest message to the process that stands by.
_LARGEST = 1 << 20
#: What a supervisor imports sooner or later, beside the module that composes it.
_NEEDED = (
    "ansible_runner",
    "opsconductor.blobs.folder",
    "opsconductor.db.migrate",
    "opsconductor.execution.rehearsal",
    "opsconductor.execution.supervisor",
    "opsconductor.execution.terminal",
    "opsconductor.logging",
    "opsconductor.playbooks.repository",
    "opsconductor.pubsub.local",
    "opsconductor.secrets.database",
    "opsconductor.secrets.keys",
    "opsconductor.services.credentials",
    "opsconductor.services.slice_access",
    "sqlalchemy.dialects.sqlite",
    "structlog",
)


@dataclass(frozen=True)
class _Order:
    """One slice to be run."""

    settings: Settings
    slice: str
    job: str
    fence: int
    #: Opens the supervisor.
    open: "Callable[[], AbstractContextManager[Supervisor]]"

    @property
    def folder(self) -> SliceFolder:
        return SliceFolder(self.settings, self.job, self.slice)


def main() -> int:
    """Read the order from standard input, and guard it; with `--stand-by MODULE:FUNCTION` wait for many."""
    if sys.argv[1:2] == ["--stand-by"]:
        return _quietly(lambda: _stand_by(sys.argv[2]))
    return _quietly(lambda: _guard(_order_of_input()))


def _order_of_input() -> _Order:
    told: dict[str, Any] = json.load(sys.stdin)
    _no_input()
    settings = Settings(**told["settings"])
    return _order(told, settings, lambda: _composer(told["compose"])(settings))


def _order(
    told: dict[str, Any], settings: Settings, opening: "Callable[[], AbstractContextManager[Supervisor]]"
) -> _Order:
    return _Order(settings, str(told["slice"]), str(told["job"]), int(told["fence"]), opening)


def _composer(name: str) -> "Callable[[Settings], AbstractContextManager[Supervisor]]":
    module, _, function = name.partition(":")
    found: Callable[[Settings], AbstractContextManager[Supervisor]] = getattr(importlib.import_module(module), function)
    return found


def _stand_by(compose: str) -> int:
    """Import and open all that a supervisor needs with the settings that come first over the socket that is standard
    input, say `ready` there, and fork a guardian for each order that follows."""
    orders = socket.socket(fileno=0)
    settings = Settings(**json.loads(orders.recv(_LARGEST)))
    for name in _NEEDED:
        importlib.import_module(name)
    _prepare()
    from opsconductor.execution.rehearsal import rehearse

    with ExitStack() as stack:
        supervisor = stack.enter_context(_composer(compose)(settings))
        rehearse(supervisor.database)
        if len(threads := processes.names_of_threads()) > 1:
            sys.stderr.write(f"a process with threads must not be forked, and there are some: {threads}\n")
            return 1
        gc.collect()
        gc.freeze()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the guardians
        orders.send(b"ready")
        while message := orders.recv(_LARGEST):
            if os.fork() == 0:
                os._exit(_quietly(lambda: _begin(orders, message, settings, lambda: _opened(stack, supervisor))))
            orders.send(b"begun")
    return 0


@contextmanager
def _opened(stack: ExitStack, supervisor: "Supervisor") -> "Iterator[Supervisor]":
    """In a fork: what was opened before it, closed by it."""
    with stack:
        yield supervisor


def _prepare() -> None:
    """What the first supervisor would do once for all, and every fork of this process anew."""
    from sqlalchemy.orm import configure_mappers

    from opsconductor.execution.warm_profile import installed

    configure_mappers()
    installed()


def _begin(
    orders: socket.socket,
    message: bytes,
    settings: Settings,
    opening: "Callable[[], AbstractContextManager[Supervisor]]",
) -> int:
    """Be what would have been started for this order."""
    orders.detach()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    order = _order(json.loads(message), settings, opening)
    log = os.open(order.folder.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 2)
    os.close(log)
    _no_input()
    return _guard(order)


def _quietly(work: Callable[[], int]) -> int:
    """The work's exit status. What goes wrong is told without its message, which might repeat a setting: nothing is
    masked here."""
    try:
        return work()
    except BaseException as error:
        sys.stderr.write(f"the guardian failed: {type(error).__name__}\n")
        return 1
    finally:
        sys.stderr.flush()


def _no_input() -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)


def _guard(order: _Order) -> int:
    """Split into guardian and supervisor, and wait."""
    os.chdir("/")
    processes.become_subreaper()
    folder = order.folder
    lock = folder.hold()
    if lock is None:
        sys.stderr.write(f"slice {order.slice} was begun before\n")
        return 1
    guardian = os.getpid()
    pid = os.fork()
    if pid == 0:
        os._exit(_supervise(order, guardian))
    signal.signal(signal.SIGTERM, lambda *_: os.kill(pid, signal.SIGTERM))
    good = _wait(pid) == 0
    if not good:
        processes.end_slice(order.slice, folder.control_paths)
        os.close(lock)
        _wake(order.settings)
    else:
        folder.lock.unlink(missing_ok=True)
    return 0 if good else 1


def _wait(pid: int) -> int:
    """The supervisor's exit status; orphans that end meanwhile are taken along."""
    while True:
        try:
            ended, status = os.waitpid(-1, 0)
        except ChildProcessError:
            return 1
        if ended == pid:
            return os.waitstatus_to_exitcode(status)


def _supervise(order: _Order, guardian: int) -> int:
    """Run the supervisor; the exit status."""
    processes.become_subreaper()
    processes.signal_when_parent_dies(signal.SIGTERM)
    if os.getppid() != guardian:
        return 1
    try:
        return _run(order)
    finally:
        sys.stderr.flush()


def _run(order: _Order) -> int:
    """Run the supervisor; the exit status. What goes wrong is told on standard error, which is the slice's log."""
    try:
        from opsconductor.logging import configure_logging, get_logger

        configure_logging(order.settings)
    except BaseException as error:
        import traceback

        # Nothing is masked yet, so only where it happened: a wrong setting's message repeats the setting.
        sys.stderr.write("".join(traceback.format_tb(error.__traceback__)) + f"{type(error).__name__}\n")
        return 1
    try:
        with order.open() as supervisor:
            return 0 if supervisor.run(order.slice, order.fence) else 1
    except BaseException:
        get_logger(__name__).exception("the supervisor failed", slice=order.slice)
        return 1


def _wake(settings: Settings) -> None:
    """Tell the dispatchers at once, rather than let them wait for the lease."""
    from opsconductor.domain.topics import DISPATCH
    from opsconductor.private_folder import runtime_folder
    from opsconductor.pubsub.local import LocalBroker

    broker = LocalBroker(runtime_folder(settings, "wake"))
    broker.publish(DISPATCH)
    broker.close()


if __name__ == "__main__":
    sys.exit(main())
