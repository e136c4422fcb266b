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
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from opsconductor.execution import processes
from opsconductor.execution.slice_folder import SliceFolder
from opsconductor.settings import Settings

if TYPE_CHECKING:
    from opsconductor.execution.supervisor import Supervisor

#: Bytes of the largest message to the process that stands by.
_LARGEST = 1 << 20
#: Seconds without an order after which the next guardian is forked beforehand.
_IDLE = 0.3
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


Opening = Callable[[], "AbstractContextManager[Supervisor]"]


def main() -> int:
    """Read the order from standard input, and guard it; with `--stand-by MODULE:FUNCTION` wait for many."""
    if sys.argv[1:2] == ["--stand-by"]:
        return _quietly(lambda: _stand_by(sys.argv[2]), "nobody can stand by (does the database answer?)", where=True)
    return _quietly(_guard_input)


def _guard_input() -> int:
    told: dict[str, Any] = json.load(sys.stdin)
    settings = Settings(**told.pop("settings"))
    compose = told.pop("compose")
    return _guard(settings, lambda: _composer(compose)(settings), json.dumps(told).encode())


def _composer(name: str) -> "Callable[[Settings], AbstractContextManager[Supervisor]]":
    module, _, function = name.partition(":")
    found: Callable[[Settings], AbstractContextManager[Supervisor]] = getattr(importlib.import_module(module), function)
    return found


def _stand_by(compose: str) -> int:
    """Import and open all that a supervisor needs, with the settings that come first over the socket that is standard
    input; say `ready` there, and give each order that follows to a guardian, forked before where there was time."""
    orders = socket.socket(fileno=0)
    settings = Settings(**json.loads(orders.recv(_LARGEST)))
    for name in _NEEDED:
        importlib.import_module(name)
    from opsconductor.execution.rehearsal import rehearse
    from opsconductor.execution.warm_profile import installed

    installed()  # every supervisor asks, and the first answer costs milliseconds

    with ExitStack() as stack:
        supervisor = stack.enter_context(_composer(compose)(settings))
        rehearse(supervisor.database)
        if len(threads := processes.names_of_threads()) > 1:
            sys.stderr.write(f"a process with threads must not be forked, and there are some: {threads}\n")
            return 1
        gc.collect()
        gc.freeze()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the guardians

        def fork() -> socket.socket:
            return _fork(orders, settings, lambda: _opened(stack, supervisor))

        spare: socket.socket | None = fork()
        orders.send(b"ready")
        while True:
            if spare is None and not select.select([orders], [], [], _IDLE)[0]:
                spare = fork()
            if not (message := orders.recv(_LARGEST)):
                return 0
            if spare is None or not _hand(spare, message):
                _hand(fork(), message)
            spare = None
            orders.send(b"begun")


