# SPDX-License-Identifier: Apache-2.0
"""Binds target names to connections, credentials and host keys of the asset database."""

from collections.abc import Iterable
from typing import Protocol

from inventories.binding import bind
from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.credentials import Credential
from opsconductor.domain.inventory import BoundTarget, InventorySnapshot
from opsconductor.errors import Conflict
from opsconductor.services.assets import AssetService
from opsconductor.services.trust_command import trust_command


class UntrustedTarget(Conflict):
    """A target's SSH host key is not recorded."""

    code = "untrusted-target"


class Credentials(Protocol):
    """The public side of the credentials."""

    def list(self) -> tuple[Credential, ...]:
        """All of them."""


def login_users(credentials: Credentials) -> dict[str, str | None]:
    """Credential name → its user."""
    return {credential.name: credential.user for credential in credentials.list()}


class BindingService:
    """What a plan's targets will be reached by, as of now."""

    def __init__(self, assets: AssetService, credentials: Credentials) -> None:
        self.assets = assets
        self.credentials = credentials

    def bind(self, names: Iterable[str]) -> InventorySnapshot:
        """The snapshot of these targets.

        Raises NotFound for an unknown name, AmbiguousCredential for a tie, Conflict where nothing a job
        can run over is there, and UntrustedTarget where an SSH host key was never recorded.
        """
        wanted = list(names)
        snapshot = InventorySnapshot(targets=bind(*self.assets.around(wanted), wanted, login_users(self.credentials)))
        untrusted = sorted({name for target in snapshot.targets for name in _without_key(target)})
        if untrusted:
            shown = ", ".join(untrusted[:5]) + (f" and {len(untrusted) - 5} more" if len(untrusted) > 5 else "")
            raise UntrustedTarget(
                f"No SSH host key is recorded for {shown}.",
                remedy=f"Compare and record {'it' if len(untrusted) == 1 else 'them'}: "
                f"{trust_command(untrusted, *self.assets.everything())}",
                assets=untrusted,
            )
        return snapshot


def _without_key(target: BoundTarget) -> list[str]:
    if target.kind is not ConnectionKind.SSH:
        return []
    names = [] if target.host_keys else [target.name]
    return names + [hop.name for hop in target.jump if not hop.host_keys]
