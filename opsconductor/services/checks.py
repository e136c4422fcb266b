# SPDX-License-Identifier: Apache-2.0
"""Records SSH host keys after a look at them, and tries every connection of an asset as a job would use it."""

import shlex
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from inventories.binding import Binder
from opsconductor.domain.assets import RUNNABLE, Asset, AssetGroup, Connection, ConnectionKind, HostKey
from opsconductor.domain.checks import CheckResult, KeyState, OfferedKeys, Verdict
from opsconductor.domain.credentials import CredentialKind, Secret
from opsconductor.domain.inventory import BoundTarget
from opsconductor.domain.names import normal
from opsconductor.errors import Conflict, OpsConductorError, Unreachable
from opsconductor.execution.parts import Access
from opsconductor.services.binding import Credentials, login_users
from opsconductor.services.host_key_scan import KeyScan
from opsconductor.services.login_remedies import become_finding, login_finding, network_remedy, telnet_finding
from opsconductor.services.ports import PROBES, try_tcp
from opsconductor.services.telnet_login import NO_TELNET, End, TelnetLogin, try_telnet
from opsconductor.services.trust_command import unrecorded
from opsconductor.services.trying import LoginTrial, Tried
from opsconductor.settings import Settings

_AT_ONCE = 32


class HostKeyChanged(Conflict):
    """The machine does not have the recorded SSH host key."""

    code = "host-key-changed"


class FingerprintDiffers(Conflict):
    """The machine does not offer the key that was expected."""

    code = "fingerprint-differs"


class Assets(Protocol):
    """The asset database."""

    def some(self, names: Iterable[str]) -> tuple[Asset, ...]:
        """These assets. Raises NotFound with near names."""

    def everything(self) -> tuple[tuple[Asset, ...], tuple[AssetGroup, ...]]:
        """All assets and groups of one moment."""

    def record_host_keys(self, name: str, keys: Iterable[HostKey], actor: str) -> Asset:
        """Make these the recorded keys of an asset."""

    def record_system(self, name: str, system: str, actor: str) -> bool:
        """Record the operating system of an asset that has none recorded."""

    def record_interpreter(self, name: str, path: str, actor: str) -> bool:
        """Record where the Python of an asset was found."""


class CheckAccess(Access, Protocol):
    """Opens credentials, for a telnet login also a single one."""

    def secret(self, name: str) -> Secret:
        """One credential. Raises NotFound, and Broken when it cannot be opened."""


