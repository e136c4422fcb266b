# SPDX-License-Identifier: Apache-2.0
"""The inventory snapshot of a plan: every target with how it will be reached. Committed, so never a secret."""

from pydantic import Field

from opsconductor.domain.assets import Become, ConnectionKind, HostKey
from opsconductor.domain.base import Frozen, Platform

#: The play and the lane of targets that are reached over telnet.
TELNET = ConnectionKind.TELNET.value


class Hop(Frozen):
    """One jump host on the way to a target (ssh), credential by name."""

    name: str
    address: str
    port: int
    user: str | None = None
    credential: str | None = None
    host_keys: tuple[HostKey, ...] = ()


class BoundTarget(Frozen):
    """A target with the connection, credential (by name) and host keys that will be used."""

    asset_id: str
    name: str
    platform: Platform
    groups: tuple[str, ...] = ()  #: at any depth, sorted
    kind: ConnectionKind
    address: str
    port: int
    user: str | None = None
    credential: str | None = None
    credential_reason: str = ""  #: why this credential, for people; not part of the digest
    become: Become | None = None
    jump: tuple[Hop, ...] = ()
    host_keys: tuple[HostKey, ...] = ()
    settings: dict[str, str] = Field(default_factory=dict)
    variables: dict[str, str] = Field(default_factory=dict)

    @property
    def play(self) -> str:
        """Which play of a playbook runs on it: one per platform, and one for what is reached over telnet."""
        return TELNET if self.kind is ConnectionKind.TELNET else self.platform.value


class InventorySnapshot(Frozen):
    """All targets of a plan, sorted by name."""

    targets: tuple[BoundTarget, ...]

    def target(self, name: str) -> BoundTarget | None:
        """The bound target of that name."""
        return next((t for t in self.targets if t.name == name), None)
