# SPDX-License-Identifier: Apache-2.0
"""A lab host is a real Debian host: it boots systemd, lets in whom it should, reboots, installs and upgrades."""

import os
import stat
import time

import pytest

from tests.fixtures.linux_hosts import LinuxHostFactory
from tests.lab import repository
from tests.lab.errors import LabError
from tests.lab.lab import Lab
from tests.lab.linux_host import LinuxHost
from tests.lab.ssh import ssh


@pytest.fixture(scope="module")
def host(module_linux_hosts: LinuxHostFactory) -> LinuxHost:
    [made] = module_linux_hosts("web-1")
    return made


def test_systemd_is_pid_1_and_the_boot_has_no_failed_unit(host: LinuxHost) -> None:
    assert host.run("cat", "/proc/1/comm").strip() == "systemd"
    assert host.run("systemctl", "is-system-running").strip() == "running"
    assert host.run("hostname").strip() == "web-1"


@pytest.mark.parametrize("user", ["root", "ops"])
def test_the_runs_key_logs_in(host: LinuxHost, user: str) -> None:
    assert stat.S_IMODE(host.key_path.stat().st_mode) == 0o600
    done = ssh(host, "id -un", user=user)
    assert (done.returncode, done.stdout.strip()) == (0, user), done.stderr


@pytest.mark.parametrize(("user", "attribute"), [("root", "root_password"), ("ops", "ops_password")])
def test_the_right_password_is_refused_where_only_keys_count(host: LinuxHost, user: str, attribute: str) -> None:
    done = ssh(host, "true", user=user, password=getattr(host.access, attribute))
    assert done.returncode == 255
    assert "Permission denied" in done.stderr


def test_deploy_logs_in_by_its_password_alone(host: LinuxHost) -> None:
    assert ssh(host, "id -un", user="deploy", password=host.access.deploy_password).stdout.strip() == "deploy"
    assert ssh(host, "id -un", user="deploy", password="wrong").returncode == 255
    assert ssh(host, "id -un", user="deploy").returncode == 255


def test_sudo_asks_ops_for_its_password(host: LinuxHost) -> None:
    assert ssh(host, "sudo -n id -un", user="ops").returncode == 1
    wrong = ssh(host, "sudo -k -S -p '' id -un", user="ops", stdin="wrong\n")
    assert wrong.returncode == 1
    right = ssh(host, "sudo -k -S -p '' id -un", user="ops", stdin=f"{host.access.ops_password}\n")
    assert (right.returncode, right.stdout.strip()) == (0, "root"), right.stderr


def test_a_reboot_keeps_address_and_key_and_starts_enabled_services(linux_hosts: LinuxHostFactory) -> None:
    [host] = linux_hosts("worker")
    host.add_service("dataprocessor")
    before = host.known_hosts_line
    boot = host.run("cat", "/proc/sys/kernel/random/boot_id")
    host.reboot()
    assert host.run("cat", "/proc/sys/kernel/random/boot_id") != boot
    assert host.service_state("dataprocessor") == "active"
    assert ssh(host, "true", trusted=before).returncode == 0


def test_nginx_is_upgraded_by_apt_from_inside(host: LinuxHost, linux_lab: Lab) -> None:
    versions = linux_lab.image.repository
    old = host.install_old_nginx()
    assert host.package_version("nginx") == old == versions.oldest("nginx")
    assert host.service_state("nginx") == "active"
    done = ssh(host, "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q nginx", timeout=60)
    assert done.returncode == 0, done.stderr
    assert host.package_version("nginx") == versions.latest("nginx")
    assert repository.compare(old, versions.latest("nginx")) < 0
    assert "nginx" in host.run("curl", "--silent", "--head", "http://127.0.0.1/")


def test_a_service_stops_and_stays_stopped(host: LinuxHost) -> None:
    host.add_service("dataprocessor")
    assert host.service_state("dataprocessor") == "active"
    assert ssh(host, "systemctl stop dataprocessor").returncode == 0
    assert host.service_state("dataprocessor") == "inactive"


def test_a_changed_host_key_is_refused_until_it_is_trusted(linux_hosts: LinuxHostFactory) -> None:
    [host] = linux_hosts()
    before = host.known_hosts_line
    host.change_host_key()
    refused = ssh(host, "true", trusted=before)
    assert refused.returncode == 255
    assert "REMOTE HOST IDENTIFICATION HAS CHANGED" in refused.stderr
    assert ssh(host, "true").returncode == 0


def test_hosts_are_apart_from_each_other_and_end_without_a_trace(linux_lab: Lab) -> None:
    began = time.monotonic()
    one, two = linux_lab.up("one", "two")
    try:
        assert time.monotonic() - began < 5
        assert one.host_key != two.host_key
        one.run("touch", "/etc/only-here")
        assert two.succeeds("test", "!", "-e", "/etc/only-here")
        with pytest.raises(LabError, match="/etc/none: No such file"):
            one.run("cat", "/etc/none")
    finally:
        linux_lab.down([one, two])
    assert not one.folder.exists()
    assert not os.path.ismount(one.root)
    with pytest.raises(LabError, match="not running"):
        one.run("true")


def test_an_unplugged_host_is_out_of_reach_and_runs_on(host: LinuxHost) -> None:
    host.unplug()
    try:
        assert ssh(host, "true", timeout=10).returncode == 255
        assert host.run("hostname").strip() == "web-1"
    finally:
        host.plug_in()
    host.wait_until_ready()


def test_a_new_host_at_a_former_hosts_address_answers_at_once(host: LinuxHost, linux_lab: Lab) -> None:
    # The other host keeps the bridge up: with its last cable the machine would forget all ARP entries.
    assert host.run("hostname")
    for name in ("former", "new"):
        began = time.monotonic()
        [host] = linux_lab.up(name)
        try:
            assert ssh(host, "hostname").stdout.strip() == name
            assert time.monotonic() - began < 10
        finally:
            linux_lab.down([host])