def _fork(orders: socket.socket, settings: Settings, opening: Opening) -> socket.socket:
    """A guardian that waits for its order on the other end of the socket."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        if os.fork() == 0:
            ours.close()
            orders.detach()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            os._exit(_quietly(lambda: _guard(settings, opening, theirs)))
    return ours


def _hand(guardian: socket.socket, message: bytes) -> bool:
    """Give the guardian its order; False when it is gone."""
    with guardian:
        try:
            guardian.send(message)
        except OSError:
            return False
    return True


@contextmanager
def _opened(stack: ExitStack, supervisor: "Supervisor") -> "Iterator[Supervisor]":
    """In a fork: what was opened before it, closed by it."""
    with stack:
        yield supervisor


def _quietly(work: Callable[[], int], what: str = "the guardian failed", *, where: bool = False) -> int:
    """The work's exit status. What goes wrong is told without its message, which might repeat a setting: nothing is
    masked here. `where`: with the places in our code."""
    try:
        return work()
    except BaseException as error:
        if where:
            sys.stderr.write("".join(traceback.format_tb(error.__traceback__)))
        sys.stderr.write(f"{what}: {type(error).__name__}\n")
        return 1
    finally:
        sys.stderr.flush()


def _no_input() -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)


def _guard(settings: Settings, opening: Opening, orders: socket.socket | bytes) -> int:
    """Split into guardian and supervisor, and wait for the supervisor's end. `orders`: the order, or where it will
    come from; none may come, or the supervisor may end before it does: then there is nothing to guard."""
    _no_input()
    os.chdir("/")
    processes.become_subreaper()
    ours, pid = _fork_supervisor(settings, opening, orders)
    message = orders if isinstance(orders, bytes) else _order_of(orders, ours)
    if not message:
        return 0
    if os.waitpid(pid, os.WNOHANG)[0]:  # it has ended just now, and the order is ours already
        ours, pid = _fork_supervisor(settings, opening, orders)
    order = json.loads(message)
    folder = SliceFolder(settings, order["job"], order["slice"])
    log = os.open(folder.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    os.dup2(log, 2)
    os.close(log)
    lock = folder.hold()
    if lock is None:
        sys.stderr.write(f"slice {order['slice']} was begun before\n")
        return 1
    signal.signal(signal.SIGTERM, lambda *_: os.kill(pid, signal.SIGTERM))
    with suppress(OSError):  # it is gone, which its end tells
        socket.send_fds(ours, [message], [lock, 2])
    good = _wait(pid) == 0
    if not good:
        processes.end_slice(order["slice"], folder.control_paths)
        os.close(lock)
        _wake(settings)
    else:
        folder.lock.unlink(missing_ok=True)
    return 0 if good else 1


def _fork_supervisor(settings: Settings, opening: Opening, orders: socket.socket | bytes) -> tuple[socket.socket, int]:
    """A supervisor that waits for its order on the other end of the socket; its process."""
    guardian = os.getpid()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        pid = os.fork()
        if pid == 0:
            ours.close()
            if isinstance(orders, socket.socket):
                orders.close()  # whoever writes there must see that the guardian is gone
            os._exit(_supervise(theirs, settings, opening, guardian))
    return ours, pid


def _order_of(orders: socket.socket, supervisor: socket.socket) -> bytes:
    """The order; nothing when there will be none, or when the supervisor has ended before it came."""
    ready, _, _ = select.select([orders, supervisor], [], [])
    return orders.recv(_LARGEST) if orders in ready else b""


def _wait(pid: int) -> int:
    """The supervisor's exit status; orphans that end meanwhile are taken along."""
    while True:
        try:
            ended, status = os.waitpid(-1, 0)
        except ChildProcessError:
            return 1
        if ended == pid:
            return os.waitstatus_to_exitcode(status)


def _supervise(orders: socket.socket, settings: Settings, opening: Opening, guardian: int) -> int:
    """Wait for the order, then build and run the supervisor; the exit status."""
    processes.become_subreaper()
    processes.signal_when_parent_dies(signal.SIGTERM)
    if os.getppid() != guardian:
        return 1
    processes.own_pages()
    message, held, _flags, _address = socket.recv_fds(orders, _LARGEST, 2)
    if not message:
        return 0
    lock, log = held
    os.set_inheritable(lock, False)  # ours, too, as long as this process lives, and nobody else's
    os.dup2(log, 2)
    os.close(log)
    order = json.loads(message)
    try:
        return _run(order["slice"], order["fence"], settings, opening)
    finally:
        sys.stderr.flush()


def _run(slice_id: str, fence: int, settings: Settings, opening: Opening) -> int:
    """Run the supervisor; the exit status. What goes wrong is told on standard error, which is the slice's log."""
    try:
        from opsconductor.logging import configure_logging, get_logger

        configure_logging(settings)
    except BaseException as error:
        # Nothing is masked yet, so only where it happened: a wrong setting's message repeats the setting.
        sys.stderr.write("".join(traceback.format_tb(error.__traceback__)) + f"{type(error).__name__}\n")
        return 1
    try:
        with opening() as supervisor:
            return 0 if supervisor.run(slice_id, fence) else 1
    except BaseException:
        get_logger(__name__).exception("the supervisor failed", slice=slice_id)
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