class CheckService:
    """Trust and check."""

    def __init__(self, settings: Settings, assets: Assets, access: CheckAccess, credentials: Credentials) -> None:
        self.assets = assets
        self.credentials = credentials
        self.access = access
        self.scanner = KeyScan(settings, access)
        self.trial = LoginTrial(settings, access)

    def unrecorded(self, groups: Iterable[str]) -> tuple[str, ...]:
        """Assets in these groups, at any depth, that have an ssh connection and no recorded host key."""
        found = unrecorded(*self.assets.everything())
        return tuple(sorted(set().union(*(found.get(normal(group), ()) for group in groups))))

    def offered(self, names: Iterable[str]) -> tuple[OfferedKeys, ...]:
        """The host keys these assets offer now, compared with the recorded ones. Raises NotFound."""
        chosen = self.assets.some(names)
        binder = Binder(*self.assets.everything(), login_users(self.credentials))
        targets: dict[str, BoundTarget] = {}
        faults: dict[str, str] = {}
        for asset in chosen:
            connection = next((c for c in asset.connections if c.kind is ConnectionKind.SSH), None)
            if connection is not None:
                try:
                    targets[asset.name] = binder.bind_over(asset, connection, login=False)
                except OpsConductorError as error:
                    faults[asset.name] = str(error)
        found: dict[str, tuple[HostKey, ...] | str] = {**self.scanner.keys(targets.values()), **faults}
        return tuple(_compared(asset, targets.get(asset.name), found.get(asset.name)) for asset in chosen)

    def trust(
        self, found: OfferedKeys, actor: str, *, expected: str | None = None, replace: bool = False
    ) -> OfferedKeys:
        """Record exactly the keys that were shown.

        `expected` ("SHA256:…"): record only the key with this fingerprint. Raises Unreachable, HostKeyChanged unless
        `replace`, FingerprintDiffers, NotFound.
        """
        name = shlex.quote(found.asset)
        if found.state is KeyState.NONE:
            raise Conflict(
                f"No host key of '{found.asset}' can be recorded. {found.message}",
                remedy=f"Give it one, if SSH is meant: opsc assets edit {name} --add-connection ssh",
                asset=found.asset,
            )
        if found.state is KeyState.UNREACHABLE:
            raise Unreachable(f"No host key of '{found.asset}' can be recorded. {found.message}")
        if found.state is KeyState.CHANGED and not replace:
            raise HostKeyChanged(
                found.message,
                remedy="Find out whether the machine was installed anew or somebody is in between. If all is well: "
                f"opsc assets trust {name} --replace",
                asset=found.asset,
            )
        keys = found.offered if expected is None else _expected(found, expected)
        kept = () if found.state is KeyState.CHANGED else found.recorded
        recorded = tuple(dict.fromkeys((*kept, *keys)))
        if set(recorded) != set(found.recorded):
            self.assets.record_host_keys(found.asset, recorded, actor)
        return found.model_copy(update={"recorded": recorded, "state": KeyState.SAME, "message": "Recorded."})

    def check(self, names: Iterable[str], actor: str | None = None) -> tuple[CheckResult, ...]:
        """Every connection of these assets in order of preference, all at once. Raises NotFound.

        Changes nothing there. With an `actor`, where the login works, the operating system is recorded where none is,
        and where Python was found.
        """
        chosen = self.assets.some(names)
        binder = Binder(*self.assets.everything(), login_users(self.credentials))
        rows = [(asset, connection) for asset in chosen for connection in asset.connections]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            began = list(pool.map(lambda row: _begin(row[0], row[1], binder, self.access), rows))
        ready = [(result, target) for result, target in began if target is not None]
        blank = {asset.name for asset in chosen if asset.os_version is None} if actor else set()
        unknown = frozenset(target.name for result, target in ready if result.asset in blank)
        said = self._try([target for _, target in ready], unknown)
        done = {result.connection: _judged(result, target, said[target.name]) for result, target in ready}
        if actor is not None:
            done = self._record_interpreters(self._record_systems(done, said, actor), said, actor)
        bare = [asset.name for asset in chosen if not asset.connections]
        empty = [CheckResult(asset=name, connection="", message=_NOTHING, remedy=_add(name)) for name in bare]
        return (*(done.get(result.connection, result) for result, _ in began), *empty)

    def _record_systems(
        self, done: dict[str, CheckResult], said: Mapping[str, Tried | OpsConductorError], actor: str
    ) -> dict[str, CheckResult]:
        """The results, telling where a system was recorded: once for an asset, whatever connections it has."""
        for connection, result in done.items():
            system = found.system if isinstance(found := said[connection], Tried) else None
            if system is not None and self.assets.record_system(result.asset, system, actor):
                message = f"{result.message} It runs {system}: recorded."
                done = {**done, connection: result.model_copy(update={"system": system, "message": message})}
        return done

    def _record_interpreters(
        self, done: dict[str, CheckResult], said: Mapping[str, Tried | OpsConductorError], actor: str
    ) -> dict[str, CheckResult]:
        """The results, telling where the place of a Python is news. Of an asset the first connection that tells counts:
        jobs run over it."""
        told: set[str] = set()
        for connection, result in done.items():
            path = found.interpreter if isinstance(found := said[connection], Tried) else None
            if path is None or result.asset in told:
                continue
            told.add(result.asset)
            if self.assets.record_interpreter(result.asset, path, actor):
                message = f"{result.message} Its Python is {path}: recorded."
                done = {**done, connection: result.model_copy(update={"interpreter": path, "message": message})}
        return done

    def _try(self, targets: list[BoundTarget], unknown: frozenset[str]) -> dict[str, Tried | OpsConductorError]:
        """All at once; where that cannot start, one by one, so that one bad credential is told of its own machine."""
        try:
            return dict(self.trial.run(targets, unknown))
        except OpsConductorError as error:
            if len(targets) == 1:
                return {targets[0].name: error}
            said: dict[str, Tried | OpsConductorError] = {}
            for target in targets:
                said |= self._try([target], unknown)
            return said


