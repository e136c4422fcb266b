# SPDX-License-Identifier: Apache-2.0
"""`python -m opsconductor.supervise SLICE`: a guardian that stays small, and below it the supervisor of one slice.

The guardian does nothing but wait. When the supervisor ends in any way but the good one, the guardian ends every
process the slice has left; when the guardian ends, the kernel tells the supervisor to. So killing either of them
leaves no Ansible behind. Imports are few on purpose: the guardian lives as long as the slice. Where jobs are
dispatched for long, a process stands by that has imported all a supervisor needs, and both are forks of it.
"""

import gc
import importlib
import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

from opsconductor.execution import processes
from opsconductor.execution.slice_folder import SliceFolder
from opsconductor.settings import Settings

#: What a supervisor imports sooner or later, beside the module that composes it.
_NEEDED = (
    "ansible_runner",
    "opsconductor.blobs.folder",
    "opsconductor.db.migrate",
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


def main() -> int:
    """Read the order from standard input, and guard it; with `--stand-by MODULE:FUNCTION` wait for many."""
    if sys.argv[1:2] == ["--stand-by"]:
        return _stand_by(sys.argv[2])
    return _quietly(lambda: _guard(_order_of_input()))


def _order_of_input() -> dict[str, Any]:
    order: dict[str, Any] = json.load(sys.stdin)
    _no_input()
    return order


def _stand_by(compose: str) -> int:
    """Import everything, say `ready` to the socket that is standard input, and fork a guardian for each order there."""
    for name in (*_NEEDED, compose.partition(":")[0]):
        importlib.import_module(name)
    _prepare()
    if len(threads := processes.names_of_threads()) > 1:
        sys.stderr.write(f"a process with threads must not be forked, and imports have left some: {threads}\n")
        return 1
    gc.collect()
    gc.freeze()
    orders = socket.socket(fileno=0)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the guardians
    orders.send(b"ready")
    # An order has secrets: it is wiped here, so that no other slice inherits it.
    message = bytearray(1 << 20)
    while length := orders.recv_into(message):
        if os.fork() == 0:
            os._exit(_quietly(lambda: _begin(orders, json.loads(message[:length]))))
        message[:length] = bytes(length)
        orders.send(b"begun")
    return 0


def _prepare() -> None:
    """What the first supervisor would do once for all, and every fork of this process anew."""
    from sqlalchemy.orm import configure_mappers

    from opsconductor.execution.warm_profile import installed

    configure_mappers()
    installed()


def _begin(orders: socket.socket, order: dict[str, Any]) -> int:
    """Be what would have been started for this order."""
    orders.detach()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    log = os.open(_folder(order).log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
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


def _guard(order: dict[str, Any]) -> int:
    """Split into guardian and supervisor, and wait."""
    os.chdir("/")
    processes.become_subreaper()
    folder = _folder(order)
    lock = folder.hold()
    if lock is None:
        sys.stderr.write(f"slice {order['slice']} was begun before\n")
        return 1
    guardian = os.getpid()
    pid = os.fork()
    if pid == 0:
        os._exit(_supervise(order, guardian))
    signal.signal(signal.SIGTERM, lambda *_: os.kill(pid, signal.SIGTERM))
    good = _wait(pid) == 0
    if not good:
        processes.end_slice(order["slice"], folder.control_paths)
        os.close(lock)
        _wake(order)
    else:
        folder.lock.unlink(missing_ok=True)
    return 0 if good else 1


def _folder(order: dict[str, Any]) -> SliceFolder:
    return SliceFolder(Settings(**order["settings"]), order["job"], order["slice"])


def _wait(pid: int) -> int:
    """The supervisor's exit status; orphans that end meanwhile are taken along."""
    while True:
        try:
            ended, status = os.waitpid(-1, 0)
        except ChildProcessError:
            return 1
        if ended == pid:
            return os.waitstatus_to_exitcode(status)


def _supervise(order: dict[str, Any], guardian: int) -> int:
    """Build and run the supervisor; the exit status."""
    processes.become_subreaper()
    processes.signal_when_parent_dies(signal.SIGTERM)
    if os.getppid() != guardian:
        return 1
    try:
        return _run(order)
    finally:
        sys.stderr.flush()


def _run(order: dict[str, Any]) -> int:
    """Run the supervisor; the exit status. What goes wrong is told on standard error, which is the slice's log."""
    try:
        from opsconductor.logging import configure_logging, get_logger

        settings = Settings(**order["settings"])
        configure_logging(settings)
    except BaseException as error:
        import traceback

        # Nothing is masked yet, so only where it happened: a wrong setting's message repeats the setting.
        sys.stderr.write("".join(traceback.format_tb(error.__traceback__)) + f"{type(error).__name__}\n")
        return 1
    try:
        module, _, function = order["compose"].partition(":")
        with getattr(importlib.import_module(module), function)(settings) as supervisor:
            return 0 if supervisor.run(order["slice"], int(order["fence"])) else 1
    except BaseException:
        get_logger(__name__).exception("the supervisor failed", slice=order["slice"])
        return 1


def _wake(order: dict[str, Any]) -> None:
    """Tell the dispatchers at once, rather than let them wait for the lease."""
    from opsconductor.domain.topics import DISPATCH
    from opsconductor.private_folder import runtime_folder
    from opsconductor.pubsub.local import LocalBroker

    broker = LocalBroker(runtime_folder(Settings(**order["settings"]), "wake"))
    broker.publish(DISPATCH)
    broker.close()


if __name__ == "__main__":
    sys.exit(main())
