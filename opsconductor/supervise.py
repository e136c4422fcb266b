# SPDX-License-Identifier: Apache-2.0
"""`python -m opsconductor.supervise SLICE`: a guardian that stays small, and below it the supervisor of one slice.

The guardian does nothing but wait. When the supervisor ends in any way but the good one, the guardian ends every
process the slice has left; when the guardian ends, the kernel tells the supervisor to. So killing either of them
leaves no Ansible behind. Imports are few on purpose: the guardian lives as long as the slice.
"""

import importlib
import json
import os
import signal
import sys
from typing import Any

from opsconductor.execution import processes
from opsconductor.execution.slice_folder import SliceFolder
from opsconductor.settings import Settings


def main() -> int:
    """Read the order from standard input, split into guardian and supervisor, and wait."""
    order = json.load(sys.stdin)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
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
        processes.end_descendants()
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
