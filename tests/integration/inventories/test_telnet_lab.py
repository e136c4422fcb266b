# SPDX-License-Identifier: Apache-2.0
"""A telnet login to a real Debian host: its telnetd, its login program, its passwords."""

import shutil
import subprocess
from pathlib import Path

import pytest

from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.checks import Verdict
from opsconductor.domain.credentials import CredentialKind
from opsconductor.domain.specs import ConnectionSpec
from tests.fixtures.inventory_world import InventoryWorld
from tests.fixtures.linux_hosts import LinuxHostFactory
from tests.lab.lab import Lab

PACKAGE = "inetutils-telnetd"
# One telnetd for each caller, as inetd would start it.
UNITS = {
    "telnet.socket": "[Socket]\nListenStream=23\nAccept=yes\n",
    "telnet@.service": "[Service]\nExecStart=/usr/local/sbin/telnetd\nStandardInput=socket\nStandardError=journal\n",
}


@pytest.fixture(scope="module")
def telnetd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The distribution's telnet server, taken out of its package and not installed here."""
    folder = tmp_path_factory.mktemp("telnetd")
    command = ["apt-get", "download", "-q", "-o", "APT::Sandbox::User=root", PACKAGE]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        pytest.skip(f"apt has no {PACKAGE} here: {done.stderr.strip()[-200:]}")
    (package,) = folder.glob("*.deb")
    subprocess.run(["dpkg-deb", "-x", package, folder / "tree"], timeout=60, check=True)
    return folder / "tree" / "usr" / "sbin" / "telnetd"


def test_a_real_telnet_server_lets_in_with_the_right_password_only(
    world: InventoryWorld, linux_lab: Lab, module_linux_hosts: LinuxHostFactory, telnetd: Path
) -> None:
    (host,) = module_linux_hosts("telnet")
    shutil.copy(telnetd, host.root / "usr/local/sbin/telnetd")
    for name, text in UNITS.items():
        (host.root / "etc/systemd/system" / name).write_text(text)
    host.run("systemctl", "daemon-reload")
    host.run("systemctl", "start", "telnet.socket")
    password = linux_lab.access.deploy_password
    world.credential("deploy", CredentialKind.PASSWORD, password, "deploy")
    world.credential("wrong", CredentialKind.PASSWORD, "not-the-password", "deploy")
    world.credential("nobody", CredentialKind.PASSWORD, password, "nobody-by-that-name")
    for name in ("deploy", "wrong", "nobody"):
        world.asset(name, host.address, ConnectionSpec(kind=ConnectionKind.TELNET), credential=name)

    results = {result.asset: result for result in world.checks.check(["deploy", "wrong", "nobody"])}

    assert results["deploy"].good, results["deploy"]
    assert results["deploy"].login is Verdict.OK
    for name in ("wrong", "nobody"):
        assert (results[name].reachable, results[name].login) == (Verdict.OK, Verdict.FAILED), results[name]
        assert results[name].remedy == f"Give its present value: opsc credentials replace {name}"
    assert all(result.warning for result in results.values())
    assert password not in "".join(result.model_dump_json() for result in results.values())
    assert "deploy" in host.run("last", "-w"), "the host recorded the login"
