# SPDX-License-Identifier: Apache-2.0
"""What a connection may say, so that a mistake shows when it is made and not when a job runs."""

import re
from collections.abc import Iterable

from opsconductor.domain.addresses import check_address
from opsconductor.domain.assets import Become, Connection, ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.credentials import CredentialKind
from opsconductor.domain.names import check_text, check_user, normal
from opsconductor.domain.secret_names import is_secretive
from opsconductor.domain.specs import ConnectionSpec
from opsconductor.domain.transports import TRANSPORTS, WITHOUT_LIBRARY, check_transport
from opsconductor.errors import InvalidInput, Refused
from opsconductor.ids import new_id

_REMOTE_WINDOWS = (ConnectionKind.WINRM, ConnectionKind.PSRP)
_SETTINGS = {
    "transport": re.compile("|".join((*TRANSPORTS, *WITHOUT_LIBRARY))),
    "scheme": re.compile(r"https?"),
    "verify": re.compile(r"true|false"),
    "ca_file": re.compile(r"/.+"),
}
_PASSWORD = frozenset({CredentialKind.PASSWORD})
LOGIN_KINDS = {
    ConnectionKind.SSH: frozenset({CredentialKind.PASSWORD, CredentialKind.SSH_KEY}),
    ConnectionKind.WINRM: frozenset({CredentialKind.PASSWORD, CredentialKind.CERTIFICATE}),
    ConnectionKind.PSRP: frozenset({CredentialKind.PASSWORD, CredentialKind.CERTIFICATE}),
    ConnectionKind.TELNET: _PASSWORD,
    ConnectionKind.RDP: _PASSWORD,
    ConnectionKind.LOCAL: frozenset[CredentialKind](),
}
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: Between two connections without a preference of their own: room to put another one between.
_GAP = 10


class InvalidConnection(InvalidInput):
    """The connection cannot be used."""

    code = "invalid-connection"


def usual_connection(platform: Platform) -> ConnectionSpec:
    """What an asset gets when nothing is said: ssh for Linux, winrm over HTTPS for Windows."""
    return ConnectionSpec(kind=ConnectionKind.SSH if platform is Platform.LINUX else ConnectionKind.WINRM)


def make_connections(
    specs: Iterable[ConnectionSpec], platform: Platform, kept: Iterable[Connection] = ()
) -> tuple[Connection, ...]:
    """Checked connections in order of preference, those of `specs` behind the kept ones unless they say otherwise.

    Raises InvalidConnection, InvalidAddress, InvalidInput, Refused, Unsupported.
    """
    made = list(kept)
    for spec in specs:
        last = max((c.preference for c in made), default=-_GAP)
        made.append(_make(spec, platform, last + _GAP))
    return tuple(sorted(made, key=lambda c: (c.preference, c.id)))


def _make(spec: ConnectionSpec, platform: Platform, preference: int) -> Connection:
    if spec.jump and spec.kind is not ConnectionKind.SSH:
        raise InvalidConnection(
            f"A {spec.kind} connection cannot use jump hosts.", remedy="Jump hosts work with ssh connections."
        )
    return Connection(
        id=new_id(),
        kind=spec.kind,
        preference=preference if spec.preference is None else spec.preference,
        address=check_address(spec.address) if spec.address else None,
        port=spec.port,
        user=check_user(spec.user),
        credential=normal(spec.credential) if spec.credential else None,
        become=_become(spec, platform),
        jump=tuple(normal(name) for name in spec.jump),
        settings=_settings(spec),
    )


def _become(spec: ConnectionSpec, platform: Platform) -> Become | None:
    become = spec.become
    if become is None:
        return None
    if spec.kind in (ConnectionKind.TELNET, ConnectionKind.RDP):
        raise InvalidConnection(
            f"A {spec.kind} connection cannot become another user.",
            remedy="Log in as the user that is needed, or give become to an ssh, winrm or psrp connection.",
        )
    if (become.method == "runas") is not (platform is Platform.WINDOWS):
        usual = "runas" if platform is Platform.WINDOWS else "sudo, su or doas"
        raise InvalidConnection(
            f"Become method {become.method} does not work on {platform} machines.", remedy=f"Use {usual}."
        )
    credential = normal(become.credential) if become.credential else None
    return Become(method=become.method, user=check_user(become.user), credential=credential)


def _settings(spec: ConnectionSpec) -> dict[str, str]:
    allowed = _SETTINGS if spec.kind in _REMOTE_WINDOWS else {}
    for name, value in spec.settings.items():
        if name not in allowed:
            raise InvalidConnection(
                f"A {spec.kind} connection has no setting {name[:60]!a}.",
                remedy=f"It has: {', '.join(allowed)}." if allowed else f"A {spec.kind} connection has no settings.",
            )
        if not allowed[name].fullmatch(value) or not value.isprintable():
            raise InvalidConnection(
                f"The setting {name} of a {spec.kind} connection cannot be {value[:60]!a}.", remedy=_SETTING_HELP[name]
            )
    check_transport(spec.settings)
    return dict(sorted(spec.settings.items()))


_SETTING_HELP = {
    "transport": f"Use one of {', '.join(TRANSPORTS)}.",
    "scheme": "Use https or http.",
    "verify": "Use true or false.",
    "ca_file": "Give the absolute path of a PEM file on the machine that runs OpsConductor.",
}


def check_login_kinds(connections: Iterable[Connection], kinds: dict[str, CredentialKind]) -> None:
    """Refuse a credential of a kind that its connection or become cannot use; `kinds` by credential name."""
    for connection in connections:
        kind = kinds.get(connection.credential or "")
        if kind is not None and kind not in LOGIN_KINDS[connection.kind]:
            raise InvalidConnection(
                f"A {connection.kind} connection cannot log in with the {_words(kind)} '{connection.credential}'.",
                remedy=f"It takes: {', '.join(sorted(_words(k) for k in LOGIN_KINDS[connection.kind])) or 'none'}.",
            )
        become = connection.become.credential if connection.become else None
        if become and kinds.get(become, CredentialKind.PASSWORD) is not CredentialKind.PASSWORD:
            raise InvalidConnection(
                f"Become cannot use the {_words(kinds[become])} '{become}'.", remedy="Give it a password credential."
            )


def _words(kind: CredentialKind) -> str:
    return {"ssh_key": "SSH key", "api_key": "API key"}.get(kind.value, kind.value)


def check_variables(variables: dict[str, str]) -> dict[str, str]:
    """Host variables as they are stored, sorted; one that seems to hold a secret is refused."""
    for name, value in variables.items():
        if not _VARIABLE.fullmatch(name):
            raise InvalidInput(
                f"{name[:60]!a} cannot be the name of a host variable.",
                remedy="Use letters, digits and underscores, not beginning with a digit.",
            )
        if is_secretive(name):
            raise Refused(
                f"The host variable {name} seems to hold a secret; it would be stored in clear.",
                remedy="Store it as a credential (`opsc credentials add`) and give that to the asset; "
                "if it holds none, give it another name.",
            )
        check_text(value, f"host variable {name}")
    return dict(sorted(variables.items()))
