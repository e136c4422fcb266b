# SPDX-License-Identifier: Apache-2.0
"""The inventory of a slice for every kind of connection, and the committed one without secrets."""

import re
import shlex
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from inventories.naming import group_name, inventory_name, target_names
from inventories.slice import CredentialMissing, known_hosts_lines, slice_inventory
from inventories.snapshot import snapshot_inventory
from inventories.ssh_options import CertificateFiles, JumpNeedsKey, SlicePaths
from opsconductor.domain.assets import Become, ConnectionKind, HostKey
from opsconductor.domain.base import Platform
from opsconductor.domain.credentials import CredentialKind, Secret
from opsconductor.domain.inventory import BoundTarget, Hop, InventorySnapshot
from opsconductor.errors import InvalidInput, OpsConductorError

EVIL = "{{ lookup('pipe','touch pwned') }}"
SECRETS = {
    "password": Secret.model_validate({"kind": "password", "user": "ops", "value": "pa{{ 1 }}ss"}),
    "other": Secret.model_validate({"kind": "password", "value": "other-word"}),
    "key": Secret.model_validate({"kind": "ssh_key", "user": "deploy", "value": "PEM"}),
    "cert": Secret.model_validate({"kind": "certificate", "value": "PEM"}),
    "api": Secret.model_validate({"kind": "api_key", "value": "api-word"}),
}
PATHS = SlicePaths(
    known_hosts=Path("/run/s/known hosts"),
    agent_socket=Path("/run/s/agent%1"),
    identities={"key": Path("/run/s/key.pub")},
    certificates={"cert": CertificateFiles(certificate=Path("/proc/1/fd/3"), key=Path("/proc/1/fd/4"))},
)
HOST_KEY = HostKey(kind="ssh-ed25519", public="AAAA", fingerprint="SHA256:x")


def target(name: str = "web1", kind: ConnectionKind = ConnectionKind.SSH, **fields: Any) -> BoundTarget:
    """A bound target with defaults."""
    windows = kind in (ConnectionKind.WINRM, ConnectionKind.PSRP)
    base = {
        "asset_id": "1",
        "name": name,
        "platform": Platform.WINDOWS if windows else Platform.LINUX,
        "kind": kind,
        "address": "192.0.2.1",
        "port": 5986 if windows else 22,
    }
    return BoundTarget.model_validate(base | fields)


def host_vars(one: BoundTarget) -> dict[str, Any]:
    """The variables a slice gives to its only target."""
    inventory = slice_inventory([one], SECRETS, PATHS)
    assert list(inventory["_meta"]["hostvars"]) == [inventory_name(one.name)]
    found: dict[str, Any] = inventory["_meta"]["hostvars"][inventory_name(one.name)]
    return found


def options(words: list[str]) -> dict[str, str]:
    """ssh -o options by name."""
    pairs = [word.partition("=") for before, word in pairwise(words) if before == "-o"]
    return {name: value for name, _, value in pairs}


def test_ssh_by_key_uses_the_agent_only_and_checks_the_host_key() -> None:
    found = host_vars(target(credential="key", user="deploy"))
    words = shlex.split(found.pop("ansible_ssh_common_args"))
    twin = host_vars(target(credential="key", name="twin at the same address"))
    assert found.pop("ansible_control_path") != twin["ansible_control_path"], "two assets never share a connection"
    assert found == {
        "ansible_connection": "ssh",
        "ansible_host": "192.0.2.1",
        "ansible_port": 22,
        "ansible_user": "deploy",
    }
    assert words[:2] == ["-F", "none"]
    said = options(words)
    assert said["StrictHostKeyChecking"] == "yes"
    assert said["UserKnownHostsFile"] == '"/run/s/known hosts"'
    assert said["GlobalKnownHostsFile"] == "/dev/null"
    assert said["IdentityAgent"] == '"/run/s/agent%%1"'
    assert (said["IdentitiesOnly"], said["IdentityFile"]) == ("yes", '"/run/s/key.pub"')


def test_ssh_by_password_offers_no_key() -> None:
    found = host_vars(target(credential="password"))
    assert found["ansible_password"] == "pa{{ 1 }}ss"
    said = options(shlex.split(found["ansible_ssh_common_args"]))
    assert (said["IdentityAgent"], said["IdentityFile"]) == ("none", "none")


@pytest.mark.parametrize(
    ("become", "login", "expected"),
    [
        (Become(credential="other"), "key", "other-word"),
        (Become(), "password", "pa{{ 1 }}ss"),
        (Become(), "key", None),
        (Become(method="su"), "password", None),
    ],
)
def test_the_become_password_is_asked_of_the_right_credential(become: Become, login: str, expected: str | None) -> None:
    found = host_vars(target(credential=login, become=become))
    assert found["ansible_become"] is True
    assert found["ansible_become_method"] == become.method
    assert found.get("ansible_become_password") == expected


