# SPDX-License-Identifier: Apache-2.0
"""OpenSSH options for one target: host key always checked, keys from one agent only, the same for every jump host."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from inventories.naming import host_key_alias
from opsconductor.domain.addresses import check_address
from opsconductor.domain.assets import HostKey
from opsconductor.domain.credentials import CredentialKind, Secret
from opsconductor.domain.inventory import BoundTarget, Hop
from opsconductor.errors import Conflict


class JumpNeedsKey(Conflict):
    """A jump host can only be passed with an SSH key."""

    code = "jump-needs-key"


@dataclass(frozen=True)
class CertificateFiles:
    """Where a certificate credential can be read while the slice runs (memfd paths, never a disk)."""

    certificate: Path
    key: Path


@dataclass(frozen=True)
class SlicePaths:
    """Files of one slice, all in its 0700 folder on a tmpfs."""

    known_hosts: Path  #: holds `slice.known_hosts_lines`
    agent_socket: Path | None = None  #: None: no SSH key is used
    #: credential name → public key file, as `SshAgent.add_all` returns it
    identities: Mapping[str, Path] = field(default_factory=dict)
    certificates: Mapping[str, CertificateFiles] = field(default_factory=dict)


def common_args(target: BoundTarget, secrets: Mapping[str, Secret], paths: SlicePaths) -> str:
    """`ansible_ssh_common_args` for one ssh target, quoted for the shell-like splitting Ansible does."""
    options = _options(target.name, _identity(target.credential, paths), paths)
    if target.jump:
        options += ["-o", f"ProxyCommand={_proxy_command(target.jump, secrets, paths)}"]
    return shlex.join(options)


def known_hosts_line(name: str, key: HostKey) -> str:
    """One line of a known_hosts file for asset `name`."""
    return f"{host_key_alias(name)} {key.kind} {key.public}"


def _identity(credential: str | None, paths: SlicePaths) -> Path | None:
    return paths.identities.get(credential) if credential else None


def _options(name: str, identity: Path | None, paths: SlicePaths) -> list[str]:
    """Options that leave nothing to the configuration of the machine or the user that runs the job."""
    settings = {
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": _quoted(paths.known_hosts),
        "GlobalKnownHostsFile": "/dev/null",
        "HostKeyAlias": host_key_alias(name),
        "UpdateHostKeys": "no",
        "IdentityAgent": _quoted(paths.agent_socket) if identity and paths.agent_socket else "none",
        "IdentitiesOnly": "yes",
        # Without an own key the default key files of the user that runs us must not be tried.
        "IdentityFile": _quoted(identity) if identity else "none",
        "ForwardAgent": "no",
    }
    flat = ["-F", "none"]
    for option, value in settings.items():
        flat += ["-o", f"{option}={value}"]
    return flat


def _proxy_command(hops: tuple[Hop, ...], secrets: Mapping[str, Secret], paths: SlicePaths) -> str:
    """A command that connects through all hops; `%h` and `%p` are filled by the ssh that runs it."""
    *before, hop = hops
    secret = secrets.get(hop.credential) if hop.credential else None
    if secret is None or secret.kind is not CredentialKind.SSH_KEY:
        raise JumpNeedsKey(
            f"Jump host '{hop.name}' is to be passed with a password or nothing; only an SSH key can.",
            remedy=f"Give it an SSH key: opsc assets edit {shlex.quote(hop.name)} --credential NAME",
        )
    command = _options(hop.name, _identity(hop.credential, paths), paths)
    # BatchMode: the target's password would otherwise be offered to the jump host by the inherited SSH_ASKPASS.
    command += ["-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-p", str(hop.port)]
    if hop.user:
        command += ["-l", hop.user]
    if before:
        command += ["-o", f"ProxyCommand={_proxy_command(tuple(before), secrets, paths)}"]
    command += ["--", check_address(hop.address)]
    # Percent signs of this command are doubled once per ssh it passes through; those of -W are for the next one.
    return "ssh -W '[%h]:%p' " + shlex.join(command).replace("%", "%%")


def _quoted(path: Path) -> str:
    """A path as an option value: percent signs are tokens there, spaces separate files."""
    return '"' + str(path).replace("%", "%%") + '"'
