# SPDX-License-Identifier: Apache-2.0
"""The Ansible inventory of one slice: only its targets, with the secrets they need, in memory."""

import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from inventories.naming import group_name, host_key_alias, inventory_name
from inventories.ssh_options import SlicePaths, common_args, known_hosts_line
from inventories.variables import kept_variables
from opsconductor.domain.addresses import check_address
from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.credentials import CredentialKind, Secret
from opsconductor.domain.inventory import BoundTarget
from opsconductor.domain.transports import check_transport
from opsconductor.errors import Conflict

#: sudo and doas ask for the login user's own password; su and runas for the other user's.
_OWN_PASSWORD = frozenset({"sudo", "doas"})
#: Our name of a WinRM transport → the psrp connection's name of it.
_PSRP_AUTH = {
    "ntlm": "ntlm",
    "basic": "basic",
    "certificate": "certificate",
}


#: Connections of our own collection.
_CONNECTIONS = {ConnectionKind.TELNET: "opsconductor.core.telnet"}


class CredentialMissing(Conflict):
    """A target's credential was not handed over or is of a kind the connection cannot use."""

    code = "credential-missing"


def slice_inventory(
    targets: Sequence[BoundTarget], secrets: Mapping[str, Secret], paths: SlicePaths
) -> dict[str, dict[str, Any]]:
    """The inventory in the form `ansible-inventory --list` prints: groups with `hosts`, and `_meta.hostvars`.

    Groups are `opsc_<platform>` and one per asset group (see `naming.group_name`). `secrets` maps credential names,
    at least those of `binding.credential_names`. Holds secrets: for memory and pipes only.
    """
    inventory = grouped(targets)
    inventory["_meta"] = {"hostvars": {inventory_name(t.name): host_vars(t, secrets, paths) for t in targets}}
    return inventory


def grouped(targets: Iterable[BoundTarget]) -> dict[str, dict[str, Any]]:
    """Ansible group → {"hosts": [inventory names]}, both sorted."""
    members: dict[str, set[str]] = {}
    for target in targets:
        for group in (f"opsc_{target.play}", *map(group_name, target.groups)):
            members.setdefault(group, set()).add(inventory_name(target.name))
    return {group: {"hosts": sorted(hosts)} for group, hosts in sorted(members.items())}


def known_hosts_lines(targets: Iterable[BoundTarget]) -> list[str]:
    """Lines for `SlicePaths.known_hosts`: the recorded keys of all ssh targets and their jump hosts."""
    lines: dict[str, None] = {}
    for target in targets:
        if target.kind is ConnectionKind.SSH:
            for name, keys in ((target.name, target.host_keys), *((hop.name, hop.host_keys) for hop in target.jump)):
                lines.update(dict.fromkeys(known_hosts_line(name, key) for key in keys))
    return list(lines)


def host_vars(target: BoundTarget, secrets: Mapping[str, Secret], paths: SlicePaths) -> dict[str, Any]:
    """Connection variables of one target, secrets included; CredentialMissing when one does not fit."""
    secret = _secret(target, target.credential, secrets)
    found = plain_vars(target)
    if target.kind is ConnectionKind.SSH:
        found["ansible_ssh_common_args"] = common_args(target, secrets, paths)
        # Ansible shares a connection between hosts of one address, port and user: two assets would then share the
        # check of one host key and the login of one credential.
        found["ansible_control_path"] = f"%(directory)s/{host_key_alias(target.name)[-12:]}"
        if secret and secret.kind is CredentialKind.PASSWORD:
            found["ansible_password"] = secret.value.get_secret_value()
        elif secret and secret.kind is not CredentialKind.SSH_KEY:
            raise _unfit(target, secret)
    elif target.kind in (ConnectionKind.WINRM, ConnectionKind.PSRP):
        found |= _windows_login(target, secret, paths)
    elif target.kind is ConnectionKind.TELNET:
        found |= _telnet_login(target, secret)
    elif target.platform is Platform.LINUX:
        # This machine itself: the Python that certainly works here. Discovery would find whatever PATH offers.
        found.setdefault("ansible_python_interpreter", sys.executable)
    if target.become:
        found |= _become_password(target, secret, secrets)
    return found


