# SPDX-License-Identifier: Apache-2.0
"""nginx on two real Debian hosts with systemd as PID 1, over real SSH, checked from inside the hosts."""

import pytest

from tests.fixtures.installation import Installation, cells
from tests.fixtures.linux_hosts import LinuxHostFactory
from tests.lab.linux_host import LinuxHost

SENTENCE = "Update nginx to latest version on all web servers in 'Production Web' group and restart service"
CONFIGURATION = "# changed by hand\nuser www-data;\nevents {}\nhttp { server { listen 8081; } }\n"


def main_pid(host: LinuxHost) -> str:
    return host.run("systemctl", "show", "--property=MainPID", "--value", "nginx").strip()


@pytest.mark.rotating
def test_nginx_is_updated_and_restarted_on_both(
    module_linux_hosts: LinuxHostFactory, installation: Installation
) -> None:
    web1, web2 = hosts = module_linux_hosts("web-1", "web-2")
    for host in hosts:
        host.install_old_nginx()
        (host.root / "etc/nginx/nginx.conf").write_text(CONFIGURATION)
        host.run("systemctl", "restart", "nginx")
    before = {host.name: (host.package_version("nginx"), main_pid(host)) for host in hosts}
    installation.opsc("groups", "add", "Production Web")
    key = web1.key_path.read_text()
    installation.credential("web root", key, kind="ssh_key", user="root")
    installation.credential("web ops", key, kind="ssh_key", user="ops")
    installation.credential("ops sudo", web2.access.ops_password)
    place = ("--group", "Production Web", "--role", "web server")
    installation.opsc("assets", "add", "web-1", "--address", web1.address, *place, "--credential", "web root")
    become = "ssh become=sudo become-credential='ops sudo'"
    more = ("--credential", "web ops", "--connection", become)
    installation.opsc("assets", "add", "web-2", "--address", web2.address, *place, *more)
    installation.opsc("assets", "trust", "web-1", "web-2", "--yes")

    plan = installation.plan(SENTENCE)
    assert [s["intent"] for s in plan["steps"]] == ["package.update", "service.restart"]
    assert [t["name"] for t in plan["targets"]["resolved"]] == ["web-1", "web-2"]
    installation.approve(plan)
    shown = installation.run(plan)

    assert shown["job"]["status"] == "succeeded"
    assert shown["job"]["complete"] is True
    for host in hosts:
        old, pid = before[host.name]
        assert host.package_version("nginx") not in (old, None)
        assert main_pid(host) not in (pid, "0")
        assert host.service_state("nginx") == "active"
        assert (host.root / "etc/nginx/nginx.conf").read_text() == CONFIGURATION
    assert cells(shown, 1) == {"web-1": "changed", "web-2": "changed"}

    again = installation.plan(SENTENCE)
    installation.approve(again)
    assert set(cells(installation.run(again), 1).values()) <= {"ok", "skipped"}
