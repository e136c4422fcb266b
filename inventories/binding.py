# SPDX-License-Identifier: Apache-2.0
"""Decides how each target is reached: connection, jump hosts, and the one credential that applies.

A credential named by the connection wins over the asset's own, and that over one given by a group. Among groups the
deepest wins: the one with the longest way down from a group without parents. Two deepest groups that give different
credentials are an error, never a guess.

Users are bound as well, the connection's before the credential's: who a job logs in as is part of what is approved.
"""

import shlex
from collections.abc import Iterable, Mapping

from inventories import nesting
from opsconductor.domain.assets import RUNNABLE, Asset, AssetGroup, Become, Connection, ConnectionKind
from opsconductor.domain.credentials import CredentialUse
from opsconductor.domain.inventory import BoundTarget, Hop
from opsconductor.errors import AmbiguousCredential, Conflict, InvalidInput, NotFound


class NotRunnable(Conflict):
    """The asset has no connection that a job can run over."""

    code = "not-runnable"


class Binder:
    """Binds assets of one state of the asset database; make one per use, it remembers nesting only.

    `users` maps credential names to their users; who only explains needs none.
    """

    def __init__(
        self, assets: Iterable[Asset], groups: Iterable[AssetGroup], users: Mapping[str, str | None] | None = None
    ) -> None:
        self._users = users or {}
        self._assets = {asset.name: asset for asset in assets}
        self._groups = {group.name: group for group in groups}
        self._parents = nesting.parents_of(self._groups.values())
        self._depths = nesting.depths(self._parents)

    def explain(self, asset: Asset, connection: Connection) -> CredentialUse:
        """Which credential this connection uses and why; AmbiguousCredential when two groups tie."""
        if connection.credential:
            reason = f"The {connection.kind.value} connection of '{asset.name}' names it."
            return CredentialUse(credential=connection.credential, source="connection", reason=reason)
        if connection.kind is ConnectionKind.LOCAL:
            return CredentialUse(source="none", reason=f"'{asset.name}' is this machine itself: no login.")
        if asset.credential:
            return CredentialUse(
                credential=asset.credential,
                source="asset",
                reason=f"Asset '{asset.name}' names it for all connections.",
            )
        return self._from_groups(asset)

    def bind(self, name: str) -> BoundTarget:
        """One target, over its most preferred runnable connection; NotFound, NotRunnable, AmbiguousCredential."""
        asset = self._asset(name)
        connection = asset.runnable_connection()
        if connection is None:
            raise _not_runnable(asset)
        return self.bind_over(asset, connection)

    def bind_over(self, asset: Asset, connection: Connection, *, login: bool = True) -> BoundTarget:
        """One target over exactly this connection, one for jobs; without `login` the credential stays open."""
        if connection.kind not in RUNNABLE and connection is not asset.runnable_connection():
            raise _not_runnable(asset)
        use = self.explain(asset, connection) if login else CredentialUse(source="none", reason="Nobody logs in.")
        return BoundTarget(
            asset_id=asset.id,
            name=asset.name,
            platform=asset.platform,
            groups=tuple(sorted(self._groups_of(asset))),
            kind=connection.kind,
            address=connection.address or asset.address,
            port=connection.effective_port,
            user=connection.user or self._user(use.credential),
            credential=use.credential,
            credential_reason=use.reason,
            become=self._become(connection.become),
            jump=self._hops(asset, connection),
            host_keys=asset.host_keys if connection.kind is ConnectionKind.SSH else (),
            settings=connection.settings,
            variables=asset.variables,
        )

    def _asset(self, name: str) -> Asset:
        if name not in self._assets:
            raise NotFound(f"There is no asset '{name}'.", remedy="'opsc assets list' shows all.", name=name)
        return self._assets[name]

    def _user(self, credential: str | None) -> str | None:
        return self._users.get(credential) if credential else None

    def _become(self, become: Become | None) -> Become | None:
        """runas logs in as the other user, so the user of its credential counts; the others only change users."""
        if become is None or become.user or become.method != "runas":
            return become
        return become.model_copy(update={"user": self._user(become.credential)})

    def _groups_of(self, asset: Asset) -> frozenset[str]:
        return nesting.ancestors(asset.groups, self._parents)

    def _from_groups(self, asset: Asset) -> CredentialUse:
        giving = [self._groups[n] for n in self._groups_of(asset) if n in self._groups and self._groups[n].credential]
        if not giving:
            reason = f"Neither asset '{asset.name}' nor a group around it names a credential."
            return CredentialUse(source="none", reason=reason)
        deepest = max(self._depths.get(group.name, 0) for group in giving)
        last = sorted((g for g in giving if self._depths.get(g.name, 0) == deepest), key=lambda g: g.name)
        if len({group.credential for group in last}) > 1:
            raise _tie(asset, last)
        names = " and ".join(f"'{group.name}'" for group in last)
        subject, verb = (f"Groups {names}", "name") if len(last) > 1 else (f"Group {names}", "names")
        why = "deeper than any other that names one" if len(giving) > len(last) else "and no other group around it does"
        reason = f"{subject} around '{asset.name}' {verb} it, {why}."
        return CredentialUse(credential=last[0].credential, source="group", reason=reason)

    def _hops(self, asset: Asset, connection: Connection) -> tuple[Hop, ...]:
        hops = []
        for name in connection.jump:
            if name == asset.name:
                raise InvalidInput(f"Asset '{name}' is its own jump host.", remedy="Name another asset as jump host.")
            host = self._asset(name)
            over = next((c for c in host.connections if c.kind is ConnectionKind.SSH), None)
            if over is None:
                raise NotRunnable(
                    f"'{name}', the jump host of '{asset.name}', has no ssh connection.",
                    remedy=f"Give '{name}' an ssh connection.",
                )
            credential = self.explain(host, over).credential
            hops.append(
                Hop(
                    name=name,
                    address=over.address or host.address,
                    port=over.effective_port,
                    user=over.user or self._user(credential),
                    credential=credential,
                    host_keys=host.host_keys,
                )
            )
        return tuple(hops)


