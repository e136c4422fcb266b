# SPDX-License-Identifier: Apache-2.0
"""Managed machines, their groups and the ways to reach them."""

from enum import StrEnum

from pydantic import Field

from opsconductor.domain.base import Frozen, Platform


class ConnectionKind(StrEnum):
    """How a machine is reached."""

    SSH = "ssh"
    WINRM = "winrm"
    PSRP = "psrp"
    TELNET = "telnet"
    RDP = "rdp"  #: reachability only: nothing runs over it
    LOCAL = "local"  #: this machine itself


#: Kinds that carry modules. RDP is a reachability check, telnet carries single commands.
RUNNABLE = frozenset({ConnectionKind.SSH, ConnectionKind.WINRM, ConnectionKind.PSRP, ConnectionKind.LOCAL})

DEFAULT_PORTS = {
    ConnectionKind.SSH: 22,
    ConnectionKind.WINRM: 5986,
    ConnectionKind.PSRP: 5986,
    ConnectionKind.TELNET: 23,
    ConnectionKind.RDP: 3389,
    ConnectionKind.LOCAL: 0,
}


class Become(Frozen):
    """How to act as another user once logged in."""

    method: str = Field(default="sudo", pattern=r"^(sudo|su|doas|runas)$")
    user: str | None = None  #: None: the method's own default (root, Administrator)
    credential: str | None = None  #: name of a password credential


class Connection(Frozen):
    """One way to reach an asset; an asset has several in order of `preference` (lowest first)."""

    id: str
    kind: ConnectionKind
    preference: int = 0
    address: str | None = None  #: None: the asset's own address
    port: int | None = Field(default=None, ge=0, le=65535)  #: None: the kind's default port
    user: str | None = None  #: None: the credential's user
    credential: str | None = None  #: name; None: the asset's, then the deepest group's
    become: Become | None = None
    jump: tuple[str, ...] = ()  #: names of assets to hop over, first hop first (ssh only)
    #: winrm/psrp: `transport` (see domain/transports.py), `scheme` (http, https),
    #: `ca_file` (PEM path) or `verify` ("true"/"false"); ssh: none. Never a secret.
    settings: dict[str, str] = Field(default_factory=dict)

    @property
    def effective_port(self) -> int:
        """The port in use, filled from the kind's default; WinRM over http defaults to 5985."""
        if self.port is not None:
            return self.port
        if self.kind in (ConnectionKind.WINRM, ConnectionKind.PSRP) and self.settings.get("scheme") == "http":
            return 5985
        return DEFAULT_PORTS[self.kind]


class HostKey(Frozen):
    """A recorded SSH host key: checked from the moment it is recorded."""

    kind: str  #: key type as in known_hosts, e.g. ssh-ed25519
    public: str  #: base64 body as in known_hosts
    fingerprint: str  #: "SHA256:…" as OpenSSH prints it


class Asset(Frozen):
    """A managed machine."""

    id: str
    name: str
    platform: Platform
    address: str
    os_version: str | None = None
    role: str | None = None
    tags: tuple[str, ...] = ()
    description: str | None = None
    credential: str | None = None  #: name of the asset's own credential
    groups: tuple[str, ...] = ()  #: names of the groups it is directly in
    connections: tuple[Connection, ...] = ()  #: sorted by preference
    host_keys: tuple[HostKey, ...] = ()
    interpreter: str | None = None  #: path of its Python as it was found there; a variable of that name goes before it
    #: Further Ansible host variables kept from an import. Never a secret.
    variables: dict[str, str] = Field(default_factory=dict)

    def runnable_connection(self) -> Connection | None:
        """The most preferred connection that a job can run over, if there is one; telnet only where nothing else is."""
        found = next((c for c in self.connections if c.kind in RUNNABLE), None)
        if found is None and self.platform is Platform.LINUX:
            found = next((c for c in self.connections if c.kind is ConnectionKind.TELNET), None)
        return found


class AssetGroup(Frozen):
    """A named set of assets and of further groups."""

    id: str
    name: str
    parents: tuple[str, ...] = ()  #: names of the groups it is directly in
    children: tuple[str, ...] = ()  #: names of the groups directly in it
    credential: str | None = None
    critical: bool = False  #: raises the risk of changes one level
    description: str | None = None
