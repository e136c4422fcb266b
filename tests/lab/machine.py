# SPDX-License-Identifier: Apache-2.0
"""What the lab needs of this machine, and what it changes and gives back."""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.lab import apt, cgroup
from tests.lab.errors import LabError, LabUnavailable
from tests.lab.slot import STATE
from tests.lab.tool import run

PACKAGES = ("mmdebstrap", "systemd-container", "openssh-client", "iproute2", "dpkg-dev", "openssl", "util-linux")
INSTANCES = Path("/proc/sys/fs/inotify/max_user_instances")
ENOUGH_INSTANCES = 8192  # systemd takes a handful per host; 128 is the usual default
SAVED = STATE / "inotify.saved"


def prepare(progress: Callable[[str], None]) -> None:
    """Make sure that this machine can carry lab hosts; raise LabUnavailable with the reason when it can't."""
    if os.geteuid() != 0:
        raise LabUnavailable("lab hosts need root (network namespaces, mounts)")
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        raise LabUnavailable("lab hosts are built with apt, which this machine does not have")
    if not cgroup.machine_roots() or not all(os.access(root, os.W_OK) for root in cgroup.machine_roots()):
        raise LabUnavailable("lab hosts need a writable /sys/fs/cgroup")
    try:
        apt.install(PACKAGES, progress)
    except LabError as error:
        raise LabUnavailable(f"the lab's tools could not be installed: {error}") from error
    _try_namespaces()


def _try_namespaces() -> None:
    script = (
        "mount -t tmpfs tmpfs /mnt && mkdir /mnt/l /mnt/u /mnt/w /mnt/r"
        " && mount -t overlay overlay -o lowerdir=/mnt/l,upperdir=/mnt/u,workdir=/mnt/w /mnt/r"
        " && ip link add opsclprobe type veth peer name host0"
    )
    try:
        run(["unshare", "--mount", "--net", "--pid", "--uts", "--ipc", "--fork", "sh", "-c", script])
    except LabError as error:
        raise LabUnavailable(f"the kernel refuses what lab hosts need: {error}") from error


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """Hold the lock under which runs begin and end on this machine."""
    STATE.mkdir(mode=0o755, parents=True, exist_ok=True)
    with (STATE / "machine.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def raise_limits() -> None:
    """Raise the kernel's inotify limit when it is too low for many hosts; keep the old value for restore_limits."""
    present = int(INSTANCES.read_text())
    if present < ENOUGH_INSTANCES:
        with contextlib.suppress(OSError):  # a container may not; some twenty hosts work all the same
            INSTANCES.write_text(str(ENOUGH_INSTANCES))
            if not SAVED.exists():
                SAVED.write_text(str(present))


def restore_limits() -> None:
    """Give the machine back its inotify limit."""
    if SAVED.exists():
        INSTANCES.write_text(SAVED.read_text())
        SAVED.unlink()
