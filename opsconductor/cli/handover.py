# SPDX-License-Identifier: Apache-2.0
"""What becomes of a job when the command that follows it goes first: a worker of its own takes over.

Slices run by themselves, but between two batches, and for the last word about a job, somebody has to look.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from opsconductor.cli.output import errors
from opsconductor.domain.jobs import ENDED
from opsconductor.queue.serving import serving

if TYPE_CHECKING:
    from opsconductor.wiring import Container

#: What ends a command from outside, a closed terminal among it.
_GOODBYES = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def dispatched(container: "Container", job_id: str) -> Iterator[None]:
    """Dispatch for the length of the block; when it is left before the job has ended, the job goes on."""
    for number in _GOODBYES:
        signal.signal(number, _leave)
    try:
        with container.local_queue():
            yield
    except KeyboardInterrupt:
        errors.print(f"Not watching any more; the job goes on. Again: opsc watch {job_id}", style="dim")
        sys.exit(130)
    finally:
        for number in (signal.SIGINT, *_GOODBYES):
            signal.signal(number, signal.SIG_IGN)  # a second one must not keep the job from being handed over
        hand_over(container, job_id)


def hand_over(container: "Container", job_id: str) -> None:
    """Leave the job to whoever serves the queue: a server or worker that is there, else one started for it."""
    if container.jobs.get(job_id).status in ENDED:
        return
    home = container.settings.home
    with serving(home, alone=True) as nobody:
        if not nobody:
            return
    log = os.open(home / "worker.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        subprocess.Popen(
            # -P: nothing is ever imported from the folder somebody happens to stand in.
            [sys.executable, "-P", "-m", "opsconductor.cli.main", "worker", "--until-idle"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
        )
    finally:
        os.close(log)


def _leave(number: int, _frame: object) -> None:
    sys.exit(128 + number)
