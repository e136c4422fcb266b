# SPDX-License-Identifier: Apache-2.0
"""Client certificates: a PEM certificate (with its chain) and the private key that belongs to it."""

import re

from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509 import Certificate, load_pem_x509_certificates

from opsconductor.errors import InvalidInput
from opsconductor.secrets.ssh_key import BadKey, PassphraseNeeded

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_KEY = re.compile(r"-----BEGIN ([A-Z ]*)PRIVATE KEY-----.+?-----END \1PRIVATE KEY-----", re.DOTALL)


class BadCertificate(InvalidInput):
    """The certificate cannot be used."""

    code = "bad-certificate"


def read(text: str, certificate_pem: str | None, passphrase: bytes | None) -> tuple[str, str]:
    """The private key (PKCS#8 PEM, no passphrase) and the certificate PEM, own certificate first.

    Both may stand in `text`. Raises BadKey, PassphraseNeeded, BadCertificate.
    """
    chain = _certificates(certificate_pem if certificate_pem is not None else text)
    private = read_key(text, passphrase)
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if private.public_key().public_bytes(*form) != chain[0].public_key().public_bytes(*form):
        raise BadCertificate(
            f"The certificate ({chain[0].subject.rfc4514_string()}) does not belong to the private key.",
            remedy="Give the certificate that was issued for this key; in a chain it comes first.",
        )
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return pem, "".join(c.public_bytes(Encoding.PEM).decode() for c in chain)


def read_key(text: str, passphrase: bytes | None) -> PrivateKeyTypes:
    """The private key that stands in the text. Raises BadKey, PassphraseNeeded."""
    key = _KEY.search(text)
    if key is None:
        raise BadKey(
            "There is no private key in the file.",
            remedy="Give the PEM file with the -----BEGIN PRIVATE KEY----- part.",
        )
    try:
        return load_pem_private_key(key.group().encode(), passphrase if "ENCRYPTED" in key.group() else None)
    except TypeError:
        raise PassphraseNeeded("The certificate's key has a passphrase.", remedy="Give the passphrase too.") from None
    except ValueError:
        raise BadKey(
            "The certificate's key cannot be read: the passphrase is wrong or the file is damaged.",
            remedy="Try it with `openssl pkey -in FILE -noout`.",
        ) from None


def _certificates(text: str) -> list[Certificate]:
    parts = "\n".join(match.group() for match in _CERTIFICATE.finditer(text))
    try:
        chain = load_pem_x509_certificates(parts.encode())
    except ValueError:
        raise BadCertificate(
            "There is no readable certificate.",
            remedy="Give a PEM file with -----BEGIN CERTIFICATE-----; from a .pfx make one with `openssl pkcs12`.",
        ) from None
    return chain


def describe(pem: str) -> dict[str, str]:
    """Subject, issuer and end of validity (ISO 8601, UTC) of the first certificate, for people."""
    first = load_pem_x509_certificates(pem.encode())[0]
    return {
        "subject": first.subject.rfc4514_string(),
        "issuer": first.issuer.rfc4514_string(),
        "not_after": first.not_valid_after_utc.isoformat(),
    }
