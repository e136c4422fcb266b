# SPDX-License-Identifier: Apache-2.0
"""Opens the credentials of one slice: agent, known hosts, certificate keys in memory, and the inventory with them."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from inventories.binding import credential_names
from inventories.naming import target_names
from inventories.slice import known_hosts_lines, slice_inventory
from inventories.ssh_options import CertificateFiles, SlicePaths
from opsconductor.domain.credentials import CredentialKind, Secret
from opsconductor.domain.inventory import BoundTarget
from opsconductor.domain.names import normal
from opsconductor.errors import InvalidInput
from opsconductor.execution.parts import OpenedSlice
from opsconductor.secrets.ssh_agent import SshAgent

_NONE: Mapping[str, str] = MappingProxyType({})
#: Kinds whose value is one line of text that a program can be told.
_TEXTS = frozenset({CredentialKind.PASSWORD, CredentialKind.API_KEY})


class Credentials(Protocol):
    """Where secrets are opened."""

    def open_all(self, names: Iterable[str]) -> dict[str, Secret]:
        """Name → secret."""


class SliceAccess:
    """The supervisor's way to its targets."""

    def __init__(self, credentials: Credentials) -> None:
        self.credentials = credentials

    @contextmanager
    def open(
        self, targets: Sequence[BoundTarget], folder: Path, variables: Mapping[str, str] = _NONE
    ) -> Iterator[OpenedSlice]:
        """Agent, known hosts and keys under `folder` (0700, tmpfs) for as long as the context lasts.

        `variables` maps variables that every target gets to the credentials that hold their values.
        """
        secrets = self._open(targets)
        given = self._given(variables)
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
                inventory=_with(slice_inventory(targets, secrets, paths), given),
                names=target_names(targets),
                secrets=(*_values(secrets), *given.values()),
            )

    def names(self, targets: Sequence[BoundTarget]) -> Mapping[str, str]:
        """Ansible's host name → target name."""
        return target_names(targets)

    def secrets(self, targets: Sequence[BoundTarget], variables: Mapping[str, str] = _NONE) -> tuple[str, ...]:
        """Every secret text these targets and variables use."""
        return (*_values(self._open(targets)), *self._given(variables).values())

    def secret(self, name: str) -> Secret:
        """One credential. Raises NotFound, and Broken when it cannot be opened."""
        return self.credentials.open_all([name])[normal(name)]

    def _open(self, targets: Sequence[BoundTarget]) -> dict[str, Secret]:
        return self.credentials.open_all(sorted(credential_names(targets)))

    def _given(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Variable → the value of its credential. Raises NotFound, and InvalidInput for one that is no password."""
        opened = self.credentials.open_all(sorted(set(variables.values()))) if variables else {}
        for name, secret in opened.items():
            if secret.kind not in _TEXTS:
                raise InvalidInput(
                    f"The credential '{name}' is of kind {secret.kind.value}, and a password is needed.",
                    remedy="Name another one: make a new plan.",
                )
        return {variable: opened[normal(name)].value.get_secret_value() for variable, name in variables.items()}


def _with(inventory: dict[str, Any], variables: Mapping[str, str]) -> dict[str, Any]:
    """The inventory with the variables on every host: values of an inventory are data, never templates."""
    hosts = {name: found | variables for name, found in inventory["_meta"]["hostvars"].items()}
    return inventory | {"_meta": {"hostvars": hosts}}


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
