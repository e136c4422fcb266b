# SPDX-License-Identifier: Apache-2.0
"""Credentials as everybody but the slice's own supervisor sees them: without the secret."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field, SecretStr

from opsconductor.domain.base import Frozen


class CredentialKind(StrEnum):
    """What a credential holds."""

    PASSWORD = "password"
    SSH_KEY = "ssh_key"
    API_KEY = "api_key"
    CERTIFICATE = "certificate"


class Credential(Frozen):
    """A stored credential's public side."""

    id: str
    name: str
    kind: CredentialKind
    user: str | None = None
    description: str | None = None
    public: str | None = None  #: OpenSSH public key line or certificate PEM, where the kind has one
    updated_at: datetime
    actor: str


class Secret(Frozen):
    """A credential opened for use; lives in memory only and prints as stars."""

    kind: CredentialKind
    user: str | None = None
    #: password, API key, PEM of a private key (already without passphrase), or PEM of a certificate's key
    value: SecretStr
    public: str | None = None


class CredentialUse(Frozen):
    """Which credential a connection uses, and why."""

    credential: str | None = None  #: name; None when none applies
    source: str = Field(pattern=r"^(connection|asset|group|none)$")
    reason: str  #: a sentence for people, naming the connection, asset or group
