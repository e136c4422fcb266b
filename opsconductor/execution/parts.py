# SPDX-License-Identifier: Apache-2.0
"""What a supervisor needs of its neighbours, as Protocols; the composition root brings the real ones."""

import re
import shlex
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from opsconductor.domain.inventory import BoundTarget

_ALIAS = re.compile(r"HostKeyAlias=\S+")


class Commits(Protocol):
    """The playbook repository."""

    def checkout(self, commit: str, folder: Path) -> Any:
        """Write the verified tree of exactly that commit into `folder`."""


class StoredBlob(Protocol):
    """What is known of stored bytes."""

    @property
    def sha256(self) -> str: ...
    @property
    def size(self) -> int: ...


class Blobs(Protocol):
    """The blob store."""

    def put(self, stream: BinaryIO) -> StoredBlob:
        """Store everything that is left in the stream."""

    def fetch(self, sha256: str, destination: Path) -> None:
        """Write the content with that hash to a new file, verified."""


@dataclass(frozen=True)
class OpenedSlice:
    """A slice's targets with everything needed to log in. Lives in memory and on a tmpfs only."""

    #: As `ansible-inventory --list` prints it.
    inventory: dict[str, Any]
    #: Ansible's host name → target name.
    names: Mapping[str, str]
    #: Every secret text in it, to be kept out of what is stored.
    secrets: tuple[str, ...] = field(repr=False, default=())

    def aliases(self) -> dict[str, str]:
        """Target name → the word in the arguments of an ssh or sftp that is its own, where it is reached over SSH."""
        found = {}
        for host, variables in self.inventory.get("_meta", {}).get("hostvars", {}).items():
            words = shlex.split(str(variables.get("ansible_ssh_common_args", "")))
            if own := next((word for word in words if _ALIAS.fullmatch(word)), None):
                found[self.names.get(host, host)] = own
        return found


class Access(Protocol):
    """Opens the credentials of a slice."""

    def open(
        self, targets: Sequence[BoundTarget], folder: Path, variables: Mapping[str, str] = ...
    ) -> AbstractContextManager[OpenedSlice]:
        """Agent, known hosts and keys under `folder` (0700, tmpfs) for as long as the context lasts.

        `variables` maps variables that every target gets to the credentials that hold their values.
        """

    def names(self, targets: Sequence[BoundTarget]) -> Mapping[str, str]:
        """Ansible's host name → target name."""

    def secrets(self, targets: Sequence[BoundTarget], variables: Mapping[str, str] = ...) -> tuple[str, ...]:
        """Every secret text these targets and variables use."""


class Announcer(Protocol):
    """Wakes those who follow a job (a broker of `opsconductor.pubsub`)."""

    def publish(self, topic: str) -> None:
        """Wake the topic's subscribers."""