def plain_vars(target: BoundTarget) -> dict[str, Any]:
    """The variables that hold no secret and no path of this machine: what is committed with a plan, too."""
    found: dict[str, Any] = {
        **kept_variables(target.variables),
        "ansible_connection": _CONNECTIONS.get(target.kind, target.kind.value),
    }
    if target.kind is not ConnectionKind.LOCAL:
        found["ansible_host"] = check_address(target.address)
        found["ansible_port"] = target.port
        if target.user:
            found["ansible_user"] = target.user
    check_transport(target.settings)
    if target.kind is ConnectionKind.WINRM:
        found |= _winrm(target.settings)
    elif target.kind is ConnectionKind.PSRP:
        found |= _psrp(target.settings)
    if target.platform is Platform.WINDOWS and target.kind in (ConnectionKind.SSH, ConnectionKind.LOCAL):
        found.setdefault("ansible_shell_type", "powershell")
    if target.become:
        found |= {"ansible_become": True, "ansible_become_method": target.become.method}
        if user := target.become.user or ("Administrator" if target.become.method == "runas" else None):
            found["ansible_become_user"] = user
    return found


def _winrm(settings: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "ansible_winrm_scheme": settings.get("scheme", "https"),
        "ansible_winrm_transport": settings.get("transport", "ntlm"),
        "ansible_winrm_server_cert_validation": "ignore" if settings.get("verify") == "false" else "validate",
    }
    if ca_file := settings.get("ca_file"):
        found["ansible_winrm_ca_trust_path"] = ca_file
    return found


def _psrp(settings: Mapping[str, str]) -> dict[str, Any]:
    scheme, transport = settings.get("scheme", "https"), settings.get("transport", "negotiate")
    found: dict[str, Any] = {
        "ansible_psrp_protocol": scheme,
        "ansible_psrp_auth": _PSRP_AUTH.get(transport, "negotiate"),
        "ansible_psrp_cert_validation": "ignore" if settings.get("verify") == "false" else "validate",
    }
    if ca_file := settings.get("ca_file"):
        found["ansible_psrp_ca_cert"] = ca_file
    return found


def _windows_login(target: BoundTarget, secret: Secret | None, paths: SlicePaths) -> dict[str, Any]:
    if secret is None:
        raise CredentialMissing(
            f"'{target.name}' is reached over {target.kind.value} and no credential applies to it.",
            remedy=f"Name one: opsc assets edit {shlex.quote(target.name)} --credential NAME",
        )
    if secret.kind is CredentialKind.PASSWORD:
        return {"ansible_password": secret.value.get_secret_value()}
    files = paths.certificates.get(target.credential or "")
    if secret.kind is not CredentialKind.CERTIFICATE or files is None:
        raise _unfit(target, secret)
    if target.kind is ConnectionKind.PSRP:
        return {
            "ansible_psrp_auth": "certificate",
            "ansible_psrp_certificate_pem": str(files.certificate),
            "ansible_psrp_certificate_key_pem": str(files.key),
        }
    return {
        "ansible_winrm_transport": "certificate",
        "ansible_winrm_cert_pem": str(files.certificate),
        "ansible_winrm_cert_key_pem": str(files.key),
    }


def _telnet_login(target: BoundTarget, secret: Secret | None) -> dict[str, Any]:
    """Nothing where no credential applies: some devices ask for none."""
    if secret is None:
        return {}
    if secret.kind is not CredentialKind.PASSWORD:
        raise _unfit(target, secret)
    return {"ansible_password": secret.value.get_secret_value()}


def _become_password(target: BoundTarget, login: Secret | None, secrets: Mapping[str, Secret]) -> dict[str, Any]:
    become = target.become
    assert become is not None  # noqa: S101 - the caller looked
    given = _secret(target, become.credential, secrets)
    if given is None and become.method in _OWN_PASSWORD:
        given = login if login and login.kind is CredentialKind.PASSWORD else None
    if given is None:
        return {}
    if given.kind is not CredentialKind.PASSWORD:
        raise _unfit(target, given)
    return {"ansible_become_password": given.value.get_secret_value()}


def _secret(target: BoundTarget, name: str | None, secrets: Mapping[str, Secret]) -> Secret | None:
    if name is None:
        return None
    if name not in secrets:
        raise CredentialMissing(
            f"The credential '{name}' of '{target.name}' is not there.",
            remedy="'opsc credentials list' shows what there is.",
        )
    return secrets[name]


def _unfit(target: BoundTarget, secret: Secret) -> CredentialMissing:
    return CredentialMissing(
        f"A credential of kind {secret.kind.value} cannot be used for '{target.name}' over {target.kind.value}.",
        remedy="Use a password (all), an SSH key (ssh) or a certificate (winrm, psrp).",
    )
