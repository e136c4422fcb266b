# SPDX-License-Identifier: Apache-2.0
"""Passwords and sudo on a real Debian host: nothing but the host itself can tell whether they are right."""

import pytest

from opsconductor.domain.checks import Verdict
from opsconductor.domain.credentials import CredentialKind
from tests.fixtures.inventory_world import InventoryWorld, ssh
from tests.fixtures.linux_hosts import LinuxHostFactory
from tests.lab.lab import Lab


@pytest.fixture
def address(linux_lab: Lab, module_linux_hosts: LinuxHostFactory) -> str:
    """Where the host is."""
    (host,) = module_linux_hosts("checked")
    return host.address


def test_passwords_and_sudo_are_tried_as_a_job_would(world: InventoryWorld, linux_lab: Lab, address: str) -> None:
    access = linux_lab.access
    world.credential("deploy", CredentialKind.PASSWORD, access.deploy_password, "deploy")
    world.credential("deploy wrong", CredentialKind.PASSWORD, "not-the-password", "deploy")
    world.credential("ops key", CredentialKind.SSH_KEY, access.key_path.read_text(), "ops")
    world.credential("ops sudo", CredentialKind.PASSWORD, access.ops_password)
    world.credential("ops sudo wrong", CredentialKind.PASSWORD, "not-the-password")
    sudo = {name: {"method": "sudo", "credential": name} for name in ("ops sudo", "ops sudo wrong")}
    world.asset("password", address, ssh(22), credential="deploy")
    world.asset("wrong", address, ssh(22), credential="deploy wrong")
    world.asset("sudo", address, ssh(22, become=sudo["ops sudo"]), credential="ops key")
    world.asset("sudo-wrong", address, ssh(22, become=sudo["ops sudo wrong"]), credential="ops key")
    world.asset("sudo-missing", address, ssh(22, become={"method": "sudo"}), credential="ops key")
    names = ["password", "wrong", "sudo", "sudo-wrong", "sudo-missing"]
    world.trust(*names)

    results = {result.asset: result for result in world.checks.check(names)}

    assert results["password"].good, results["password"]
    assert results["wrong"].login is Verdict.FAILED
    assert results["wrong"].remedy == "Give its present value: opsc credentials replace 'deploy wrong'"
    assert results["sudo"].become is Verdict.OK, results["sudo"]
    assert "root" in results["sudo"].message
    assert (results["sudo-wrong"].login, results["sudo-wrong"].become) == (Verdict.OK, Verdict.FAILED)
    assert results["sudo-wrong"].remedy == "Give its present value: opsc credentials replace 'ops sudo wrong'"
    assert results["sudo-missing"].become is Verdict.FAILED
    assert "asks for a password" in results["sudo-missing"].message
