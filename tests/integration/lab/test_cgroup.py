# SPDX-License-Identifier: Apache-2.0
"""Hosts run on machines of both kinds: with cgroup v1 beside v2, and with v2 alone."""

import subprocess
import sys
from pathlib import Path

from tests.lab import cgroup
from tests.lab.image import CHECKOUT
from tests.lab.lab import Lab

HYBRID = """\
34 33 0:30 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
42 33 0:38 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
43 33 0:39 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
"""
UNIFIED = """\
33 24 0:28 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate
36 25 0:31 / /tmp rw - tmpfs tmpfs rw
"""
# A mount namespace in which the machine looks as if it had cgroup v2 alone; the kernel's v2 tree is the same one.
AS_UNIFIED = 'umount --recursive /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec "$@"'
BOOT_TWICE = """
from tests.lab.lab import open_lab
lab = open_lab("unified", print)
try:
    [host] = lab.up("unified")
    host.reboot()
    print(host.run("stat", "--file-system", "--format=%T", "/sys/fs/cgroup"))
    print(host.run("systemctl", "is-system-running"))
finally:
    lab.close()
"""


def test_the_roots_are_those_that_systemd_uses() -> None:
    assert cgroup.roots(HYBRID) == (Path("/sys/fs/cgroup/systemd"), Path("/sys/fs/cgroup/unified"))
    assert cgroup.roots(UNIFIED) == (Path("/sys/fs/cgroup"),)


def test_a_host_boots_and_reboots_with_cgroup_v2_alone(linux_lab: Lab) -> None:
    command = ["unshare", "--mount", "sh", "-c", AS_UNIFIED, "sh", sys.executable, "-c", BOOT_TWICE]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout.split() == ["cgroup2fs", "running"], done.stderr