def test_runas_asks_the_password_of_the_user_it_becomes() -> None:
    become = Become(method="runas", user="svc", credential="password")
    found = host_vars(target(kind=ConnectionKind.WINRM, credential="other", user="a", become=become))
    assert (found["ansible_become_user"], found["ansible_become_password"]) == ("svc", "pa{{ 1 }}ss")


def test_a_credential_brings_its_secret_only() -> None:
    """Its user was bound when the plan was made; changed since, it must not come in after the approval."""
    bare = host_vars(target(kind=ConnectionKind.WINRM, credential="password", become=Become(credential="password")))
    assert "ansible_user" not in bare
    assert "ansible_become_user" not in bare
    jump = Hop(name="bastion", address="192.0.2.9", port=22, credential="key")
    assert "-l" not in shlex.split(host_vars(target(credential="key", jump=(jump,)))["ansible_ssh_common_args"])[-1]


@pytest.mark.parametrize(
    ("kind", "credential", "settings", "expected"),
    [
        (
            "winrm",
            "password",
            {},
            {"scheme": "https", "transport": "ntlm", "server_cert_validation": "validate"},
        ),
        (
            "winrm",
            "password",
            {"scheme": "http", "transport": "ntlm", "verify": "false"},
            {"scheme": "http", "transport": "ntlm", "server_cert_validation": "ignore"},
        ),
        (
            "winrm",
            "cert",
            {"ca_file": "/etc/ca.pem"},
            {
                "scheme": "https",
                "transport": "certificate",
                "server_cert_validation": "validate",
                "ca_trust_path": "/etc/ca.pem",
                "cert_pem": "/proc/1/fd/3",
                "cert_key_pem": "/proc/1/fd/4",
            },
        ),
        ("psrp", "password", {}, {"protocol": "https", "auth": "negotiate", "cert_validation": "validate"}),
        (
            "psrp",
            "password",
            {"transport": "basic", "ca_file": "/etc/ca.pem"},
            {
                "protocol": "https",
                "auth": "basic",
                "cert_validation": "validate",
                "ca_cert": "/etc/ca.pem",
            },
        ),
    ],
)
def test_windows_connections(kind: str, credential: str, settings: dict[str, str], expected: dict[str, str]) -> None:
    found = host_vars(target(kind=ConnectionKind(kind), credential=credential, settings=settings))
    prefix = f"ansible_{kind}_"
    assert {name.removeprefix(prefix): v for name, v in found.items() if name.startswith(prefix)} == expected
    assert ("ansible_password" in found) is (credential == "password")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"transport": "basic", "scheme": "http"}, "in clear"),
        ({"transport": "kerberos"}, "Kerberos is not supported"),
        ({"transport": "credssp"}, "CredSSP is not supported"),
    ],
)
@pytest.mark.parametrize("kind", [ConnectionKind.WINRM, ConnectionKind.PSRP])
def test_a_transport_that_is_not_offered_is_refused(kind: ConnectionKind, settings: dict[str, str], said: str) -> None:
    with pytest.raises(OpsConductorError, match=said) as caught:
        host_vars(target(kind=kind, credential="password", settings=settings))
    assert caught.value.remedy


