# SPDX-License-Identifier: Apache-2.0
"""What a credential's value must be: checked and brought into its stored form on the way in."""

from pydantic import SecretStr

from opsconductor.domain.base import Frozen
from opsconductor.domain.credentials import CredentialKind
from opsconductor.domain.plain_text import check_unicode
from opsconductor.errors import InvalidInput
from opsconductor.logging import SHORTEST_SECRET

_LONGEST = 64 * 1024


class BadCredentialValue(InvalidInput):
    """The credential's value cannot be used."""

    code = "bad-credential-value"


class Material(Frozen):
    """A checked value, ready to be sealed, and the public half where there is one."""

    secret: SecretStr
    public: str | None = None


def prepare(
    kind: CredentialKind,
    value: SecretStr,
    *,
    passphrase: SecretStr | None = None,
    certificate_pem: str | None = None,
) -> Material:
    """Check a value of this kind. Raises InvalidInput with what is wrong and what to do, never with the value."""
    text = value.get_secret_value()
    check_unicode(text, "credential's value")
    if len(text) > _LONGEST:
        raise BadCredentialValue(
            f"The value has {len(text)} characters, {_LONGEST} are allowed.", remedy="Give the right file."
        )
    check_unicode(
        (passphrase.get_secret_value() if passphrase else "", certificate_pem or ""), "passphrase or certificate"
    )
    phrase = passphrase.get_secret_value().encode() if passphrase is not None else None
    match kind:
        # Reading keys needs all of cryptography; most commands that know credentials never see a key.
        case CredentialKind.SSH_KEY:
            from opsconductor.secrets import ssh_key

            private, public = ssh_key.read(text, phrase)
            return Material(secret=SecretStr(private), public=public)
        case CredentialKind.CERTIFICATE:
            from opsconductor.secrets import certificate

            private, public = certificate.read(text, certificate_pem, phrase)
            return Material(secret=SecretStr(private), public=public)
        case CredentialKind.PASSWORD | CredentialKind.API_KEY:
            return Material(secret=SecretStr(_one_line(text, kind)))


def _one_line(text: str, kind: CredentialKind) -> str:
    what = "password" if kind is CredentialKind.PASSWORD else "API key"
    if not text:
        raise BadCredentialValue(f"The {what} is empty.", remedy=f"Give the {what}.")
    # The prompts of sudo, su and a login take one line: anything after a line break would never be used.
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise BadCredentialValue(
            f"The {what} holds a line break or another control character.",
            remedy=f"Give the {what} as one line; one line break at the end of a file is left out by itself.",
        )
    if len(text) < SHORTEST_SECRET:
        raise BadCredentialValue(
            f"The {what} has fewer than {SHORTEST_SECRET} characters: it could not be kept out of logs and events.",
            remedy=f"Give the machine a longer {what}, then store that.",
        )
    return text