def bind(
    assets: Iterable[Asset],
    groups: Iterable[AssetGroup],
    names: Iterable[str],
    users: Mapping[str, str | None] | None = None,
) -> tuple[BoundTarget, ...]:
    """The targets of these asset names, each once, sorted by name.

    `assets` must hold the named ones and their jump hosts, `groups` all groups around them, `users` the users of the
    credentials they name. Raises NotFound for an unknown name, NotRunnable, AmbiguousCredential, GroupCycle.
    """
    binder = Binder(assets, groups, users)
    return tuple(binder.bind(name) for name in sorted(set(names)))


def explain(asset: Asset, groups: Iterable[AssetGroup], connection: Connection | None = None) -> CredentialUse:
    """Which credential `connection` (None: the most preferred runnable one) uses, and why; AmbiguousCredential."""
    chosen = connection or asset.runnable_connection() or next(iter(asset.connections), None)
    if chosen is None:
        raise _not_runnable(asset)
    return Binder((asset,), groups).explain(asset, chosen)


def credential_names(targets: Iterable[BoundTarget]) -> frozenset[str]:
    """Every credential that must be open to reach these targets: login, become and jump hosts."""
    names: set[str | None] = set()
    for target in targets:
        names.add(target.credential)
        names.add(target.become.credential if target.become else None)
        names.update(hop.credential for hop in target.jump)
    return frozenset(name for name in names if name is not None)


def _tie(asset: Asset, groups: list[AssetGroup]) -> AmbiguousCredential:
    named = " and ".join(f"group '{g.name}' gives '{g.credential}'" for g in groups)
    return AmbiguousCredential(
        f"Asset '{asset.name}' has two credentials of equal right: {named}, both equally deep.",
        remedy=f"Name one for the asset itself: opsc assets edit {shlex.quote(asset.name)} --credential NAME",
        asset=asset.name,
        groups=[g.name for g in groups],
        credentials=[g.credential for g in groups],
    )


def _not_runnable(asset: Asset) -> NotRunnable:
    kinds = ", ".join(connection.kind.value for connection in asset.connections) or "none at all"
    return NotRunnable(
        f"Asset '{asset.name}' has no connection a job can run over; it has {kinds}.",
        remedy=f"Add one: opsc assets edit {shlex.quote(asset.name)} --add-connection ssh (or winrm, psrp, local)",
        asset=asset.name,
    )
