# SPDX-License-Identifier: Apache-2.0
"""A light host is a Debian host without systemd, cheap enough for very many at once."""

import os
import time

from tests.lab import cgroup
from tests.lab.lab import Lab
from tests.lab.ssh import ssh


def test_many_light_hosts_come_up_at_once_each_with_its_own_state(linux_lab: Lab) -> None:
    began = time.monotonic()
    hosts = linux_lab.up_light(*(f"light-{number}" for number in range(20)))
    try:
        assert time.monotonic() - began < 15
        first, last = hosts[0], hosts[-1]
        assert ssh(first, "hostname; touch /etc/only-here").stdout.strip() == "light-0"
        assert ssh(last, "hostname").stdout.strip() == "light-19"
        assert last.succeeds("test", "!", "-e", "/etc/only-here")
        assert len(last.run("ps", "-e", "-o", "comm=").splitlines()) < 6, "it sees its own processes only"
        old = first.known_hosts_line
        first.change_host_key()
        assert ssh(first, "true", trusted=old).returncode == 255
        assert ssh(first, "true").returncode == 0
    finally:
        linux_lab.down(hosts)
    for host in hosts:
        assert not cgroup.processes(host.slot.label(host.index))
        assert not os.path.ismount(host.root)


def test_packages_and_their_init_scripts_work_in_a_light_host(linux_lab: Lab) -> None:
    hosts = linux_lab.up_light("light-web")
    try:
        done = ssh(hosts[0], "DEBIAN_FRONTEND=noninteractive apt-get install -y -q nginx && service nginx start")
        assert done.returncode == 0, done.stderr
        assert hosts[0].package_version("nginx") == linux_lab.image.repository.latest("nginx")
        assert hosts[0].run("cat", "/proc/1/comm").strip() == "lab-init", "not one that Ansible takes for systemd"
        assert "200 OK" in hosts[0].run("curl", "--silent", "--head", "http://127.0.0.1/")
    finally:
        linux_lab.down(hosts)