def test_this_machine_itself() -> None:
    found = host_vars(target(kind=ConnectionKind.LOCAL))
    assert found == {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    own = target(kind=ConnectionKind.LOCAL, variables={"ansible_python_interpreter": "/usr/bin/python3"})
    assert host_vars(own)["ansible_python_interpreter"] == "/usr/bin/python3"


@pytest.mark.parametrize(
    ("kind", "credential"), [("ssh", "cert"), ("ssh", "api"), ("winrm", "key"), ("winrm", None), ("ssh", "gone")]
)
def test_a_credential_that_does_not_fit_is_told(kind: str, credential: str | None) -> None:
    with pytest.raises(CredentialMissing) as error:
        host_vars(target(kind=ConnectionKind(kind), credential=credential))
    assert "api-word" not in str(error.value)


HOPS = (
    Hop(name="b1", address="10.0.0.1", port=22, credential="key", host_keys=(HOST_KEY,)),
    Hop(name="b2", address="fe80::1", port=2222, user="jo hn", credential="key"),
)


def as_ssh_reads(command: str, host: str, port: str) -> list[str]:
    """The words of a proxy command after ssh has put in what its percent signs stand for."""
    tokens = {"h": host, "p": port, "%": "%"}
    return shlex.split(re.sub("%(.)", lambda found: tokens[found[1]], command))


def test_every_hop_is_passed_with_checked_options_and_its_own_percent_signs() -> None:
    outer = options(shlex.split(host_vars(target(credential="password", jump=HOPS))["ansible_ssh_common_args"]))
    second = as_ssh_reads(outer["ProxyCommand"], "target", "22")
    assert second[:3] == ["ssh", "-W", "[target]:22"]
    assert second[-2:] == ["--", "fe80::1"]
    assert second[second.index("-l") + 1] == "jo hn"
    said = options(second)
    assert (said["StrictHostKeyChecking"], said["BatchMode"]) == ("yes", "yes")
    first = as_ssh_reads(said["ProxyCommand"], "fe80::1", "2222")
    assert first[:3] == ["ssh", "-W", "[fe80::1]:2222"]
    assert first[-2:] == ["--", "10.0.0.1"]
    assert options(first)["IdentityAgent"] == said["IdentityAgent"] == '"/run/s/agent%%1"'


def test_a_jump_host_with_a_password_is_refused() -> None:
    hop = HOPS[0].model_copy(update={"credential": "password"})
    with pytest.raises(JumpNeedsKey, match="'b1'"):
        host_vars(target(credential="key", jump=(hop,)))


def test_known_hosts_holds_targets_and_hops_once() -> None:
    lines = known_hosts_lines([target(host_keys=(HOST_KEY,), jump=HOPS), target("web2", jump=HOPS)])
    assert len(lines) == 2
    assert all(line.startswith("opsc-") and line.endswith(" ssh-ed25519 AAAA") for line in lines)
    alias = options(shlex.split(host_vars(target(credential="key"))["ansible_ssh_common_args"]))["HostKeyAlias"]
    assert lines[0].startswith(f"{alias} ")


@pytest.mark.parametrize(
    "name", [EVIL, "all", "localhost", "opsc_linux", "a b", "web[1:3]", "-x", "a,b", "é", "a/b", "!x"]
)
def test_a_name_that_means_something_to_ansible_gets_an_alias(name: str) -> None:
    one = target(name, groups=(EVIL, "linux"), credential="password")
    inventory = slice_inventory([one], SECRETS, PATHS)
    (alias,) = inventory["opsc_linux"]["hosts"]
    assert alias.isidentifier()
    assert target_names([one]) == {alias: name}
    assert all(group.isidentifier() for group in inventory)
    assert len(inventory) == 4


def test_groups_with_one_spelling_are_two() -> None:
    assert len({group_name(name) for name in ("web", "Web", "web ", "we-b", "we_b")}) == 5


@pytest.mark.parametrize("address", ["-oProxyCommand=x", "a;b", "a b", "$(id)", EVIL, ""])
def test_an_address_that_is_none_never_reaches_ssh(address: str) -> None:
    with pytest.raises(InvalidInput):
        host_vars(target(address=address, credential="password"))
    hop = HOPS[0].model_copy(update={"address": address})
    with pytest.raises(InvalidInput):
        host_vars(target(credential="password", jump=(hop,)))


def test_variables_that_start_programs_here_are_left_out() -> None:
    kept = {"ansible_python_interpreter": "/usr/bin/python3", "color": EVIL}
    dropped = {
        "ansible_ssh_executable": "/tmp/x",
        "ansible_connection": "local",
        "opsc_s1": "1",
        "vars": "1",
        "a-b": "1",
    }
    found = host_vars(target(credential="password", variables=kept | dropped))
    assert kept.items() <= found.items()
    assert not (dropped.keys() - {"ansible_connection"}) & found.keys()
    assert found["ansible_connection"] == "ssh"


def test_the_committed_inventory_holds_no_secret_and_evaluates_nothing() -> None:
    targets = (
        target(EVIL, credential="password", become=Become(credential="other"), variables={"x": EVIL, "y": "yes"}),
        target("web2", groups=("Web",), jump=HOPS, credential="key"),
        target("win", ConnectionKind.WINRM, credential="password"),
    )
    text = snapshot_inventory(InventorySnapshot(targets=targets))
    assert text == snapshot_inventory(InventorySnapshot(targets=targets))
    for secret in SECRETS.values():
        assert secret.value.get_secret_value() not in text
    assert text.count("{{") == text.count("!unsafe") == 2

    class Loader(yaml.SafeLoader):
        """Reads `!unsafe` as Ansible does."""

    Loader.add_constructor("!unsafe", lambda _loader, node: str(node.value))
    children = yaml.load(text, Loader=Loader)["all"]["children"]  # noqa: S506 - a safe loader
    assert list(children) == ["opsc_linux", "opsc_windows", "opsc_group_web_" + group_name("Web")[-8:]]
    hosts = children["opsc_linux"]["hosts"]
    assert hosts[inventory_name(EVIL)]["x"] == EVIL
    assert hosts[inventory_name(EVIL)]["opsc_asset"] == EVIL
    assert hosts["web2"]["ansible_ssh_common_args"] == "-o 'ProxyJump=10.0.0.1:22,jo hn@[fe80::1]:2222'"


def test_secrets_kinds_are_all_covered() -> None:
    assert {secret.kind for secret in SECRETS.values()} == set(CredentialKind)