_NOTHING = "The asset has no connection."
_CLEAR = (
    "Telnet carries the user and the password in clear; whoever is on the way can read them. Use ssh where you can."
)


def _add(name: str) -> str:
    return f"Add one: opsc assets edit {shlex.quote(name)} --add-connection ssh"


def _begin(
    asset: Asset, connection: Connection, binder: Binder, access: CheckAccess
) -> tuple[CheckResult, BoundTarget | None]:
    """What can be told without logging in, and the target to log in to when all was well."""
    address, port = connection.address or asset.address, connection.effective_port
    result = CheckResult(
        asset=asset.name,
        connection=connection.id,
        kind=connection.kind,
        address=address,
        port=port,
        host_key=Verdict.NOT_TRIED if connection.kind is ConnectionKind.SSH else Verdict.NONE,
        login=Verdict.NOT_TRIED if connection.kind in (*RUNNABLE, ConnectionKind.TELNET) else Verdict.NONE,
        become=Verdict.NOT_TRIED if connection.become else Verdict.NONE,
    )
    if connection.kind is ConnectionKind.TELNET:
        return _telnet(result, asset, connection, binder, access), None
    try:
        target = binder.bind_over(asset, connection) if connection.kind in RUNNABLE else None
    except OpsConductorError as error:
        return result.model_copy(update={"login": Verdict.FAILED, **_told(error)}), None
    if connection.kind is ConnectionKind.LOCAL:
        return result.model_copy(update={"reachable": Verdict.NONE}), _own_name(target, connection)
    # Behind a jump host only that one's port can be tried from here.
    place = (target.jump[0].address, target.jump[0].port) if target and target.jump else (address, port)
    if fault := PROBES.get(connection.kind, try_tcp)(*place):
        remedy = network_remedy(asset.name, connection.kind, fault, *place)
        at = f"Jump host '{target.jump[0].name}': " if target and target.jump else ""
        failed = {"reachable": Verdict.FAILED, "message": at + fault, "remedy": remedy}
        return result.model_copy(update=failed), None
    result = result.model_copy(update={"reachable": Verdict.OK, "message": "It answers."})
    if target is None:
        return result, None
    result = result.model_copy(update={"credential": target.credential})
    if target.kind is ConnectionKind.SSH and (without := _without_key(target)):
        names = " ".join(shlex.quote(name) for name in without)
        message = f"No SSH host key is recorded for {' and '.join(repr(name) for name in without)}."
        remedy = f"Compare its fingerprint and record it: opsc assets trust {names}"
        failed = {"host_key": Verdict.FAILED, "message": message, "remedy": remedy}
        return result.model_copy(update=failed), None
    return result, _own_name(target, connection)


def _telnet(
    result: CheckResult, asset: Asset, connection: Connection, binder: Binder, access: CheckAccess
) -> CheckResult:
    """A telnet connection tried with its credential: it logs in and looks for a prompt, which takes no Ansible."""
    result = result.model_copy(update={"warning": _CLEAR})
    try:
        name = binder.explain(asset, connection).credential
        secret = access.secret(name) if name else None
        if secret is not None and secret.kind is not CredentialKind.PASSWORD:
            raise Conflict(
                f"Telnet logs in with a password, and credential '{name}' is none.",
                remedy=f"Name a password credential: opsc assets edit {shlex.quote(asset.name)} "
                "--remove-connection telnet --add-connection 'telnet credential=NAME'",
            )
    except OpsConductorError as error:
        return result.model_copy(update={"login": Verdict.FAILED, **_told(error)})
    login = TelnetLogin(
        user=connection.user or (secret.user if secret else None),
        password=secret.value.get_secret_value() if secret else None,
    )
    answer = try_telnet(result.address, result.port, login)
    if answer.end is End.UNREACHABLE:
        remedy = network_remedy(asset.name, connection.kind, answer.said, result.address, result.port)
        return result.model_copy(update={"reachable": Verdict.FAILED, "message": answer.said, "remedy": remedy})
    result = result.model_copy(update={"reachable": Verdict.OK, "credential": name})
    if answer.end is End.IN:
        return result.model_copy(update={"login": Verdict.OK, "message": "Login works."})
    finding = telnet_finding(answer, asset.name, name, f"{shlex.quote(result.address)} {result.port}")
    stage = "reachable" if answer.end in NO_TELNET else "login"
    return result.model_copy(update={stage: Verdict.FAILED, "message": finding.message, "remedy": finding.remedy})


