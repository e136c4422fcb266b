# SPDX-License-Identifier: Apache-2.0
"""A light Debian host for tests with very many: the same image, network and SSH, but no systemd."""

from collections.abc import Sequence

from tests.lab import cgroup
from tests.lab.host import Host

ENTER = """\
set -eu
namespace=$1 setup=$2 root=$3 name=$4 repository=$5
shift 5
for group; do echo $$ > "$group/cgroup.procs"; done
exec nsenter --net="/run/netns/$namespace" unshare --mount --uts --ipc --pid --fork --kill-child \\
  sh -c "$setup" sh "$root" "$name" "$repository"
"""
# A shell stays as PID 1: its wait also takes the exit codes of orphans, which sshd as PID 1 would not. Its own name is
# there because Ansible, at a PID 1 that ends in "sh", looks for an init on the disk and finds the image's systemd.
SETUP = """\
set -eu
cd "$1"
hostname "$2"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t tmpfs -o mode=755 tmpfs dev
for node in null zero full random urandom tty; do touch dev/$node; mount --bind /dev/$node dev/$node; done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs -o mode=755 tmpfs run
mkdir run/sshd
mount --bind "$3" srv/repository
mount -o remount,bind,ro srv/repository
ln -s /bin/sh run/lab-init
exec chroot . /run/lab-init -c '/usr/sbin/sshd -D -e & wait'
"""


class LightHost(Host):
    """A host that runs sshd and what is started over it; a tenth of a full host's memory and time to start."""

    def _command(self) -> Sequence[str]:
        label = self.slot.label(self.index)
        cgroup.create(label)
        groups = [str(group) for group in cgroup.groups(label)]
        packages = str(self.image.repository.folder)
        return ["sh", "-c", ENTER, "sh", label, SETUP, str(self.root), self.name, packages, *groups]

    def _booted(self) -> bool:
        return True

    def _restart_ssh(self) -> None:
        self.run("pkill", "-HUP", "--oldest", "sshd")
