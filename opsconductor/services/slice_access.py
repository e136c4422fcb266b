# SPDX-License-Identifier: Apache-2.0
"""Opens the credentials of one slice: agent, known hosts, certificate keys in memory, and the inventory with them."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

from inventories.binding import credential_names
from inventories.naming import target_names
from inventories.slice import known_hosts_lines, slice_inventory
from inventories.ssh_options import CertificateFiles, SlicePaths
from opsconductor.domain.credentials import CredentialKind, Secret
from opsconductor.domain.inventory import BoundTarget
from opsconductor.domain.names import normal
from opsconductor.execution.parts import OpenedSlice
from opsconductor.secrets.ssh_agent import SshAgent


class Credentials(Protocol):
    """Where secrets are opened."""

    def open_all(self, names: Iterable[str]) -> dict[str, Secret]:
        """Name → secret."""


class SliceAccess:
    """The supervisor's way to its targets."""

    def __init__(self, credentials: Credentials) -> None:
        self.credentials = credentials

    @contextmanager
    def open(self, targets: Sequence[BoundTarget], folder: Path) -> Iterator[OpenedSlice]:
        """Agent, known hosts and keys under `folder` (0700, tmpfs) for as long as the context lasts."""
        secrets = self._open(targets)
        known_hosts = folder / "known_hosts"
        known_hosts.write_text("".join(f"{line}\n" for line in known_hosts_lines(targets)), encoding="utf-8")
        with ExitStack() as stack:
            identities: Mapping[str, Path] = {}
            agent_socket = None
            if any(secret.kind is CredentialKind.SSH_KEY for secret in secrets.values()):
                agent = stack.enter_context(SshAgent(folder / "agent"))
                identities, agent_socket = agent.add_all(secrets), agent.socket
            certificates = {
                name: CertificateFiles(
                    certificate=stack.enter_context(_memory(secret.public or "")),
                    key=stack.enter_context(_memory(secret.value.get_secret_value())),
                )
                for name, secret in secrets.items()
                if secret.kind is CredentialKind.CERTIFICATE
            }
            paths = SlicePaths(
                known_hosts=known_hosts, agent_socket=agent_socket, identities=identities, certificates=certificates
            )
            yield OpenedSlice(
                inventory=slice_inventory(targets, secrets, paths),
                names=target_names(targets),
                secrets=_values(secrets),
            )

    def names(self, targets: Sequence[BoundTarget]) -> Mapping[str, str]:
        """Ansible's host name → target name."""
        return target_names(targets)

    def secrets(self, targets: Sequence[BoundTarget]) -> tuple[str, ...]:
        """Every secret text these targets use."""
        return _values(self._open(targets))

    def secret(self, name: str) -> Secret:
        """One credential. Raises NotFound, and Broken when it cannot be opened."""
        return self.credentials.open_all([name])[normal(name)]

    def _open(self, targets: Sequence[BoundTarget]) -> dict[str, Secret]:
        return self.credentials.open_all(sorted(credential_names(targets)))


def _values(secrets: Mapping[str, Secret]) -> tuple[str, ...]:
    return tuple(secret.value.get_secret_value() for secret in secrets.values())


@contextmanager
def _memory(text: str) -> Iterator[Path]:
    """A file that exists in memory only, readable by our children through this process."""
    descriptor = os.memfd_create("opsconductor", os.MFD_CLOEXEC)
    try:
        os.write(descriptor, text.encode())
        yield Path(f"/proc/{os.getpid()}/fd/{descriptor}")
    finally:
        os.close(descriptor)
