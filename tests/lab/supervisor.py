# SPDX-License-Identifier: Apache-2.0
"""Keep one host running across its reboots: python -m tests.lab.supervisor GROUP FOLDER COMMAND…

Without a systemd of the machine's own, systemd-nspawn ends with REBOOT when its guest reboots: it is started again.
"""

import fcntl
import subprocess
import sys
from pathlib import Path

from tests.lab import cgroup

REBOOT = 133
LOCK = "supervisor.lock"
STOP = "stop"


def supervise(group: str, folder: Path, command: list[str]) -> int:
    """Run *command* in the control group until it ends for another reason than a reboot; return its exit code.

    The lock in *folder* is held meanwhile; a file STOP there keeps the next start from happening.
    """
    with (folder / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        code = REBOOT
        while code == REBOOT and not (folder / STOP).exists():
            cgroup.create(group)
            # The supervisor stays outside: cgroup v2 gives controllers only to groups without processes of their own.
            code = subprocess.run(command, check=False, preexec_fn=lambda: cgroup.join(group)).returncode
        return code


if __name__ == "__main__":
    sys.exit(supervise(sys.argv[1], Path(sys.argv[2]), sys.argv[3:]))
