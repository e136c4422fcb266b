# SPDX-License-Identifier: Apache-2.0
"""A telnet login to a real Debian host: its telnetd, its login program, its passwords."""

from pathlib import Path

from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.checks import Verdict
from opsconductor.domain.credentials import CredentialKind
from opsconductor.domain.specs import ConnectionSpec
from tests.fixtures.inventory_world import InventoryWorld
from tests.fixtures.linux_hosts import LinuxHostFactory
from tests.fixtures.telnetd import serve_telnet
from tests.lab.lab import Lab


def test_a_real_telnet_server_lets_in_with_the_right_password_only(
    world: InventoryWorld, linux_lab: Lab, module_linux_hosts: LinuxHostFactory, telnetd: Path
) -> None:
    (host,) = module_linux_hosts("telnet")
    serve_telnet(host, telnetd)
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