def _own_name(target: BoundTarget | None, connection: Connection) -> BoundTarget | None:
    """The target under its connection's id: an asset with two connections is two hosts in the inventory."""
    return None if target is None else target.model_copy(update={"name": connection.id})


def _without_key(target: BoundTarget) -> list[str]:
    names = [hop.name for hop in target.jump if not hop.host_keys]
    return names if target.host_keys else [*names, target.name]


def _judged(result: CheckResult, target: BoundTarget, tried: Tried | OpsConductorError) -> CheckResult:
    if isinstance(tried, OpsConductorError):
        return result.model_copy(update={"login": Verdict.FAILED, **_told(tried)})
    ssh = {"host_key": Verdict.OK} if target.kind is ConnectionKind.SSH else {}
    if tried.login is not None:
        finding = login_finding(target, result.asset, tried.login)
        stage = {"host_key": Verdict.FAILED} if finding.host_key else {**ssh, "login": Verdict.FAILED}
        return result.model_copy(update={**stage, "message": finding.message, "remedy": finding.remedy})
    good = {**ssh, "login": Verdict.OK, "message": "Login works.", "remedy": None}
    if target.become is None:
        return result.model_copy(update=good)
    if tried.become is not None:
        finding = become_finding(target, result.asset, tried.become)
        failed = {"become": Verdict.FAILED, "message": finding.message, "remedy": finding.remedy}
        return result.model_copy(update=good | failed)
    who = f" (as {tried.user})" if tried.user else ""
    return result.model_copy(update=good | {"become": Verdict.OK, "message": f"Login and become{who} work."})


def _told(error: OpsConductorError) -> dict[str, str | None]:
    return {"message": error.message, "remedy": error.remedy}


def _compared(asset: Asset, target: BoundTarget | None, found: tuple[HostKey, ...] | str | None) -> OfferedKeys:
    base: dict[str, Any] = {"asset": asset.name, "recorded": asset.host_keys}
    if target is not None:
        base |= {"address": target.address, "port": target.port}
    if isinstance(found, str):
        return OfferedKeys(**base, state=KeyState.UNREACHABLE, message=found)
    if found is None:
        return OfferedKeys(**base, state=KeyState.NONE, message="It has no ssh connection.")
    kinds = {key.kind for key in asset.host_keys}
    differing = [key for key in found if key.kind in kinds and key not in asset.host_keys]
    base["offered"] = found
    if not asset.host_keys:
        return OfferedKeys(**base, state=KeyState.NEW, message="No key is recorded yet.")
    if differing or not set(found) & set(asset.host_keys):
        message = f"HOST KEY CHANGED: '{asset.name}' does not offer the recorded key. Somebody may be in between."
        return OfferedKeys(**base, state=KeyState.CHANGED, message=message)
    if set(found) <= set(asset.host_keys):
        return OfferedKeys(**base, state=KeyState.SAME, message="The recorded key.")
    return OfferedKeys(**base, state=KeyState.MORE, message="The recorded key, and keys of further types.")


def _expected(found: OfferedKeys, expected: str) -> tuple[HostKey, ...]:
    keys = tuple(key for key in found.offered if key.fingerprint == expected.strip())
    if not keys:
        offered = ", ".join(f"{key.fingerprint} ({key.kind})" for key in found.offered)
        raise FingerprintDiffers(
            f"'{found.asset}' offers no key with the fingerprint {expected!r}, but {offered}.",
            remedy="Compare the fingerprint on the machine itself: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub",
        )
    return keys
